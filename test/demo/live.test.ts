// The stand-in's live socket speaks as the recorded one does.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDashboard } from '../../examples/demo/dashboard/dashboard.ts';
import { findSignal, readSignal } from '../../examples/demo/dashboard/signals.ts';
import type { RunningServer } from '../../examples/demo/running-server.ts';
import type { LiveRefusal, RecordedRequest } from './kit.ts';
import { openLive, RECORDED_HOST, readFixture, send, shapeOf } from './kit.ts';

interface Frame {
  readonly from: 'browser' | 'grafana';
  readonly text: string;
}
interface Probe {
  readonly name: string;
  readonly request: RecordedRequest;
  readonly status: number;
  readonly body?: string;
  readonly frames?: readonly Frame[];
}

const recordings = readFixture<{ probes: Probe[]; dashboardLoad: { frames: Frame[] } }>('live.json');
const findProbe = (name: string): Probe => recordings.probes.find((probe) => probe.name === name) ?? expect.fail(name);
const identity = { Host: RECORDED_HOST, Origin: `http://${RECORDED_HOST}`, 'X-WEBAUTH-USER': 'viewer1' };
const shapes = (text: string) => text.split('\n').map((line) => shapeOf(JSON.parse(line)));

let dashboard: RunningServer;
beforeAll(async () => {
  dashboard = await startDashboard({ port: 0, host: '127.0.0.1' });
});
afterAll(() => dashboard.close());

async function openRecorded(probe: Probe) {
  return openLive(dashboard.url, { Host: RECORDED_HOST, ...probe.request.headers });
}

describe("the stand-in's live socket", () => {
  it.each(['no identity', 'foreign origin'])('refuses "%s" as recorded', async (name) => {
    const probe = findProbe(name);
    const refusal = await openRecorded(probe).then(
      () => expect.fail('was not refused'),
      (error: unknown) => error as LiveRefusal,
    );
    expect(refusal).toMatchObject({ status: probe.status, body: probe.body });
    expect(refusal.headers).toMatchObject({ 'x-frame-options': 'deny', 'cache-control': 'no-store' });
  });

  it.each([
    { name: 'another port', origin: 'http://localhost:8001' },
    { name: 'an opaque origin', origin: 'null' },
    { name: 'a longer name', origin: 'http://localhost:8000.evil.example' },
  ])('refuses an Origin of $name', async ({ origin }) => {
    await expect(openLive(dashboard.url, { ...identity, Origin: origin })).rejects.toMatchObject({ status: 403, body: 'Forbidden\n' });
  });

  it('takes a client that sends no Origin', async () => {
    const client = await openRecorded(findProbe('no origin'));
    client.close();
    await client.closed;
  });

  it.each(['subscribe stream', 'query over the socket as viewer', 'publish as viewer'])('talks as in "%s"', async (name) => {
    const probe = findProbe(name);
    const client = await openRecorded(probe);
    const nextLine = createLineReader(client);
    for (const frame of probe.frames ?? []) {
      if (frame.from === 'browser') client.send(frame.text);
      // Several messages may come in one frame or in several: the order counts.
      else for (const expected of shapes(frame.text)) expect(shapeOf(JSON.parse(await nextLine()))).toEqual(expected);
    }
    client.close();
  });

  it('reads and writes several messages in one frame', async () => {
    const client = await openLive(dashboard.url, identity);
    client.send('{"connect":{"name":"js"},"id":1}\n{"subscribe":{"channel":"1/grafana/dashboard/uid/plant-a"},"id":2}');
    const lines = (await client.next()).split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.map((line) => Object.keys(line).filter((key) => key !== 'id'))).toEqual([['connect'], ['subscribe'], ['push']]);
    client.close();
  });

  it('streams the plant every second, with the value that belongs to the moment', async () => {
    const client = await openLive(dashboard.url, identity);
    client.send('{"connect":{"name":"js"},"id":1}\n{"subscribe":{"channel":"1/ds/historian-a/flow"},"id":2}');
    await client.next();
    const [first, second] = [readPush(await client.next()), readPush(await client.next())];
    expect(Math.abs(Date.now() - second.at)).toBeLessThan(3000);
    expect(second.at - first.at).toBeGreaterThan(500);
    expect(second.value).toBe(readSignal(findSignal('a.flow') ?? expect.fail('no flow'), second.at));
    client.close();
  });

  it('denies a channel that it does not have', async () => {
    const client = await openLive(dashboard.url, identity);
    client.send('{"connect":{"name":"js"},"id":1}');
    await client.next();
    for (const channel of ['2/ds/historian-a/flow', '1/ds/historian-b/flow', 'ds/historian-a/flow', '1/grafana/dashboard/uid/../x']) {
      client.send(JSON.stringify({ subscribe: { channel }, id: 2 }));
      expect(JSON.parse(await client.next())).toMatchObject({ id: 2, error: { code: 103 } });
    }
    client.close();
  });

  it.each(['nonsense', '{"subscribe":{"channel":"1/ds/historian-a/flow"},"id":1}', '7'])(
    'closes on %s instead of connect',
    async (text) => {
      const client = await openLive(dashboard.url, identity);
      client.send(text);
      expect(await client.closed).toBe(3501);
    },
  );

  it('answers an upgrade elsewhere as an ordinary request', async () => {
    const headers = {
      ...identity,
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==',
      'Sec-WebSocket-Version': '13',
    };
    expect((await send(dashboard.url, { path: '/api/live/other', headers })).status).toBe(404);
  });

  it('ends its sockets when it is closed', async () => {
    const other = await startDashboard({ port: 0, host: '127.0.0.1' });
    const client = await openLive(other.url, identity);
    await other.close();
    expect(await client.closed).toBe(1006);
  });
});

/** Messages one by one, whatever frames they come in. */
function createLineReader(client: { next(): Promise<string> }): () => Promise<string> {
  const lines: string[] = [];
  return async function nextLine() {
    if (lines.length === 0) lines.push(...(await client.next()).split('\n'));
    return lines.shift() ?? '';
  };
}

function readPush(text: string): { at: number; value: number } {
  const { push } = JSON.parse(text) as { push: { pub: { data: { data: { values: [[number], [number]] } } } } };
  const [[at], [value]] = push.pub.data.data.values;
  return { at, value };
}
