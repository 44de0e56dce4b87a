// Sign-in by the header of a proxy in front, seen from a frame of another site: the person signed in there, and the
// gate asks for nothing.

import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { FrontProxy, GROUPS_HEADER, USER_HEADER } from './front-proxy.ts';
import { DASHBOARD_PATH, useScene } from './scene.ts';
import { describeInBrowser, expectDrawn, expectLive, frameOf, inFrame, readSockets, waitForMessage } from './support.ts';

const SECRET = 'Vt5cQ9wLzR3nK8mJ2xGdF7hBsP4yNaE6uX1oTi0WvZq';
/** Close code of RFC 6455 7.4.1 for "going away". */
const GOING_AWAY = 1001;
const SOCKET_AGE_MS = 3000;

const front = await FrontProxy.start(SECRET);

describeInBrowser('signing in by the header of a proxy in front', (browser) => {
  const scene = useScene({
    config: {
      publicUrl: front.url,
      signIn: { header: { trustedPeers: ['127.0.0.1'], user: USER_HEADER, groups: GROUPS_HEADER, secret: SECRET } },
      session: { maxSocketAge: `${SOCKET_AGE_MS}ms` },
    },
  });
  beforeAll(() => {
    front.gatePort = Number(new URL(scene.gateUrl).port);
    scene.gateUrl = front.url;
  });
  beforeEach(() => front.people.clear());
  afterAll(() => front.close());

  /** A page of another site, in whose frame the person has signed in to the proxy. */
  async function openSignedIn() {
    const page = await browser.open(scene.showFrame());
    await inFrame(page).getByRole('heading', { name: 'You are not signed in' }).waitFor();
    await (await frameOf(page)).goto(front.signInUrl('zoe', DASHBOARD_PATH));
    await expectDrawn(page);
    return page;
  }

  it('SEC-B13.2 shows somebody whom the proxy does not name a card that points to the page around it, and tells that page', async () => {
    const page = await browser.open(scene.showFrame());
    expect((await waitForMessage(page, 'framegate:signed-out')).origin).toBe(front.url);
    await inFrame(page).getByText('The application around this frame has to sign you in').waitFor();
    expect(await inFrame(page).locator('button, input, form').count()).toBe(0);
    expect(browser.complaints).toEqual([]);
  });

  it('SEC-C4 draws the dashboard with its live panel in a frame of another site, without a cookie of ours', async () => {
    const page = await openSignedIn();
    await expectLive(page);
    expect(await inFrame(page).getByTestId('user-name').textContent()).toBe('zoe');
    const cookies = await browser.context.cookies(front.url);
    expect(cookies.map(({ name, partitionKey }) => [name, partitionKey])).toEqual([['__Host-front', 'http://127.0.0.1']]);
  });

  it('SEC-H1 is not moved by a header that a script in the dashboard sends', async () => {
    const page = await openSignedIn();
    const login = await (await frameOf(page)).evaluate<string>(
      `fetch('/api/user', { headers: { '${USER_HEADER}': 'root', 'X-WEBAUTH-USER': 'root' } }).then((answer) => answer.json()).then(({ login }) => login)`,
    );
    expect(login).toBe('zoe');
  });

  it('judges open sockets anew after session.maxSocketAge: they go on for whom the proxy still names, and end otherwise', async () => {
    const page = await openSignedIn();
    await expect.poll(async () => (await readSockets(page))[0]?.code, { timeout: 3 * SOCKET_AGE_MS }).toBe(GOING_AWAY);
    await expect.poll(async () => (await readSockets(page))[1]?.messages, { timeout: 10_000 }).toBeGreaterThan(0);
    front.people.clear();
    await inFrame(page).locator('[data-testid="live-state"][data-state="disconnected"]').first().waitFor();
    // 1006 is what a page sees of a refused upgrade.
    await expect.poll(async () => (await readSockets(page)).at(-1), { timeout: 10_000 }).toEqual({ messages: 0, code: 1006 });
    await (await frameOf(page)).goto(front.url + DASHBOARD_PATH);
    await inFrame(page).getByRole('heading', { name: 'You are not signed in' }).waitFor();
  });
});
