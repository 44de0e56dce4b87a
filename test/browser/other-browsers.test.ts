// The same in browsers of other makers, as they come out of the box. Firefox gives a frame a cookie jar for each site
// around it (SEC-C3). WebKitGTK takes no cookie in a frame of another site, partitioned or not, as Safari before 26.2
// (SEC-C2): a frame can show only what a window signed in to, or say so.

import { readFileSync } from 'node:fs';
import net from 'node:net';
import tls from 'node:tls';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findFreePort } from '../support/start-gate.ts';
import { describeInRemote } from './remote/describe.ts';
import { Firefox } from './remote/firefox.ts';
import { findProgram, type Place, type Remote, waitUntil } from './remote/remote.ts';
import { MINI_BROWSER, WebKit } from './remote/webkit.ts';
import { OLGA, useScene } from './scene.ts';

const ENTER = '\uE007';
const LIVE = `document.querySelector('[data-testid="live-state"][data-state="live"]')`;
const LIVE_VALUE = `document.querySelector('[data-testid="live-value"]')?.textContent`;
const POLICY_VIOLATION = 1008;

async function expectLive(browser: Remote, place: Place): Promise<void> {
  await waitUntil(browser, place, LIVE);
  const first = await browser.evaluate<string>(place, LIVE_VALUE);
  await waitUntil(browser, place, `${LIVE_VALUE} !== ${JSON.stringify(first)}`);
}

/** By the card's button and the window that it opens. */
async function signInByPopup(browser: Remote): Promise<void> {
  await waitUntil(browser, 'frame', `document.querySelector('#sign-in')?.disabled === false`);
  await browser.click('frame', '#sign-in');
  await waitUntil(browser, 'popup', `document.querySelector('input[name=password]')`);
  await browser.type('popup', 'input[name=username]', OLGA.name);
  await browser.type('popup', 'input[name=password]', OLGA.password + ENTER);
  await expect.poll(() => browser.hasPopup(), { timeout: 15_000 }).toBe(false);
}

const firefox = findProgram('firefox-esr') ?? findProgram('firefox');

describeInRemote(
  'Firefox',
  { 'firefox-esr': firefox },
  () => Firefox.start(firefox ?? ''),
  (open) => {
    const scene = useScene();

    it('SEC-C3 draws the dashboard by ticket in a frame of another site, live until the host application signs the person out', async () => {
      const browser = open();
      await browser.open(scene.showEmbedding());
      await expectLive(browser, 'frame');
      expect(await browser.evaluate('page', `states.map(({ name }) => name)`)).toEqual(['loading', 'ready']);
      // A socket of the test's own in that document, beside the dashboard's.
      const script = `new Promise((resolve) => {
        globalThis.socket = new WebSocket(location.origin.replace('http', 'ws') + '/api/live/ws');
        socket.onclose = ({ code }) => (globalThis.code = code);
        socket.onopen = () => resolve(true);
      })`;
      expect(await browser.evaluate('frame', script)).toBe(true);
      await scene.revoke('alice');
      await waitUntil(browser, 'frame', `globalThis.code === ${POLICY_VIOLATION}`, 2000);
      await waitUntil(browser, 'frame', `!${LIVE}`);
    });

    it('SEC-C5 signs in by a window, and the frame shows the dashboard', async () => {
      const browser = open();
      await browser.open(scene.showFrame());
      await signInByPopup(browser);
      await expectLive(browser, 'frame');
      expect(scene.log.map(({ event }) => event)).toEqual(expect.arrayContaining(['code.issued', 'code.accepted']));
    });
  },
);

const webKitDriver = findProgram('WebKitWebDriver');
const display = findProgram('Xvfb');
// It keeps no Secure cookie of plain http, localhost included (SEC-C13): TLS ends at a proxy that nobody trusts.
const tlsPort = await findFreePort();

describeInRemote(
  'WebKit',
  { 'webkit2gtk-driver': webKitDriver && MINI_BROWSER, xvfb: display },
  async () => WebKit.start(webKitDriver ?? '', display ?? '', await findFreePort()),
  (open) => {
    const scene = useScene({ config: { publicUrl: `https://localhost:${tlsPort}` } });
    const read = (name: string): Buffer => readFileSync(new URL(`../fixtures/tls/${name}`, import.meta.url));
    let gatePort = 0;
    const terminator = tls.createServer({ key: read('server-key.pem'), cert: read('server.pem') }, (socket) => {
      const onward = net.connect(gatePort, '127.0.0.1');
      socket.on('error', () => onward.destroy()).pipe(onward);
      onward.on('error', () => socket.destroy()).pipe(socket);
    });
    beforeAll(async () => {
      gatePort = Number(new URL(scene.gateUrl).port);
      scene.gateUrl = `https://localhost:${tlsPort}`;
      await new Promise<void>((resolve) => terminator.listen(tlsPort, '127.0.0.1', resolve));
    });
    afterAll(() => new Promise((resolve) => terminator.close(resolve)));

    it('SEC-F7, SEC-C13 signs in at top level, behind a TLS terminator that is no trusted proxy', async () => {
      const browser = open();
      await browser.open(`${scene.gateUrl}/_gate/login?returnTo=/d/plant-a/plant-a-cooling-water`);
      await browser.type('page', 'input[name=username]', OLGA.name);
      await browser.type('page', 'input[name=password]', OLGA.password + ENTER);
      await expectLive(browser, 'page');
    });

    it('SEC-C2 says by embed.js that it keeps no cookie in the frame, and shows the dashboard in a window', async () => {
      const browser = open();
      await browser.open(scene.showEmbedding());
      await waitUntil(browser, 'page', `states.at(-1).name === 'error'`);
      expect(await browser.evaluate('page', `states.at(-1).detail.code`)).toBe('no-cookie');
      expect(await browser.evaluate('page', `document.querySelector('[role=status]').textContent`)).toContain('keeps no cookies');
      await browser.click('page', '[role=status] button');
      await expectLive(browser, 'popup');
      expect(await browser.evaluate('popup', `opener === null`)).toBe(true);
    });

    it('SEC-C5 shows the dashboard in the frame by the cookie of the window that signed in', async () => {
      const browser = open();
      await browser.open(scene.showFrame());
      await signInByPopup(browser);
      await expectLive(browser, 'frame');
      expect(scene.log.map(({ event }) => event)).not.toContain('code.accepted');
    });
  },
);
