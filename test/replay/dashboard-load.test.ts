// Opening one dashboard, as a browser did it against Grafana 12.2.0: all exchanges in their recorded order, through the
// gate. What the page needs must arrive as it was sent; what says who may frame and who is asking must be ours.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RawConnection } from '../support/raw-client.ts';
import { HOST_PAGE, useGate } from '../support/start-gate.ts';
import { readDashboardLoad, replay } from './replay-upstream.ts';

const gate = useGate();
const exchanges = readDashboardLoad();

/** Set by the gate, by the connection, or by the engine's framing; the rest must be as recorded. */
const OWN = new Set(['cache-control', 'connection', 'keep-alive', 'transfer-encoding', 'x-frame-options', 'date']);
/** Describe the browser's connection to the recording's own proxy. */
const NOT_SENT = new Set(['host', 'origin', 'referer']);

const TAG = /<script [^>]*src="\/_gate\/storage\.js(\?v=[\w-]+)?"[^>]*><\/script>/;

describe('a recorded dashboard view', () => {
  let browser: RawConnection;
  beforeAll(async () => {
    browser = await RawConnection.open(gate.port);
  });
  afterAll(() => browser.close());

  for (const exchange of exchanges) {
    it(`PRX-2, PRX-26 ${exchange.name.slice(0, 100)}`, async () => {
      gate.upstream.script = replay(exchanges, 'alice');
      const sent = Object.entries(exchange.requestHeaders).filter(([name]) => !NOT_SENT.has(name));
      const lines = sent.map(([name, value]) => `${name}: ${value}`);
      if (exchange.requestHeaders['origin'] !== undefined) lines.push(gate.ownOrigin);
      const body = Buffer.from(exchange.requestBody, 'utf8').toString('latin1');
      browser.write(gate.aliceText(`${exchange.method} ${exchange.path}`, lines, body));
      const answer = await browser.answer(exchange.method);

      const { onlyRequest } = gate.upstream;
      expect(onlyRequest.startLine).toBe(`${exchange.method} ${exchange.path} HTTP/1.1`);
      expect(onlyRequest.all('x-webauth-user')).toEqual(['alice']);
      expect(onlyRequest.header('cookie')).toBeUndefined();
      expect(onlyRequest.body.toString('utf8')).toBe(exchange.requestBody);
      // An asset is fetched once for everybody, so nothing that one browser prefers goes with it.
      const shared = exchange.kind === 'asset';
      for (const [name, value] of sent.filter(([each]) => /^x-(panel|dashboard|datasource|plugin)|^content-type$|^accept$/.test(each))) {
        expect(onlyRequest.header(name), name).toBe(shared && name === 'accept' ? undefined : value);
      }

      expect([answer.status, answer.complete]).toEqual([exchange.status, true]);
      const text = answer.bodyBytes;
      if (exchange.kind === 'page') {
        expect(answer.body).toMatch(TAG);
        expect(answer.body.indexOf('/_gate/storage.js')).toBeLessThan(answer.body.indexOf('window.x=1'));
        expect(answer.body.replace(TAG, '')).toBe(exchange.body.toString('latin1'));
      } else expect(text.equals(exchange.body), `${text.length} of ${exchange.body.length} bytes`).toBe(true);

      for (const [name, value] of exchange.headers) {
        if (!OWN.has(name.toLowerCase())) expect(answer.header(name), name).toBe(value);
      }
      expect(answer.header('x-frame-options')).toBeUndefined();
      expect(answer.all('content-security-policy')).toEqual([`frame-ancestors ${HOST_PAGE}`]);
      for (const name of ['set-cookie', 'access-control-allow-origin', 'server']) expect(answer.header(name), name).toBeUndefined();
      expect(answer.header('cache-control')).toMatch(exchange.kind === 'asset' ? /private/ : /no-store/);
    });
  }

  it('SEC-B17.4 keeps the hashed assets cacheable', async () => {
    gate.upstream.script = replay(exchanges, 'alice');
    const hashed = exchanges.find((each) => /runtime\.[0-9a-f]{20}\.js$/.test(each.path));
    const answer = await gate.sendAsAlice(`GET ${hashed?.path ?? ''}`, ['Sec-Fetch-Dest: script']);
    expect(answer.header('cache-control')).toMatch(/max-age=31536000/);
  });
});
