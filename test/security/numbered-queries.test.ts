// A query with a uid and a number: Grafana to 9.3 goes by the number, so of version 9 neither a body nor a message that has
// both passes for who is limited to some data sources.

import { describe, expect, it } from 'vitest';
import { clientFrame } from '../proxy/client-frame.ts';
import { RawConnection } from '../support/raw-client.ts';
import { expectRefused, useGate } from '../support/start-gate.ts';
import { askAsViewer, LIMITED } from './limited-viewer-kit.ts';

const QUERY = { queries: [{ refId: 'A', datasource: { uid: 'prom' }, datasourceId: 7 }], from: '1', to: '2' };
const UPGRADE = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='];

describe.each([
  { version: 9, passes: false },
  { version: 10, passes: true },
  { version: 12, passes: true },
] as const)('a query with a uid and a number, in Grafana $version', ({ version, passes }) => {
  const gate = useGate({ ...LIMITED, upstream: { version } });

  it(`SEC-P8 in a body ${passes ? 'is one by its uid' : 'is refused'}`, async () => {
    const sent = await askAsViewer(gate, 'POST /api/ds/query', JSON.stringify(QUERY));
    if (passes) expect(sent.status).toBe(200);
    else await expectRefused(gate, sent, 403);
  });

  it(`SEC-P8 in a message ${passes ? 'is one by its uid' : 'is refused'}`, async () => {
    const browser = await RawConnection.open(gate.port);
    browser.write(gate.aliceText('GET /api/live/ws', [gate.ownOrigin, ...UPGRADE]));
    expect((await browser.answer()).status).toBe(101);
    const message = clientFrame(JSON.stringify({ id: 7, rpc: { method: 'grafana.query', data: QUERY } }));
    const marker = clientFrame('{}');
    const expected = passes ? Buffer.concat([message, marker]) : marker;
    const arrived = gate.upstream.onlyRequest.connection;
    browser.write(Buffer.concat([message, marker]));
    expect(await gate.upstream.waitUntil(() => arrived.tunnelled.length >= expected.length)).toBe(true);
    expect(arrived.tunnelled.equals(expected)).toBe(true);
    browser.close();
  });
});
