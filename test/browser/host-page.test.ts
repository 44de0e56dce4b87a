// What host pages send about themselves, and that embedding works all the same.

import { expect, it } from 'vitest';
import { OLGA, useScene } from './scene.ts';
import { describeInBrowser, expectDrawn, expectLive, inFrame, openPopup, signInAtTop, waitForState } from './support.ts';

/** What Chromium says of a frame that does not fit the page's Cross-Origin-Embedder-Policy. */
const BLOCKED = 'net::ERR_BLOCKED_BY_RESPONSE';
const ISOLATING = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

describeInBrowser('a host page', (browser) => {
  const scene = useScene();

  const policies = {
    'Referrer-Policy no-referrer': { 'Referrer-Policy': 'no-referrer' },
    'Referrer-Policy same-origin': { 'Referrer-Policy': 'same-origin' },
    'Cross-Origin-Opener-Policy same-origin': { 'Cross-Origin-Opener-Policy': 'same-origin' },
    'Permissions-Policy that delegates nothing': { 'Permissions-Policy': 'fullscreen=(), clipboard-write=(), storage-access=()' },
  };
  it.each(Object.entries(policies))('with %s embeds by ticket', async (_name, headers) => {
    const page = await browser.open(scene.showEmbedding({ headers }));
    await expectDrawn(page);
    await waitForState(page, 'ready');
  });

  it('SEC-C10 that isolates itself shows no dashboard by default', async () => {
    const page = await browser.open(scene.showEmbedding({ headers: ISOLATING }));
    const problem = page.waitForEvent('requestfailed', { predicate: (request) => request.failure()?.errorText === BLOCKED });
    await page.reload();
    await problem;
  });

  it('with the least Content-Security-Policy that embed.js asks for embeds by ticket, and nothing is refused', async () => {
    const policy = `default-src 'none'; connect-src 'self'; img-src data:; script-src 'unsafe-inline' GATE; frame-src GATE; form-action GATE`;
    const page = await browser.open(
      scene.showEmbedding({ headers: { 'Content-Security-Policy': policy.replaceAll('GATE', scene.gateUrl) } }),
    );
    await expectLive(page);
    expect(browser.complaints).toEqual([]);
  });

  it('SEC-C7 with Cross-Origin-Opener-Policy same-origin-allow-popups lets people sign in by the window', async () => {
    const page = await browser.open(scene.showFrame({ 'Cross-Origin-Opener-Policy': 'same-origin-allow-popups' }));
    await signInAtTop(await openPopup(browser, page), OLGA);
    await expectDrawn(page);
  });

  it('SEC-C7 with Cross-Origin-Opener-Policy same-origin cannot, and card and window say so', async () => {
    const page = await browser.open(scene.showFrame({ 'Cross-Origin-Opener-Policy': 'same-origin' }));
    const popup = await openPopup(browser, page);
    await signInAtTop(popup, OLGA);
    await popup.getByText('cannot be reached from here').waitFor();
    await popup.getByRole('link', { name: 'Open the dashboards in this window' }).waitFor();
    expect(await inFrame(page).getByRole('status').textContent()).toContain('same-origin-allow-popups');
  });
});

describeInBrowser('a host page that isolates itself', (browser) => {
  const scene = useScene({ config: { embed: { crossOriginIsolated: true } } });

  it('SEC-C10 embeds by ticket where embed.crossOriginIsolated is on, and stays isolated', async () => {
    const page = await browser.open(scene.showEmbedding({ headers: ISOLATING }));
    await expectLive(page);
    await waitForState(page, 'ready');
    expect(await page.evaluate('self.crossOriginIsolated')).toBe(true);
    expect(browser.complaints).toEqual([]);
  });

  it('SEC-C10 is shown the card where nobody is signed in', async () => {
    const page = await browser.open(scene.showFrame(ISOLATING));
    await inFrame(page).getByRole('button').first().waitFor();
  });
});
