// When something is wrong, the frame or the page around it says what and what to do, and the host page is told.

import { expect, it } from 'vitest';
import { useScene } from './scene.ts';
import { describeInBrowser, expectDrawn, inFrame, statesOf, waitForMessage, waitForState } from './support.ts';

/** Nothing listens at the discard port of loopback. */
const NOWHERE = 'http://127.0.0.1:9';

describeInBrowser('trouble', (browser) => {
  const scene = useScene();
  const broken = useScene({ config: { upstreams: { dashboards: { preset: 'grafana', url: NOWHERE } } } });

  it('PRX-28, PRX-29 with the dashboard server is a page in the frame, and an event', async () => {
    const page = await browser.open(broken.showEmbedding());
    const { detail } = await waitForState(page, 'error');
    expect(detail).toMatchObject({ code: 'FRAMEGATE_UPSTREAM_DOWN', status: 503 });
    await inFrame(page).getByRole('heading', { name: 'Dashboard not reachable' }).waitFor();
    expect(await inFrame(page).locator('body').textContent()).toContain('Try again in a moment');
    // The page in the frame says it; nothing lies on top of it.
    expect(await page.getByRole('status').textContent()).toBe('');
  });

  it('PRX-29 with the dashboard server is a message to a page without embed.js', async () => {
    const page = await browser.open(broken.showFrame());
    await broken.enter(page);
    const { origin, data } = await waitForMessage(page, 'framegate:error');
    expect(origin).toBe(broken.gateUrl);
    expect(data).toEqual({ type: 'framegate:error', version: 1, status: 503, code: 'FRAMEGATE_UPSTREAM_DOWN' });
  });

  it('with the rules is a page in the frame, and an event', async () => {
    scene.viewer = { subject: 'gina', name: 'Gina Guest', groups: ['visitors'] };
    const page = await browser.open(scene.showEmbedding());
    const { detail } = await waitForState(page, 'denied');
    expect(detail).toMatchObject({ code: 'FRAMEGATE_FORBIDDEN', status: 403 });
    await inFrame(page).getByRole('heading', { name: 'No access' }).waitFor();
    expect(await inFrame(page).locator('body').textContent()).toContain('You are signed in as gina');
    expect(await inFrame(page).locator('button, form').count()).toBe(0);
  });

  it('with the ticket is a page in the frame, and an event', async () => {
    scene.viewer = { audience: 'https://other.test' };
    const page = await browser.open(scene.showEmbedding());
    const { detail } = await waitForState(page, 'error');
    expect(detail).toMatchObject({ code: 'FRAMEGATE_TICKET_REFUSED', status: 401 });
    await inFrame(page).getByRole('heading', { name: 'Ticket refused' }).waitFor();
  });

  it('with the host application is told in the host page, where it can be tried again', async () => {
    scene.ticketStatus = 500;
    const page = await browser.open(scene.showEmbedding());
    const { detail } = await waitForState(page, 'error');
    expect(detail).toEqual({ code: 'ticket-failed', message: 'The application gave no ticket: POST /ticket answered 500.' });
    expect(await page.getByRole('status').textContent()).toContain('The dashboard cannot be shown.');
    scene.ticketStatus = 200;
    await page.getByRole('button', { name: 'Try again' }).click();
    await expectDrawn(page);
    await waitForState(page, 'ready');
    expect(await page.getByRole('button').count()).toBe(0);
  });

  it.each(['frame-src', 'form-action'])("with the host page's Content-Security-Policy names %s in the host page", async (directive) => {
    const policy = `script-src 'unsafe-inline' ${scene.gateUrl}; frame-src ${scene.gateUrl}; form-action ${scene.gateUrl}`;
    const headers = { 'Content-Security-Policy': policy.replace(`${directive} ${scene.gateUrl}`, `${directive} 'self'`) };
    const page = await browser.open(scene.showEmbedding({ headers }));
    const { detail } = await waitForState(page, 'error');
    expect(detail).toMatchObject({ code: 'blocked', message: expect.stringContaining(`${directive} ${scene.gateUrl}`) });
    expect(await page.getByRole('status').textContent()).toContain(directive);
    expect((await statesOf(page)).map(({ name }) => name)).not.toContain('ready');
  });
});
