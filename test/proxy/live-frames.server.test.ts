// Grafana's Live socket between a browser and a server of its own: what the rules grant passes, what they do not is answered
// here, and the socket goes on.

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import WebSocket, { WebSocketServer } from 'ws';
import { RawConnection } from '../support/raw-client.ts';
import { TestGate } from '../support/start-gate.ts';
import { clientFrame } from './client-frame.ts';

const KEY = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==';
const UPGRADE = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', KEY];

let gate: TestGate;
let server: Server;
let sockets: WebSocketServer;
/** Of the upgrades that reached the upstream. */
let upgrades: { url: string; extensions: string | undefined }[] = [];

beforeAll(async () => {
  server = createServer();
  sockets = new WebSocketServer({ server, perMessageDeflate: { threshold: 0 } });
  sockets.on('connection', (_socket, { url = '', headers }) => upgrades.push({ url, extensions: headers['sec-websocket-extensions'] }));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  gate = new TestGate({
    upstreamUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    config: {
      access: {
        rules: [
          {
            name: 'a',
            who: { groups: ['operators'] },
            may: ['view'],
            on: { dashboards: ['plant-a'], dataSources: ['prom'] },
            as: { orgId: 1 },
          },
          { name: 'all', who: { groups: ['experts'] }, may: ['everything'] },
        ],
      },
    },
  });
  await gate.start();
});
afterEach(() => {
  upgrades = [];
});
afterAll(async () => {
  await gate.close();
  sockets.close();
  server.close();
});

interface Ends {
  readonly browser: WebSocket;
  readonly upstream: WebSocket;
  /** What each end received, as text. */
  readonly atBrowser: string[];
  readonly atUpstream: string[];
}

async function open(cookie = gate.alice, path = '/api/live/ws'): Promise<Ends> {
  const connected = once(sockets, 'connection') as Promise<[WebSocket]>;
  const browser = new WebSocket(`ws://localhost:${gate.port}${path}`, { headers: { Cookie: cookie, Origin: gate.origin } });
  const [atBrowser, atUpstream]: [string[], string[]] = [[], []];
  browser.on('message', (data: WebSocket.RawData) => atBrowser.push(data.toString()));
  browser.on('error', () => {});
  const [upstream] = await connected;
  upstream.on('message', (data: WebSocket.RawData) => atUpstream.push(data.toString()));
  await once(browser, 'open');
  return { browser, upstream, atBrowser, atUpstream };
}

/** Everything sent before has arrived at both ends once this has gone there and back. */
async function settle({ browser, upstream, atBrowser, atUpstream }: Ends): Promise<void> {
  browser.ping();
  await once(upstream, 'ping');
  upstream.send('settled');
  while (atBrowser.at(-1) !== 'settled') await once(browser, 'message');
  atBrowser.splice(atBrowser.indexOf('settled'), 1);
  expect(atUpstream).not.toContain('settled');
}

const subscribe = (id: number, channel: string): string => JSON.stringify({ id, subscribe: { channel } });
const query = (id: number, uid: string): string =>
  JSON.stringify({ id, rpc: { method: 'grafana.query', data: { queries: [{ refId: 'A', datasource: { uid } }] } } });
const refusal = (id: number): string => JSON.stringify({ id, error: { code: 103, message: 'permission denied' } });

