// A host page that can set the address of a frame and nothing else.

import { expect, it } from 'vitest';
import { DASHBOARD_PATH, useScene } from './scene.ts';
import { describeInBrowser, expectLive, frameOf, inFrame } from './support.ts';

describeInBrowser('a ticket in the address of a frame', (browser) => {
  const scene = useScene({ allowInUrl: true });

  async function showAddress(headers: Readonly<Record<string, string>> = {}) {
    const ticket = await scene.signTicket();
    const src = `${scene.gateUrl}/_gate/enter?ticket=${ticket}&amp;to=${encodeURIComponent(DASHBOARD_PATH)}`;
    const html = `<!doctype html><meta charset="utf-8"><title>Host page</title><link rel="icon" href="data:,">
<iframe title="Dashboard" name="dashboard" style="width:1000px;height:600px" src="${src}"></iframe>`;
    return { ticket, address: scene.show({ html, headers }) };
  }

  it.each([
    ['a page', {}],
    ['a page that hides its Referer', { 'Referrer-Policy': 'no-referrer' }],
  ])('SEC-B14.16 opens the live dashboard in %s, and is in no address afterwards', async (_name, headers) => {
    const { ticket, address } = await showAddress(headers);
    const page = await browser.open(address);
    await expectLive(page);
    expect(await inFrame(page).getByTestId('user-name').textContent()).toBe('Alice Berg');
    const frame = await frameOf(page);
    expect(frame.url().startsWith(scene.gateUrl + DASHBOARD_PATH)).toBe(true);
    expect(frame.url()).not.toContain('ticket');
    expect(await frame.evaluate('document.referrer')).not.toContain('ticket');
    expect(browser.requests.filter((url) => url.includes(ticket))).toHaveLength(1);
    expect(JSON.stringify(scene.log)).not.toContain(ticket.slice(0, 60));
    expect(browser.complaints).toEqual([]);
  });

  it('SEC-B14.1 shows a page in the frame, and no dashboard, when the host page is loaded again with the same ticket', async () => {
    const { address } = await showAddress();
    const page = await browser.open(address);
    await expectLive(page);
    await browser.context.clearCookies();
    await page.reload();
    await inFrame(page).getByRole('heading', { name: 'Ticket refused' }).waitFor();
  });
});
