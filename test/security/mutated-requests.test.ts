// What the rules say and what reaches the upstream, over paths, bodies and frames that a person would not write. Whatever
// any reader could take for something else than the one dashboard and the one data source must not arrive.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clientFrame } from '../proxy/client-frame.ts';
import { RawConnection } from '../support/raw-client.ts';
import { useGate } from '../support/start-gate.ts';
import { askAsViewer, LIMITED, queryOf } from './limited-viewer-kit.ts';

const SEED = Number(process.env['TEST_SEED'] ?? Date.now() % 2 ** 31);
const gate = useGate(LIMITED);
const GROUP = '/apis/dashboard.grafana.app/v1beta1/namespaces/default';
const ask = (line: string, body?: string) => askAsViewer(gate, line, body);

/** What is judged the same way by somebody who reads the rule: only these names may reach the upstream. */
function namesOthers(text: string): boolean {
  return /plant-b|secret/i.test(text);
}

describe('whatever is tried', () => {
  const spell = (text: string): fc.Arbitrary<string> =>
    fc.array(fc.integer({ min: 0, max: 5 }), { minLength: text.length, maxLength: text.length }).map((ways) =>
      [...text]
        .map((char, index) => {
          const way = ways[index] ?? 5;
          if (way === 0) return `%${char.charCodeAt(0).toString(16)}`;
          return way === 1 ? char.toUpperCase() : char;
        })
        .join(''),
    );
  const place = fc.constantFrom(
    '/d/',
    '/d-solo/',
    '/api/dashboards/uid/',
    `${GROUP}/dashboards/`,
    '/render/d/',
    '/api/annotations?dashboardUID=',
    '/d/plant-a/../',
    '/d/plant-a%2f',
    '/d/plant-a;/',
    '/d/plant-a/x?orgId=1&uid=',
    '/api/prometheus/grafana/api/v1/rules?dashboard_uid=',
    '/api/dashboards/uid/plant-a/../../uid/',
    '//d/',
    '/D/',
    '/./d/',
  );
  const request = fc.tuple(
    fc.constantFrom('GET', 'HEAD', 'POST'),
    place,
    spell('plant-b'),
    fc.constantFrom('', '/', '/x', '?x=1', '/dto', '%00', '%20', '.', '/..', '#x', '&dashboardUID=plant-a'),
  );

  it('SEC-P9 no spelling of a path reaches the upstream with another dashboard', async () => {
    await fc.assert(
      fc.asyncProperty(request, async ([method, before, uid, behind]) => {
        gate.upstream.clear();
        await ask(`${method} ${before}${uid}${behind}`);
        const reached = gate.upstream.requests.map(({ target }) => decodeURIComponent(target));
        // A page may have any text in a parameter that Grafana reads for nothing.
        expect(reached.filter((target) => namesOthers(target) && !/^\/d(-solo)?\/plant-a\/x\?/.test(target))).toEqual([]);
      }),
      { seed: SEED, numRuns: 150 },
    );
  });

  const key = (name: string): fc.Arbitrary<string> =>
    fc.constantFrom(
      name,
      name.toUpperCase(),
      `${name[0]?.toUpperCase()}${name.slice(1)}`,
      name.replace('s', '\\u0073'),
      name.replace('s', '\u017f'),
      name.replace('d', '\\u0064'),
    );
  const uid = fc.constantFrom('"prom"', '"secret"', '"s\\u0065cret"', '"SECRET"', '1', 'null', '""', '{"uid":"secret"}', '["secret"]');
  const source = fc.oneof(
    uid,
    fc.tuple(key('uid'), uid).map(([name, value]) => `{"${name}":${value}}`),
    fc.tuple(key('uid'), uid, key('uid'), uid).map(([a, x, b, y]) => `{"${a}":${x},"${b}":${y}}`),
  );
  const queries = fc.array(
    fc
      .array(fc.tuple(fc.oneof(key('datasource'), key('datasourceId')), source), { maxLength: 2 })
      .map((members) => `{${members.map(([name, value]) => `"${name}":${value}`).join(',')}}`),
    { maxLength: 2 },
  );
  const body = fc
    .tuple(fc.array(fc.tuple(key('queries'), queries), { maxLength: 2 }), fc.constantFrom('', ' ', '{}', '\n{"queries":[]}', ','))
    .map(([members, behind]) => `{${members.map(([name, list]) => `"${name}":[${list.join(',')}]`).join(',')}}${behind}`);

  it('SEC-P9 no body reaches the upstream that any reader could take for another data source', async () => {
    let reached = 0;
    await fc.assert(
      fc.asyncProperty(fc.oneof({ weight: 9, arbitrary: body }, { weight: 1, arbitrary: fc.constant(queryOf('prom')) }), async (text) => {
        gate.upstream.clear();
        await ask('POST /api/ds/query', Buffer.from(text, 'utf8').toString('latin1'));
        for (const { body: bytes } of gate.upstream.requests) {
          expect(bytes.toString('utf8')).toBe(text);
          reached += 1;
          expect(namesOthers(JSON.stringify(JSON.parse(text)))).toBe(false);
        }
      }),
      { seed: SEED, numRuns: 200 },
    );
    // Some of it may pass, and does.
    expect(reached).toBeGreaterThan(0);
  });

  it('SEC-P9 no frame reaches the upstream that any reader could take for another data source or channel', async () => {
    const browser = await RawConnection.open(gate.port);
    const upgrade = [
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ];
    browser.write(gate.aliceText('GET /api/live/ws', [gate.ownOrigin, ...upgrade]));
    expect((await browser.answer()).status).toBe(101);
    const channel = fc.constantFrom(
      '1/ds/prom/x',
      '1/ds/secret/x',
      '1/grafana/dashboard/uid/plant-b',
      '1/ds/prom/../x',
      '2/ds/prom/x',
      '1/ds/s\\u0065cret/x',
    );
    const command = fc.oneof(
      fc.tuple(key('subscribe'), key('channel'), channel).map(([method, name, value]) => `"${method}":{"${name}":"${value}"}`),
      body.map((text) => `"rpc":{"method":"grafana.query","data":${text}}`),
    );
    const line = fc.array(command, { minLength: 1, maxLength: 2 }).map((members) => `{"id":1,${members.join(',')}}`);
    const { connection } = gate.upstream.onlyRequest;
    let sentMarkers = 0;
    let passed = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { minLength: 1, maxLength: 3 }),
        fc.constantFrom('\n', '\n\n', '\r\n', ''),
        async (lines, between) => {
          sentMarkers += 1;
          connection.tunnelled = Buffer.alloc(0);
          const marker = clientFrame(`marker ${sentMarkers}`, { opcode: 9 });
          browser.write(Buffer.concat([clientFrame(lines.join(between)), marker]));
          expect(await gate.upstream.waitUntil(() => connection.tunnelled.includes(marker))).toBe(true);
          const reached = readClientTexts(connection.tunnelled.subarray(0, -marker.length));
          passed += reached.length;
          for (const text of reached.flatMap((each) => each.split('\n'))) expect(namesOthers(JSON.stringify(JSON.parse(text)))).toBe(false);
        },
      ),
      { seed: SEED, numRuns: 200 },
    );
    expect(passed).toBeGreaterThan(0);
    browser.close();
  });
});

/** The texts of masked frames. */
function readClientTexts(wire: Buffer): string[] {
  const texts: string[] = [];
  for (let at = 0; at < wire.length; ) {
    const short = (wire[at + 1] ?? 0) & 0x7f;
    const start = at + 2 + (short === 126 ? 2 : 0) + 4;
    const length = short === 126 ? wire.readUInt16BE(at + 2) : short;
    const mask = wire.subarray(start - 4, start);
    texts.push(Buffer.from(wire.subarray(start, start + length).map((byte, index) => byte ^ (mask[index % 4] ?? 0))).toString('utf8'));
    at = start + length;
  }
  return texts;
}
