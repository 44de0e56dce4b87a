// A page that embed.hosts does not list: the browser refuses to show the dashboard there, and the operator is told
// which host to add.

import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DASHBOARD_PATH, type Listening, listen, useScene } from './scene.ts';
import { describeInBrowser, expectDrawn, frameOf, waitForState } from './support.ts';

/** embed.js waits for 15 s before it gives up. */
const GIVEN_UP_MS = 25_000;
const [PATHNAME] = DASHBOARD_PATH.split('?');

describeInBrowser('an unlisted host page', (browser) => {
  const scene = useScene();
  let foreign: Listening;
  beforeAll(async () => {
    foreign = await listen((req, res) => {
      res.setHeader('Content-Type', 'text/html; charset=utf-8');
      if (req.url === '/embed') res.setHeader('Referrer-Policy', 'no-referrer');
      if (req.url === '/ticket') void scene.signTicket().then((ticket) => res.end(JSON.stringify({ ticket })));
      else if (req.url === '/frame') res.end(scene.buildFrame());
      else res.end(scene.buildEmbedding());
    });
  });
  afterAll(() => foreign.close());

  const linesAboutHosts = () => scene.log.filter(({ event }) => event === 'frame.host-not-listed');

  /** Opens the page, and sees that its frame shows the browser's error and nothing else. */
  async function expectRefusal(): Promise<Page> {
    const page = await browser.open(`${foreign.url}/frame`);
    const frame = await frameOf(page);
    await expect.poll(() => frame.url()).toBe('chrome-error://chromewebdata/');
    expect(await frame.content()).not.toMatch(/framegate|grafana/);
    expect(browser.complaints.join()).toContain(`frame-ancestors ${scene.hostUrl}`);
    const read = `(() => { try { return frames[0].document.title; } catch (error) { return error.name; } })()`;
    expect(await page.evaluate(read)).toBe('SecurityError');
    return page;
  }

  it('SEC-B13, SEC-D3.2 cannot show the dashboard, even where the frame has a session', async () => {
    // Ports do not divide a site: cookies of the listed page's partition are sent from the other page too.
    await expectDrawn(await browser.open(scene.showEmbedding()));
    const page = await expectRefusal();
    expect(scene.log.filter(({ event, fields }) => event === 'request.allowed' && fields['path'] === PATHNAME)).toHaveLength(2);
    await page.reload();
    // Once for both loads.
    const named = { host: foreign.url, hint: expect.stringContaining('embed.hosts') };
    expect(linesAboutHosts().map(({ fields }) => fields)).toMatchObject([named]);
  });

  it('SEC-B13 cannot show the card either', async () => {
    await expectRefusal();
  });

  it('SEC-B12.8, SEC-D7.2 gets no session for a ticket that it posts', async () => {
    const page = await browser.open(`${foreign.url}/frame`);
    await scene.enter(page);
    await expect.poll(() => scene.log.map(({ event }) => event)).toContain('origin.refused');
    const { fields } = scene.log.find(({ event }) => event === 'origin.refused') ?? {};
    expect(fields).toMatchObject({ origin: foreign.url, reason: 'origin-not-listed', hint: expect.stringContaining('embed.hosts') });
    expect(scene.log.map(({ event }) => event)).not.toContain('ticket.accepted');
    expect(await browser.context.cookies(scene.gateUrl)).toEqual([]);
  });

  it('with embed.js and no referrer gets no session, is named in the log, and says what is wrong to the person', async () => {
    const page = await browser.open(`${foreign.url}/embed`);
    const { detail } = await waitForState(page, 'error', GIVEN_UP_MS);
    expect(detail['message']).toContain(`embed.hosts does not list ${foreign.url}`);
    expect(await page.getByRole('status').textContent()).toContain('The dashboard cannot be shown.');
    expect(linesAboutHosts()[0]?.fields).toMatchObject({ host: foreign.url });
    expect(scene.log.map(({ event }) => event)).not.toContain('ticket.accepted');
    expect(await browser.context.cookies(scene.gateUrl)).toEqual([]);
  });
});
