// Sign-in with an identity provider in a real browser: a provider never lets itself be framed, and its cookies are not
// the frame's, so the way leads through a window of its own.

import { randomUUID } from 'node:crypto';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestOidcProvider } from '../support/start-oidc-provider.ts';
import { useScene } from './scene.ts';
import { describeInBrowser, expectDrawn, expectLive, inFrame, openPopup, readSockets } from './support.ts';

const POLICY_VIOLATION = 1008;
const provider = await TestOidcProvider.start({ asks: true });
const oidc = [
  {
    id: 'corp',
    label: 'Company account',
    issuer: provider.issuer,
    clientId: 'framegate',
    clientSecret: 'a-client-secret-of-the-tests-7Kq2',
  },
];

async function agree(popup: Page): Promise<void> {
  await popup.getByRole('button', { name: 'Be u-alice' }).click();
}

function waitForClose(popup: Page): Promise<unknown> {
  return popup.isClosed() ? Promise.resolve() : popup.waitForEvent('close');
}

describeInBrowser('signing in with a provider', (browser) => {
  const scene = useScene({ config: { signIn: { oidc } } });
  beforeAll(() => provider.register(scene.gateUrl));
  afterAll(() => provider.close());

  it('SEC-C5, SEC-C7 from a frame of another site goes by a window to the provider, and the frame shows the dashboard', async () => {
    const page = await browser.open(scene.showFrame());
    const popup = await openPopup(browser, page);
    expect(new URL(popup.url()).origin).toBe(provider.issuer);
    await agree(popup);
    await waitForClose(popup);
    await expectLive(page);
    expect(await inFrame(page).getByTestId('user-name').textContent()).toBe('Alice Berg');
    expect(browser.complaints).toEqual([]);
    const cookies = (await browser.context.cookies(scene.gateUrl)).filter(({ name }) => name === '__Host-framegate');
    expect(cookies.map(({ partitionKey }) => partitionKey).sort()).toEqual(['http://127.0.0.1', 'http://localhost']);
    const accepted = scene.log.find(({ event }) => event === 'code.accepted');
    expect(accepted?.fields).toMatchObject({ method: 'oidc', issuer: provider.issuer, subject: 'u-alice' });
  });

  it('SEC-B8.3 is over when the provider says so over the back channel: the live panel is cut', async () => {
    const page = await browser.open(scene.showFrame());
    const popup = await openPopup(browser, page);
    await agree(popup);
    await expectLive(page);
    const claims = { jti: randomUUID(), sub: 'u-alice', events: { 'http://schemas.openid.net/event/backchannel-logout': {} } };
    const body = new URLSearchParams({ logout_token: await provider.sign(claims, { typ: 'logout+jwt' }) });
    expect((await fetch(`${scene.gateUrl}/_gate/oidc/backchannel-logout`, { method: 'POST', body })).status).toBe(200);
    await expect.poll(async () => (await readSockets(page))[0]?.code, { timeout: 2000, interval: 50 }).toBe(POLICY_VIOLATION);
    await page.reload();
    await inFrame(page).getByRole('heading', { name: 'You are not signed in' }).waitFor();
  });

  it('SEC-D3.1 signs out here and there by the button of our page, and comes back to one that leads nowhere by itself', async () => {
    const page = await browser.open(`${scene.gateUrl}/_gate/login?returnTo=/d/plant-a/plant-a-cooling-water`);
    await agree(page);
    await page.getByTestId('dashboard').waitFor();
    await page.goto(`${scene.gateUrl}/_gate/session`);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: 'Yes, sign me out' }).click();
    await page.getByRole('heading', { name: 'You are signed out' }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/_gate/signed-out');
    expect(await browser.context.cookies(scene.gateUrl)).toEqual([]);
    await page.getByRole('link', { name: 'Sign in' }).click();
    await page.getByRole('button', { name: 'Be u-alice' }).waitFor();
    expect(browser.complaints).toEqual([]);
  });

  it('can be tried again when the provider refused', async () => {
    const page = await browser.open(scene.showFrame());
    const popup = await openPopup(browser, page);
    const query = new URLSearchParams({ error: 'access_denied', state: readState(browser.requests) });
    await popup.goto(`${scene.gateUrl}/_gate/oidc/callback?${query}&iss=${encodeURIComponent(provider.issuer)}`);
    await popup.getByRole('heading', { name: 'Sign-in not completed' }).waitFor();
    await popup.getByRole('link', { name: 'Use another account' }).click();
    await agree(popup);
    await waitForClose(popup);
    await expectDrawn(page);
  });
});

/** `state` of the last request to the provider. */
function readState(requests: readonly string[]): string {
  const started = requests.findLast((url) => url.startsWith(`${provider.issuer}/auth?`));
  return new URL(started ?? '').searchParams.get('state') ?? '';
}
