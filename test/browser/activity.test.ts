// Somebody works in a dashboard for longer than the idle limit without a navigation. Real time passes here.

import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { DASHBOARD_PATH, OLGA, useScene } from './scene.ts';
import { describeInBrowser, signInAtTop } from './support.ts';

const IDLE_MS = 6000;
const REPORT = '/_gate/session/active';

describeInBrowser('the idle limit', (browser) => {
  const scene = useScene({ config: { session: { idleTimeout: `${IDLE_MS}ms` } } });

  const statusOf = (page: Page) =>
    page.evaluate<number>(`fetch('/_gate/session', { headers: { Accept: 'application/json' } }).then(({ status }) => status)`);
  const reports = () => browser.requests.filter((address) => address.endsWith(REPORT)).length;

  it('SEC-D2.2 is moved by a pointer or a key, and not by what the dashboard does by itself', async () => {
    const page = await browser.open(`${scene.gateUrl}/_gate/login?returnTo=/_gate/session`);
    await page.clock.install();
    await signInAtTop(page, OLGA);
    await page.getByText('Olga Lind').first().waitFor();
    await page.goto(scene.gateUrl + DASHBOARD_PATH);
    const openedAt = Date.now();
    const waitUntil = (time: number) => page.waitForTimeout(Math.max(0, time - Date.now()));

    // Within a minute of the page's load there is nothing to tell.
    await page.mouse.move(10, 10);
    expect(reports()).toBe(0);
    // More often than twice in an idle limit nothing is written down.
    await waitUntil(openedAt + IDLE_MS / 2);
    // The page's own clock only: its minute has passed, ours has not.
    await page.clock.fastForward(61_000);
    // What a script makes up is no person.
    await page.evaluate(`dispatchEvent(new PointerEvent('pointerdown', { bubbles: true }))`);
    expect(reports()).toBe(0);
    const told = page.waitForResponse((response) => response.url().endsWith(REPORT));
    await page.mouse.move(20, 20);
    expect((await told).status()).toBe(204);
    const actedAt = Date.now();
    await page.keyboard.press('Shift');
    expect(reports()).toBe(1);

    // The page was loaded longer ago than the limit.
    await waitUntil(actedAt + IDLE_MS - 1000);
    expect(await statusOf(page)).toBe(200);
    // The dashboard goes on polling, and its WebSocket is open.
    await waitUntil(actedAt + IDLE_MS + 500);
    expect(await statusOf(page)).toBe(401);
  });
});
