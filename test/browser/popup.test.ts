// Signing in from within the frame: by a window of its own, because a password field in a frame could lie under
// anything, and because the window's cookies are not the frame's.

import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Listening, listen, OLGA, useScene } from './scene.ts';
import { describeInBrowser, expectDrawn, expectLive, inFrame, openPopup, signInAtTop, waitForMessage, waitForState } from './support.ts';

/** Base64url of 32 bytes, as the challenge of any page may be. */
const CHALLENGE = 'c'.repeat(43);

function waitForClose(popup: Page): Promise<unknown> {
  return popup.isClosed() ? Promise.resolve() : popup.waitForEvent('close');
}

describeInBrowser('signing in from the frame', (browser) => {
  const scene = useScene();

  it('SEC-B13.2 shows a card with one button and no field, and tells the host page', async () => {
    const page = await browser.open(scene.showFrame());
    const message = await waitForMessage(page, 'framegate:signed-out');
    expect(message.origin).toBe(scene.gateUrl);
    await inFrame(page).getByRole('heading', { name: 'You are not signed in' }).waitFor();
    expect(await inFrame(page).locator('button, a[href]').count()).toBe(1);
    expect(await inFrame(page).locator('input, form').count()).toBe(0);
    expect(browser.complaints).toEqual([]);
  });

  it('SEC-C5 goes by a window that closes by itself, and the frame shows the dashboard', async () => {
    const page = await browser.open(scene.showFrame());
    const popup = await openPopup(browser, page);
    await popup.getByLabel('User name').pressSequentially(OLGA.name);
    await popup.keyboard.press('Tab');
    await popup.keyboard.type(OLGA.password);
    await popup.keyboard.press('Enter');
    await waitForClose(popup);
    await expectLive(page);
    expect(await inFrame(page).getByTestId('user-name').textContent()).toBe('Olga Lind');
    expect(browser.complaints).toEqual([]);
    expect(browser.requests.filter((url) => /code|verifier|password/.test(new URL(url).search))).toEqual([]);
    expect(scene.log.map(({ event }) => event)).toEqual(expect.arrayContaining(['login.accepted', 'code.issued', 'code.accepted']));
  });

  it('SEC-C4, SEC-C5 leaves the frame a cookie in the partition of the host page, beside that of the window', async () => {
    const page = await browser.open(scene.showFrame());
    const popup = await openPopup(browser, page);
    await signInAtTop(popup, OLGA);
    await expectDrawn(page);
    const cookies = await browser.context.cookies(scene.gateUrl);
    expect(
      cookies
        .filter(({ name }) => name === '__Host-framegate')
        .map(({ partitionKey }) => partitionKey)
        .sort(),
    ).toEqual(['http://127.0.0.1', 'http://localhost']);
    expect(new Set(cookies.map(({ value }) => value)).size).toBe(cookies.length);
  });

  it('SEC-R10 says in the window that name or password is wrong, keeps it open, and takes the right one then', async () => {
    const page = await browser.open(scene.showFrame());
    const popup = await openPopup(browser, page);
    await signInAtTop(popup, { ...OLGA, password: 'not the password of olga' });
    await popup.getByRole('alert').waitFor();
    expect(await popup.getByRole('alert').textContent()).toBe('The user name or the password is wrong.');
    expect(await popup.getByLabel('User name').inputValue()).toBe(OLGA.name);
    expect(await popup.getByLabel('Password').inputValue()).toBe('');
    expect(await inFrame(page).getByTestId('dashboard').count()).toBe(0);
    await popup.locator('input[name="password"]:focus').waitFor();
    await popup.keyboard.type(OLGA.password);
    await popup.keyboard.press('Enter');
    await waitForClose(popup);
    await expectDrawn(page);
  });

  it('asks somebody who is signed in at top level for one click only', async () => {
    await signInAtTop(await browser.open(`${scene.gateUrl}/_gate/login`), OLGA);
    const page = await browser.open(scene.showFrame());
    const popup = await openPopup(browser, page);
    expect(await popup.locator('input[type="password"]').count()).toBe(0);
    await popup.getByRole('button', { name: 'Continue as olga' }).click();
    await waitForClose(popup);
    await expectDrawn(page);
  });

  it('works in a frame that embed.js made, too', async () => {
    const page = await browser.open(scene.showEmbedding({ data: '' }));
    await waitForState(page, 'signed-out');
    await signInAtTop(await openPopup(browser, page), OLGA);
    await expectDrawn(page);
    await waitForState(page, 'ready');
  });

  it('SEC-C2 says that the browser keeps no cookie in the frame, where it does not, and opens the dashboard in a window', async () => {
    const page = await browser.open(scene.showFrame());
    // In the place of a browser that refuses the cookie: none comes.
    await page.route('**/_gate/redeem', (route) => route.fulfill({ json: { ok: true } }));
    await signInAtTop(await openPopup(browser, page), OLGA);
    await inFrame(page).getByRole('status').getByText('this browser keeps no cookies for this frame').waitFor();
    const opening = browser.context.waitForEvent('page');
    await inFrame(page).getByRole('link', { name: 'Open it in a window of its own' }).click();
    await (await opening).getByTestId('dashboard').waitFor();
  });

  it('can be tried again when the window was closed', async () => {
    const page = await browser.open(scene.showFrame());
    await (await openPopup(browser, page)).close();
    await signInAtTop(await openPopup(browser, page), OLGA);
    await expectDrawn(page);
  });
});