describe('a judged Live socket', () => {
  it.each([
    ['connect', '{"connect":{"name":"js"},"id":1}', true],
    ['the answer to a ping', '{}', true],
    ['a channel of the dashboard', subscribe(2, '1/grafana/dashboard/uid/plant-a'), true],
    ['a channel of another dashboard', subscribe(2, '1/grafana/dashboard/uid/plant-b'), false],
    ['a channel of a data source', subscribe(2, '1/ds/prom/x'), true],
    ['a channel of another data source', subscribe(2, '1/ds/secret/x'), false],
    ['a channel of another organisation', subscribe(2, '2/ds/prom/x'), false],
    ['a query', query(3, 'prom'), true],
    ['a query of another data source', query(3, 'secret'), false],
    ['publishing', '{"id":4,"publish":{"channel":"1/grafana/dashboard/uid/plant-a","data":{}}}', false],
    ['another method', '{"id":5,"rpc":{"method":"grafana.other","data":{}}}', false],
    ['two methods at once', '{"id":6,"subscribe":{"channel":"1/ds/prom/x"},"publish":{"channel":"1/ds/prom/x"}}', false],
    ['an equal key twice', '{"id":7,"subscribe":{"channel":"1/ds/prom/x","channel":"1/ds/secret/x"}}', false],
    ['another spelling of a key', '{"id":8,"Subscribe":{"channel":"1/ds/prom/x"}}', false],
    ['no JSON', 'subscribe', false],
  ])('SEC-P9 %s', async (_name, command, passes) => {
    const ends = await open();
    ends.browser.send(command);
    await settle(ends);
    expect(ends.atUpstream).toEqual(passes ? [command] : []);
    if (!passes) expect(ends.atBrowser.every((reply) => /^\{"id":\d,"error":/.test(reply))).toBe(true);
    ends.browser.send('{}');
    await settle(ends);
    expect(ends.atUpstream.at(-1)).toBe('{}');
    ends.browser.close();
  });

  it('SEC-P9 of several commands in one message those pass that may, byte for byte', async () => {
    const ends = await open();
    const odd = '{ "subscribe" : {"channel":"1/ds/prom/\\u0078"}, "id":11 }';
    ends.browser.send([query(10, 'secret'), odd, subscribe(12, '1/ds/secret/x')].join('\n'));
    await settle(ends);
    expect(ends.atUpstream).toEqual([odd]);
    expect(ends.atBrowser).toEqual([refusal(10), refusal(12)]);
    ends.browser.close();
  });

  it('SEC-P9 is judged for fragments, as one message', async () => {
    const ends = await open();
    for (const uid of ['secret', 'prom']) {
      const text = query(20, uid);
      ends.browser.send(text.slice(0, 30), { fin: false });
      ends.browser.send(text.slice(30, 31), { fin: false });
      ends.browser.send(text.slice(31));
      await settle(ends);
    }
    expect(ends.atUpstream).toEqual([query(20, 'prom')]);
    expect(ends.atBrowser).toEqual([refusal(20)]);
    ends.browser.close();
  });

  it('SEC-P9 is never compressed, and speaks JSON alone', async () => {
    const ends = await open();
    expect(upgrades).toEqual([{ url: '/api/live/ws', extensions: undefined }]);
    expect(ends.browser.extensions).toBe('');
    ends.browser.close();
    upgrades = [];
    const cookie = `Cookie: ${gate.alice}`;
    for (const [path, header] of [
      ['/api/live/ws?format=protobuf', 'X: y'],
      ['/api/live/ws?cf_protocol=protobuf', 'X: y'],
      ['/api/live/ws?%66ormat=protobuf', 'X: y'],
      ['/api/live/ws', 'Sec-WebSocket-Protocol: centrifuge-protobuf'],
    ]) {
      const sent = await gate.send(`GET ${path}`, [cookie, gate.ownOrigin, ...UPGRADE, header ?? '']);
      expect([path, sent.status]).toEqual([path, 400]);
    }
    expect(upgrades).toEqual([]);
  });

  it('SEC-P9 lets the upstream choose neither an extension nor a binary protocol', async () => {
    for (const line of ['Sec-WebSocket-Extensions: permessage-deflate', 'Sec-WebSocket-Protocol: centrifuge-protobuf']) {
      const add = (headers: string[]): number => headers.push(line);
      sockets.once('headers', add);
      const sent = await gate.send('GET /api/live/ws', [`Cookie: ${gate.alice}`, gate.ownOrigin, ...UPGRADE]);
      expect([line, sent.status]).toEqual([line, 502]);
    }
  });

  it.each([
    ['binary data', clientFrame('{}', { opcode: 2 }), 1003],
    ['a frame without a mask', clientFrame('{}', { isMasked: false }), 1002],
    ['a compressed frame', clientFrame('{}', { reserved: 0x40 }), 1002],
    ['text that is no UTF-8', clientFrame(Buffer.from([0xff])), 1007],
    ['a frame of 2 MiB', clientFrame(Buffer.alloc(2 * 1024 * 1024)).subarray(0, 14), 1009],
    ['a thousand and one commands', clientFrame('{}\n'.repeat(1001)), 1008],
  ])('PRX-W ends for %s, by a Close frame that says why', async (_name, bytes, code) => {
    const connected = once(sockets, 'connection') as Promise<[WebSocket]>;
    const browser = await RawConnection.open(gate.port);
    browser.write(gate.aliceText('GET /api/live/ws', [gate.ownOrigin, ...UPGRADE]));
    expect((await browser.answer()).status).toBe(101);
    const [upstream] = await connected;
    const heard: unknown[] = [];
    upstream.on('message', (data: WebSocket.RawData) => heard.push(data.toString()));
    const gone = once(upstream, 'close');
    browser.write(bytes);
    const close = Buffer.from([0x88, 2, code >> 8, code & 0xff]).toString('latin1');
    expect(await browser.waitFor(close)).toBe(close);
    await gone;
    expect([await browser.waitForEnd(), heard]).toEqual(['ended', []]);
  });

  it('PRX-W passes what the upstream sends as it comes, binary and fragments too', async () => {
    const ends = await open();
    const large = 'x'.repeat(3 * 1024 * 1024);
    ends.upstream.send(Buffer.from([1, 2, 3]), { binary: true });
    ends.upstream.send('part ', { fin: false });
    ends.upstream.send('two');
    ends.upstream.send(large);
    await settle(ends);
    expect(ends.atBrowser).toEqual(['\u0001\u0002\u0003', 'part two', large]);
    ends.browser.close();
  });

  it('PRX-W puts its own answer between two messages of the upstream, never into one', async () => {
    const ends = await open();
    const arrived = once(ends.browser, 'ping');
    ends.upstream.send('first half, ', { fin: false });
    ends.upstream.ping();
    await arrived;
    for (let id = 1; id <= 50; id += 1) ends.browser.send(query(id, 'secret'));
    ends.browser.ping();
    await once(ends.upstream, 'ping');
    expect(ends.atBrowser).toEqual([]);
    ends.upstream.send('second half');
    await settle(ends);
    expect(ends.atBrowser).toEqual(['first half, second half', ...Array.from({ length: 50 }, (_, index) => refusal(index + 1))]);
    ends.browser.close();
  });

  it.each([1000, 1001, 4001])('PRX-W passes close code %i both ways', async (code) => {
    const first = await open();
    const heard = once(first.upstream, 'close');
    first.browser.close(code, 'why');
    const [atUpstream, reason] = (await heard) as [number, Buffer];
    expect([atUpstream, reason.toString()]).toEqual([code, 'why']);
    const second = await open();
    const seen = once(second.browser, 'close');
    second.upstream.close(code, 'because');
    const [atBrowser, text] = (await seen) as [number, Buffer];
    expect([atBrowser, text.toString()]).toEqual([code, 'because']);
  });

  it('SEC-D7 ends with its session by 1008', async () => {
    const cookie = await gate.signIn('olga', ['operators']);
    const ends = await open(cookie);
    const closed = once(ends.browser, 'close');
    await gate.send('POST /_gate/logout', [`Cookie: ${cookie}`, gate.ownOrigin]);
    expect((await closed)[0]).toBe(1008);
  });

  it('SEC-N keeps memory flat for a browser that asks for what is refused and reads nothing', async () => {
    const connected = once(sockets, 'connection') as Promise<[WebSocket]>;
    const browser = await RawConnection.open(gate.port);
    browser.write(gate.aliceText('GET /api/live/ws', [gate.ownOrigin, ...UPGRADE]));
    await browser.answer();
    const [upstream] = await connected;
    browser.socket.pause();
    const before = process.memoryUsage().arrayBuffers;
    const flood = Buffer.concat(Array.from({ length: 400 }, (_, id) => clientFrame(query(id + 1, 'secret'))));
    let isTaken = true;
    for (let turn = 0; turn < 400 && isTaken; turn += 1) {
      isTaken = browser.socket.write(flood);
      if (!isTaken) {
        const patience = new Promise((resolve) => setTimeout(resolve, 500, 'stalled'));
        isTaken = (await Promise.race([once(browser.socket, 'drain'), patience])) !== 'stalled';
      }
    }
    // It was stopped, long before all of it was taken.
    expect(isTaken).toBe(false);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 * 1024 * 1024);
    browser.close();
    await once(upstream, 'close');
  });
});

describe('who may do everything', () => {
  it('has a socket that nobody reads, compressed where both ends like', async () => {
    const cookie = await gate.signIn('erin', ['experts']);
    const ends = await open(cookie);
    expect(upgrades[0]?.extensions).toMatch(/permessage-deflate/);
    ends.browser.send(query(1, 'secret'));
    ends.browser.send(Buffer.from([1]));
    await settle(ends);
    expect(ends.atUpstream).toEqual([query(1, 'secret'), '\u0001']);
    ends.browser.close();
  });
});
