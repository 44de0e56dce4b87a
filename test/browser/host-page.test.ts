// What host pages send about themselves, and that embedding works all the same.

import { expect, it } from 'vitest';
import { OLGA, useScene } from './scene.ts';
import { describeInBrowser, expectDrawn, expectLive, inFrame, openPopup, signInAtTop, waitForState } from './support.ts';

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
