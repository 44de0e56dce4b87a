// The stand-in for localStorage and sessionStorage, where the browser blocks the real ones and where it does not.

import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { DASHBOARD_PATH, OLGA, useScene } from './scene.ts';
import { describeInBrowser, expectDrawn, expectLive, frameOf, inFrame, signInAtTop, waitForState } from './support.ts';

const WRITE = `localStorage.setItem('kept', 'yes')`;
const READ = `localStorage.getItem('kept')`;

describeInBrowser('the storage stand-in', (browser) => {
  const scene = useScene();
  const without = useScene({ config: { embed: { storageStandIn: false } } });

  it('lets a dashboard be drawn that uses localStorage while the page starts', async () => {
    const page = await browser.open(scene.showEmbedding());
    await expectLive(page);
    expect(await (await frameOf(page)).evaluate(`localStorage.length > 0 && localStorage instanceof Storage`)).toBe(true);
    expect(browser.complaints).toEqual([]);
  });

  it('is what makes the difference: without it the same page stays blank', async () => {
    const page = await browser.open(without.showEmbedding());
    await waitForState(page, 'ready');
    await expect.poll(() => browser.complaints.join()).toMatch(/SecurityError.*localStorage/);
    await inFrame(page).getByTestId('preloader').waitFor();
    expect(await inFrame(page).getByTestId('dashboard').count()).toBe(0);
  });

  it('forgets with the page, and reaches no other', async () => {
    const frame = await frameOf(await browser.open(scene.showEmbedding()));
    await frame.getByTestId('dashboard').waitFor();
    await frame.evaluate(WRITE);
    expect(await frame.evaluate(READ)).toBe('yes');
    await frame.goto(scene.gateUrl + DASHBOARD_PATH);
    expect(await frame.evaluate(READ)).toBeNull();
  });

  it('leaves the real storage alone in a window of its own', async () => {
    const page = await browser.open(scene.gateUrl + DASHBOARD_PATH);
    await signInAtTop(page, OLGA);
    await page.getByTestId('dashboard').waitFor();
    await page.evaluate(WRITE);
    await page.reload();
    expect(await page.evaluate(READ)).toBe('yes');
  });

  it('leaves the real storage alone in a frame of the same site', async () => {
    const address = scene.showEmbedding().replace(scene.hostUrl, scene.sameSiteHostUrl);
    const page = await browser.open(address);
    await expectDrawn(page);
    const frame = await frameOf(page);
    await frame.evaluate(WRITE);
    await page.reload();
    await expectDrawn(page);
    expect(await (await frameOf(page)).evaluate(READ)).toBe('yes');
  });
});

const PAGE_SCRIPT = `addEventListener('securitypolicyviolation', ({ violatedDirective }) => { document.title = 'violates ' + violatedDirective; });
localStorage.setItem('title', 'drawn'); document.title = localStorage.getItem('title');`;
const HASH = `'sha256-${createHash('sha256').update(PAGE_SCRIPT).digest('base64')}'`;

describeInBrowser("the storage stand-in and an upstream's Content-Security-Policy", (browser) => {
  const policies = new Map([
    ['/nonce', `script-src 'nonce-abc' 'strict-dynamic'; object-src 'none'; base-uri 'none'`],
    ['/hash', `default-src 'none'; img-src data:; script-src ${HASH}`],
    ['/hash-dynamic', `script-src 'strict-dynamic' ${HASH}`],
    ['/inline', `script-src 'unsafe-inline' 'self'`],
    ['/none', ''],
  ]);
  const scene = useScene({
    upstream: (req, res) => {
      res.setHeader('Content-Type', 'text/html');
      const policy = policies.get(req.url ?? '') ?? '';
      if (policy !== '') res.setHeader('Content-Security-Policy', policy);
      res.end(
        `<!doctype html><html><head><link rel="icon" href="data:,"><script nonce="abc">${PAGE_SCRIPT}</script></head><body></body></html>`,
      );
    },
  });

  it.each([...policies.keys()])('comes in under the policy of %s, and so do the scripts of the page', async (url) => {
    const page = await browser.open(scene.showEmbedding({ url }));
    await waitForState(page, 'ready');
    await expect.poll(async () => (await frameOf(page)).title()).toBe('drawn');
  });

  it('opens no door for a script that the policy refuses', async () => {
    const page = await browser.open(scene.showEmbedding({ url: '/nonce' }));
    await waitForState(page, 'ready');
    const frame = await frameOf(page);
    await frame.evaluate(
      `{ const script = document.createElement('div'); script.innerHTML = '<img src=x onerror="document.title = 1">'; document.body.append(script); }`,
    );
    await expect.poll(() => frame.title()).toBe('violates script-src-attr');
  });
});