describeInBrowser('somebody else who wants the code', (browser) => {
  const scene = useScene();
  let foreign: Listening;
  beforeAll(async () => {
    const script = `addEventListener('message', ({ data }) => { document.title = 'got ' + JSON.stringify(data); });
      document.querySelector('button').onclick = () => window.open(${JSON.stringify('GATE')} + '/_gate/login?challenge=${CHALLENGE}');`;
    foreign = await listen((_req, res) => {
      res.setHeader('Content-Type', 'text/html');
      res.end(
        `<!doctype html><title>Foreign page</title><button>Win a prize</button><script>${script.replace('GATE', scene.gateUrl)}</script>`,
      );
    });
  });
  afterAll(() => foreign.close());

  it('SEC-C5 gets none: a page of another site that opens the sign-in with a challenge of its own', async () => {
    const page = await browser.open(foreign.url);
    const opening = browser.context.waitForEvent('page');
    await page.getByRole('button').click();
    const popup = await opening;
    await signInAtTop(popup, OLGA);
    await waitForClose(popup);
    // The code was made and posted. Only the gate's own origin may take it.
    expect(scene.log.map(({ event }) => event)).toContain('code.issued');
    expect(await page.evaluate(`new Promise((resolve) => setTimeout(() => resolve(document.title), 200))`)).toBe('Foreign page');
  });

  it('SEC-C6 gets none: somebody who sent the person a link with a challenge', async () => {
    const page = await browser.open(`${scene.gateUrl}/_gate/login?challenge=${CHALLENGE}`);
    await signInAtTop(page, OLGA);
    await expect.poll(() => page.getByRole('status').textContent()).toContain('cannot be reached');
    // There is nothing to ask for it: the address that takes codes gives none out.
    const asked = await page.evaluate(`fetch('/_gate/redeem?challenge=${CHALLENGE}').then(({ status }) => status)`);
    expect(asked).toBe(405);
  });

  it('SEC-C5 has no effect: a page around the frame that posts a code into it', async () => {
    const page = await browser.open(scene.showFrame());
    await inFrame(page).getByRole('button').waitFor();
    await page.evaluate(`frames[0].postMessage({ type: 'framegate:code', code: 'x'.repeat(43) }, '*')`);
    const popup = await openPopup(browser, page);
    await page.evaluate(`frames[0].postMessage({ type: 'framegate:code', code: 'x'.repeat(43) }, '*')`);
    await signInAtTop(popup, OLGA);
    await expectDrawn(page);
    expect(browser.requests.filter((url) => url.endsWith('/redeem'))).toHaveLength(1);
  });
});
