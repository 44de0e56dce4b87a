// The capabilities of Grafana's data road, as recorded: each passes for who may, and is refused for who may not, over HTTP and
// over WebSockets.

import { describe, expect, it } from 'vitest';
import { clientFrame } from '../proxy/client-frame.ts';
import { RawConnection } from '../support/raw-client.ts';
import { expectRefused, useGate } from '../support/start-gate.ts';
import { type Exchange, readExchanges, replay } from './replay-upstream.ts';

const CAPABILITIES = [
  'datasource:proxy',
  'datasource:query',
  'datasource:resource',
  'datasource:health',
  'plugin:metrics',
  'live:connect',
  'live:stream',
  'live:publish',
] as const;
const PLUGIN = 'grafana-testdata-datasource';
const exchanges = readExchanges();

/** Of each capability: who has all but that one. */
const without = CAPABILITIES.map((capability) => ({
  name: `all but ${capability}`,
  who: { groups: [`not ${capability}`] },
  may: CAPABILITIES.filter((each) => each !== capability),
}));
const gate = useGate({
  config: {
    access: {
      rules: [
        { name: 'may', who: { groups: ['may'] }, may: [...CAPABILITIES], on: { dataSources: ['testdata', 'sensors'], plugins: [PLUGIN] } },
        { name: 'elsewhere', who: { groups: ['elsewhere'] }, may: [...CAPABILITIES], on: { dataSources: ['other'], plugins: ['other'] } },
        ...without,
      ],
    },
  },
});

const find = (name: string): Exchange => {
  const found = exchanges.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no recording named ${name}`);
  return found;
};

const cookies = new Map<string, Promise<string>>();
/** The person of the recordings, in a group. */
const cookieOf = (group: string): Promise<string> => {
  const cookie = cookies.get(group) ?? gate.signIn('viewer1', [group]);
  cookies.set(group, cookie);
  return cookie;
};

async function ask({ method, path, requestBody, requestHeaders }: Exchange, group: string) {
  const cookie = await cookieOf(group);
  gate.upstream.clear();
  gate.upstream.script = replay(exchanges);
  const type = requestHeaders['Content-Type'] ?? requestHeaders['content-type'];
  const lines = type === undefined ? [] : [`Content-Type: ${type}`];
  return gate.send(`${method} ${path}`, [`Cookie: ${cookie}`, gate.ownOrigin, ...lines], requestBody);
}

describe('the data road', () => {
  it.each([
    ['datasource:proxy', 'datasource proxy, target down'],
    ['datasource:query', 'query as viewer'],
    ['datasource:resource', 'resource'],
    ['datasource:resource', 'resource scenarios'],
    ['datasource:resource', 'resource chunked stream'],
    ['datasource:resource', 'resource panics'],
    ['datasource:health', 'datasource health'],
    ['plugin:metrics', 'plugin metrics as viewer'],
  ])('SEC-P9, SEC-P13 %s: %s is as recorded for who may, and 403 for others', async (capability, name) => {
    const exchange = find(name);
    const sent = await ask(exchange, 'may');
    expect([sent.status, sent.bodyBytes.equals(exchange.body)], sent.body.slice(0, 200)).toEqual([exchange.status, true]);
    expect(gate.upstream.onlyRequest.startLine).toBe(`${exchange.method} ${exchange.path} HTTP/1.1`);
    expect(gate.upstream.onlyRequest.body.toString('utf8')).toBe(exchange.requestBody);
    for (const group of ['elsewhere', `not ${capability}`]) await expectRefused(gate, await ask(exchange, group), 403);
  });

  it('SEC-P9 a number in place of the uid opens nothing to who is limited to some data sources', async () => {
    await expectRefused(gate, await ask(find('datasource proxy by numeric id'), 'may'), 403);
  });

  it('PRX-17 an answer of a plugin arrives chunk by chunk', async () => {
    const cookie = await cookieOf('may');
    gate.upstream.clear();
    gate.upstream.script = (_request, socket) => socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n');
    const reader = await RawConnection.open(gate.port);
    reader.write(gate.text('GET /api/datasources/uid/testdata/resources/stream', [`Cookie: ${cookie}`]));
    await reader.waitFor('first');
    gate.upstream.onlyRequest.connection.socket.write('6\r\nsecond\r\n0\r\n\r\n');
    await reader.waitFor('second');
    reader.close();
  });
});

const UPGRADE = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='];

async function openSocket(group: string, path: string) {
  const cookie = await cookieOf(group);
  gate.upstream.clear();
  const browser = await RawConnection.open(gate.port);
  browser.write(gate.text(`GET ${path}`, [`Cookie: ${cookie}`, gate.ownOrigin, ...UPGRADE]));
  return { browser, status: (await browser.answer()).status };
}

describe('the data road over WebSockets', () => {
  it.each([
    ['datasource:proxy', '/api/datasources/proxy/uid/sensors/tail'],
    ['datasource:resource', '/api/datasources/uid/testdata/resources/tail'],
  ])('SEC-P9, PRX-W11 %s opens %s for who may, and is 403 for others', async (capability, path) => {
    const { browser, status } = await openSocket('may', path);
    expect(status).toBe(101);
    // Somebody else's protocol: not judged.
    const bytes = clientFrame(Buffer.from([0, 255]), { opcode: 2 });
    browser.write(bytes);
    expect(await gate.upstream.waitUntil(({ onlyRequest }) => onlyRequest.connection.tunnelled.equals(bytes))).toBe(true);
    browser.close();
    for (const group of ['elsewhere', `not ${capability}`]) {
      const refused = await openSocket(group, path);
      expect([refused.status, gate.upstream.requests.length]).toEqual([403, 0]);
      refused.browser.close();
    }
  });

  it.each([
    ['datasource:query', { rpc: { method: 'grafana.query', data: { queries: [{ refId: 'A', datasource: { uid: 'testdata' } }] } } }],
    ['live:stream', { subscribe: { channel: '1/ds/testdata/x' } }],
    ['live:stream', { subscribe: { channel: `1/plugin/${PLUGIN}/x` } }],
    ['live:publish', { publish: { channel: '1/ds/testdata/x', data: {} } }],
  ])('SEC-P9 %s passes for who may, and is answered with 103 for others', async (capability, command) => {
    const bytes = clientFrame(JSON.stringify({ id: 7, ...command }));
    const marker = clientFrame('{}');
    for (const group of ['may', 'elsewhere', `not ${capability}`]) {
      const { browser, status } = await openSocket(group, '/api/live/ws');
      expect(status).toBe(101);
      browser.write(Buffer.concat([bytes, marker]));
      const expected = group === 'may' ? Buffer.concat([bytes, marker]) : marker;
      const arrived = await gate.upstream.waitUntil(({ onlyRequest }) => onlyRequest.connection.tunnelled.equals(expected));
      expect([group, arrived]).toEqual([group, true]);
      if (group !== 'may') await browser.waitFor('{"id":7,"error":{"code":103');
      browser.close();
    }
    const closed = await openSocket('not live:connect', '/api/live/ws');
    expect([closed.status, gate.upstream.requests.length]).toEqual([403, 0]);
    closed.browser.close();
  });
});
