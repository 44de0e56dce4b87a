// A display on a wall: nobody touches it for weeks. Its sessions are short here, so that many renewals pass in a minute's
// time; nothing that is on the screen may change by one. And what ends it at once: the host application's word.

import { expect, it } from 'vitest';
import { DASHBOARD_PATH, useScene } from './scene.ts';
import { describeInBrowser, expectLive, frameOf, inFrame, readSockets, statesOf } from './support.ts';

/** embed.js waits 10 s at least before it renews. */
const SESSION_MS = 18_000;
/** As the page would make them, one straight after another instead of week by week. */
const RENEWALS = 12;
const POLICY_VIOLATION = 1008;

describeInBrowser('a wall display', (browser) => {
  const scene = useScene({ config: { session: { absoluteTimeout: `${SESSION_MS}ms` } } });

  it('SEC-R9 is renewed again and again, and shows the same document over the same socket all the while', async () => {
    const startedAtMs = Date.now();
    const page = await browser.open(scene.showEmbedding({ data: 'data-ticket-url="/ticket" data-renew-before-ms="7500"' }));
    await expectLive(page);
    const frame = await frameOf(page);
    await frame.evaluate('globalThis.isSame = true');
    // A frame that is emptied, hidden or replaced for a moment is a flash that people see.
    await page.evaluate(`{
      globalThis.flashes = [];
      const frame = document.querySelector('iframe[title="Dashboard"]');
      frame.addEventListener('load', () => flashes.push('load'));
      new MutationObserver((records) => {
        for (const { removedNodes } of records) if ([...removedNodes].includes(frame)) flashes.push('removed');
      }).observe(document.body, { childList: true, subtree: true });
      const look = () => {
        if (!frame.isConnected || getComputedStyle(frame).visibility !== 'visible' || frame.clientHeight === 0) flashes.push('hidden');
        requestAnimationFrame(look);
      };
      look();
    }`);
    const renewals = async (): Promise<number> => (await statesOf(page)).filter(({ name }) => name === 'renewed').length;
    const cookies = new Set<string | undefined>();
    // Two by the page's own plan, which takes longer than the first session lives.
    await expect.poll(renewals, { timeout: 30_000, interval: 200 }).toBeGreaterThanOrEqual(2);
    expect(Date.now() - startedAtMs).toBeGreaterThan(SESSION_MS);
    for (let renewal = 0; renewal < RENEWALS; renewal += 1) {
      const ticket = await scene.signTicket();
      await page.evaluate(`{
        const hidden = Object.assign(document.createElement('iframe'), { name: 'renewal-${renewal}', hidden: true });
        document.body.append(hidden);
        const form = Object.assign(document.createElement('form'), { method: 'post', action: '${scene.gateUrl}/_gate/enter', target: hidden.name });
        for (const [name, value] of Object.entries({ ticket: '${ticket}', to: '/_gate/state' })) form.append(Object.assign(document.createElement('input'), { name, value }));
        document.body.append(form);
        form.submit();
      }`);
      const accepted = (): number =>
        scene.log.filter(({ event, fields }) => event === 'session.started' && fields['renewed'] === true).length;
      await expect.poll(accepted, { timeout: 10_000, interval: 20 }).toBeGreaterThanOrEqual(renewal + 3);
      const held = (await browser.context.cookies(scene.gateUrl)).find(({ name }) => name === '__Host-framegate');
      cookies.add(held?.value);
    }
    expect(cookies.size).toBeGreaterThan(RENEWALS / 2);
    await expectLive(page);
    expect(await frame.evaluate('globalThis.isSame')).toBe(true);
    expect(await page.evaluate('flashes')).toEqual([]);
    expect(await readSockets(page)).toEqual([{ messages: expect.any(Number) }]);
    expect(browser.complaints).toEqual([]);
  });

  it('SEC-B8.3 is cut off at once by a revocation: the live panel stops, and the frame shows the card', async () => {
    const page = await browser.open(scene.showFrame());
    await scene.enter(page);
    await expectLive(page);
    const revokedAtMs = Date.now();
    await scene.revoke('alice');
    await expect.poll(async () => (await readSockets(page))[0]?.code, { timeout: 5000, interval: 20 }).toBe(POLICY_VIOLATION);
    expect(Date.now() - revokedAtMs).toBeLessThan(2000);
    await inFrame(page).locator('[data-testid="live-state"][data-state="disconnected"]').first().waitFor();
    await (await frameOf(page)).goto(scene.gateUrl + DASHBOARD_PATH);
    await inFrame(page).getByRole('heading', { name: 'You are not signed in' }).waitFor();
  });
});
