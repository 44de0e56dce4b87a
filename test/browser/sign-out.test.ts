// The end of a session, seen from the frame: what is live stops, the next load asks to sign in, the host page is told.

import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { DASHBOARD_PATH, useScene } from './scene.ts';
import { describeInBrowser, expectDrawn, expectLive, frameOf, inFrame, readSockets, statesOf, waitForMessage } from './support.ts';

/** Close code of RFC 6455 7.4.1 for a policy. */
const POLICY_VIOLATION = 1008;

async function signOutInFrame(page: Page): Promise<void> {
  const status = await (await frameOf(page)).evaluate<number>(`fetch('/_gate/logout', { method: 'POST' }).then(({ status }) => status)`);
  expect(status).toBe(204);
}

describeInBrowser('the end of a session', (browser) => {
  const scene = useScene();

  it('SEC-B8.3 closes the live panel with 1008, and no new socket is let in', async () => {
    const page = await browser.open(scene.showEmbedding());
    await expectLive(page);
    await signOutInFrame(page);
    await inFrame(page).locator('[data-testid="live-state"][data-state="disconnected"]').first().waitFor();
    await expect.poll(async () => (await readSockets(page))[0]?.code).toBe(POLICY_VIOLATION);
    // The dashboard tries again by itself; 1006 is what a page sees of a refused upgrade.
    await expect.poll(async () => (await readSockets(page))[1]).toEqual({ messages: 0, code: 1006 });
    expect(await browser.context.cookies(scene.gateUrl)).toEqual([]);
  });

  it('shows the card at the next load, and tells the host page', async () => {
    const page = await browser.open(scene.showFrame());
    await page.evaluate('messages.length = 0');
    const frame = await frameOf(page);
    await scene.enter(page);
    await expectDrawn(page);
    await signOutInFrame(page);
    await frame.goto(scene.gateUrl + DASHBOARD_PATH);
    await inFrame(page).getByRole('heading', { name: 'You are not signed in' }).waitFor();
    expect((await waitForMessage(page, 'framegate:signed-out')).origin).toBe(scene.gateUrl);
  });

  it('brings the dashboard back by itself where the host application still vouches for the person', async () => {
    const page = await browser.open(scene.showEmbedding());
    await expectDrawn(page);
    await signOutInFrame(page);
    await (await frameOf(page)).evaluate('location.reload()');
    await expect.poll(() => scene.log.filter(({ event }) => event === 'ticket.accepted').length).toBe(2);
    await expectDrawn(page);
    expect((await statesOf(page)).map(({ name }) => name)).not.toContain('error');
  });
});
