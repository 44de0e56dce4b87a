// A session is shorter than a shift: embed.js asks the host application for a new ticket before the end. Real time
// passes here; the two tests run side by side, each in the partition of a site of its own.

import { it } from 'vitest';
import { useScene } from './scene.ts';
import { describeInBrowser, expectLive, frameOf, inFrame, readSockets, statesOf, waitForState } from './support.ts';

/** embed.js renews 10 s after the start at the earliest. */
const SESSION_MS = 15_000;
const RENEW = 'data-renew-before-ms="5000"';
const POLICY_VIOLATION = 1008;

const sleep = (delayMs: number) => new Promise((resolve) => setTimeout(resolve, delayMs));

describeInBrowser(
  'the renewal of a session',
  (browser) => {
    const scene = useScene({ config: { session: { absoluteTimeout: `${SESSION_MS}ms` } } });

    /** The session cookie of the frame. */
    async function readCookie(): Promise<string | undefined> {
      const cookies = await browser.context.cookies(scene.gateUrl);
      return cookies.find(({ partitionKey }) => partitionKey === 'http://127.0.0.1')?.value;
    }

    it.concurrent('SEC-R9 leaves the frame and its socket alone, beyond the end of the first session', async ({ expect }) => {
      const startedAt = Date.now();
      const page = await browser.open(scene.showEmbedding({ data: `data-ticket-url="/ticket" ${RENEW}` }));
      await expectLive(page);
      const frame = await frameOf(page);
      await frame.evaluate('globalThis.isSame = true');
      const first = await readCookie();
      const { detail } = await waitForState(page, 'renewed');
      expect(detail).toMatchObject({ signedIn: true, login: 'alice' });
      await sleep(startedAt + SESSION_MS + 3000 - Date.now());
      await expectLive(page);
      expect(await readCookie()).not.toBe(first);
      expect(await frame.evaluate('globalThis.isSame')).toBe(true);
      expect(await readSockets(page)).toEqual([{ messages: expect.any(Number) }]);
      expect([...new Set((await statesOf(page)).map(({ name }) => name))]).toEqual(['loading', 'ready', 'renewed']);
      // It is the same session still: its end ends what was opened before the renewal.
      await frame.evaluate(`fetch('/_gate/logout', { method: 'POST' })`);
      await expect.poll(async () => (await readSockets(page))[0]?.code).toBe(POLICY_VIOLATION);
    });

    it.concurrent('SEC-D2.5, SEC-B8.3 that the host application refuses is told, and the session ends in time', async ({ expect }) => {
      const address = scene.showEmbedding({ data: `data-ticket-url="/ticket-once" ${RENEW}` });
      const page = await browser.open(address.replace(scene.hostUrl, scene.thirdSiteHostUrl));
      await expectLive(page);
      // No request of the dashboard's own may find out first.
      await inFrame(page).getByLabel('Refresh interval').selectOption('Off');
      const { detail } = await waitForState(page, 'renew-failed');
      expect(detail).toEqual({ message: 'POST /ticket-once answered 401' });
      await expect.poll(async () => (await readSockets(page))[0]?.code, { timeout: 10_000 }).toBe(POLICY_VIOLATION);
      const error = await waitForState(page, 'error');
      expect(error.detail).toMatchObject({ code: 'ticket-failed' });
      expect(await page.getByRole('status').textContent()).toContain('The application gave no ticket');
      await page.getByRole('button', { name: 'Try again' }).waitFor();
    });
  },
  { isShared: true },
);
