// Every route of the inventory and every message of the Live socket, on a running gate: it reaches the upstream for who has
// the capability alone, and for nobody who has everything but it.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CapabilityWord } from '../../src/policy/bundles.ts';
import { CAPABILITIES, type Capability } from '../../src/policy/capability.ts';
import { isRefusal } from '../../src/policy/request.ts';
import { judge, readInventory, samplesOf } from '../presets/grafana/kit.ts';
import { clientFrame } from '../proxy/client-frame.ts';
import { RawConnection } from '../support/raw-client.ts';
import { useGate } from '../support/start-gate.ts';

/** A version that the preset does not know: what all versions agree on. */
const UNKNOWN_VERSION = 99;

/** Requests by capability. What all versions agree on is enough: routes.test.ts holds the tables of versions against it. */
const requests = new Map<Capability, string[]>();
for (const { method, pattern } of readInventory()) {
  if (method === 'WS') continue;
  for (const path of samplesOf(pattern)) {
    for (const each of method === 'ANY' ? ['GET', 'POST'] : [method]) {
      // The first organisation, which may be named without `org:switch`.
      const line = `${each} ${path.replaceAll('/7', '/1')}`;
      const verdict = judge(line, { 'content-type': 'application/json' }, UNKNOWN_VERSION);
      if (isRefusal(verdict)) throw new Error(`${line}: ${verdict.refused}`);
      requests.set(verdict.capability, [...(requests.get(verdict.capability) ?? []), line]);
    }
  }
}
requests.set('alert-state:read', ['GET /api/prometheus/grafana/api/v1/rules?dashboard_uid=x']);
requests.get('unknown')?.push('GET /no/such/page', 'POST /api/no/such/route', 'PATCH /apis/no.such.group/v1/x');

const CHANNEL = '1/grafana/dashboard/uid/x';
const query = { queries: [{ refId: 'A', datasource: { uid: 'x' } }] };
/** The inventory's messages, the other ways to use a channel, and what no preset knows. */
const messages: readonly (readonly [Capability, object])[] = [
  ...readInventory()
    .filter(({ method }) => method === 'WS')
    .map(({ pattern, capability }): readonly [Capability, object] => {
      const [, kind = '', what = ''] = /#(\w+):(.*)$/.exec(pattern) ?? [];
      const channel = what.replace(':orgId', '1').replaceAll(/:\w+/g, 'x').replace('*', 'some/rest');
      return [capability as Capability, kind === 'rpc' ? { rpc: { method: what, data: query } } : { [kind]: { channel } }];
    }),
  ...['presence', 'presence_stats', 'history', 'sub_refresh'].map((kind) => ['live:stream', { [kind]: { channel: CHANNEL } }] as const),
  ['unknown', { rpc: { method: 'other', data: {} } }],
  ['unknown', { subscribe: { channel: '1/other/x/y' } }],
  ['unknown', { send: { data: {} } }],
];

const everybody = CAPABILITIES.filter((capability) => capability !== 'auth');
/** `explore` stands for the bundle here, which holds the capability; what no preset knows is only in `everything`. */
const wordFor = (capability: Capability): CapabilityWord => (capability === 'unknown' || capability === 'auth' ? 'everything' : capability);
const gate = useGate({
  config: {
    access: {
      rules: [
        ...CAPABILITIES.map((capability) => ({
          name: `only ${capability}`,
          who: { groups: [`only ${capability}`, `socket ${capability}`] },
          may: [wordFor(capability) as 'view'],
        })),
        { name: 'sockets', who: { groups: CAPABILITIES.map((capability) => `socket ${capability}`) }, may: ['live:connect'] },
        ...everybody.flatMap((capability) => [
          { name: `not ${capability}`, who: { groups: [`all but ${capability}`] }, deny: [capability] },
          { name: `all but ${capability}`, who: { groups: [`all but ${capability}`] }, may: ['everything' as const] },
        ]),
      ],
    },
  },
});

async function open(group: string): Promise<{ connection: RawConnection; cookie: string }> {
  return { cookie: await gate.signIn('alice', [group]), connection: await RawConnection.open(gate.port) };
}

const UPGRADE = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='];

describe('every route', () => {
  it('is among those of the inventory, and each capability has one', () => {
    expect([...requests.values()].flat().length).toBeGreaterThan(830);
    expect(CAPABILITIES.filter((capability) => !requests.has(capability))).toEqual([]);
  });

  it.each([...CAPABILITIES])('SEC-P9 of %s is reached by who has it, and not by who has all the rest', async (capability) => {
    const lines = requests.get(capability) ?? [];
    for (const group of capability === 'auth' ? ['only auth'] : [`only ${capability}`, `all but ${capability}`]) {
      const isGranted = group.startsWith('only') && capability !== 'auth';
      const { connection, cookie } = await open(group);
      for (const line of lines) {
        gate.upstream.clear();
        const [method = ''] = line.split(' ');
        connection.write(gate.text(line, [`Cookie: ${cookie}`, gate.ownOrigin, 'Content-Type: application/json']));
        const { status } = await connection.answer(method);
        const reached = gate.upstream.requests.map(({ startLine }) => startLine);
        expect([line, reached], group).toEqual([line, isGranted ? [`${line} HTTP/1.1`] : []]);
        if (!isGranted) expect([line, status], group).toEqual([line, 403]);
      }
      connection.close();
    }
  });
});

describe('every message of the Live socket', () => {
  const sockets: RawConnection[] = [];
  beforeAll(() => expect(messages.length).toBeGreaterThan(10));
  afterAll(() => {
    for (const socket of sockets) socket.close();
  });

  it.each(messages.map(([capability, command]) => ({ capability, command, text: JSON.stringify(command) })))(
    'SEC-P9 of $capability passes for who has it, and not for who has all the rest: $text',
    async ({ capability, command }) => {
      const message = clientFrame(JSON.stringify({ id: 7, ...command }));
      const marker = clientFrame('{}');
      for (const group of [`socket ${capability}`, `all but ${capability}`]) {
        const { connection, cookie } = await open(group);
        sockets.push(connection);
        gate.upstream.clear();
        connection.write(gate.text('GET /api/live/ws', [`Cookie: ${cookie}`, gate.ownOrigin, ...UPGRADE]));
        expect((await connection.answer()).status).toBe(101);
        connection.write(Buffer.concat([message, marker]));
        const expected = group.startsWith('socket') ? Buffer.concat([message, marker]) : marker;
        const arrived = await gate.upstream.waitUntil(({ onlyRequest }) => onlyRequest.connection.tunnelled.length >= expected.length);
        expect([group, arrived, gate.upstream.onlyRequest.connection.tunnelled.equals(expected)]).toEqual([group, true, true]);
      }
    },
  );
});
