// The demo's data: a function of time alone, so that a query, the stream and a restart agree.

import { describe, expect, it } from 'vitest';
import { findChannel } from '../../examples/demo/dashboard/channels.ts';
import { DASHBOARDS } from '../../examples/demo/dashboard/dashboards.ts';
import { answerQuery } from '../../examples/demo/dashboard/query.ts';
import { findSignal, readSignal } from '../../examples/demo/dashboard/signals.ts';

const NOW = Date.parse('2026-11-20T21:45:28Z');

interface QueryResult {
  readonly results: Record<
    string,
    {
      readonly frames: readonly {
        readonly schema: { readonly fields: readonly unknown[] };
        readonly data: { readonly values: readonly number[][] };
      }[];
    }
  >;
}

function query(target: object, from: string, more: object = {}): readonly number[][] {
  const request = { from, to: 'now', queries: [{ refId: 'A', datasource: { uid: 'historian-a' }, ...target, ...more }] };
  const { status, body } = answerQuery(JSON.stringify(request), NOW);
  expect(status).toBe(200);
  return Object.values((body as QueryResult).results)[0]?.frames[0]?.data.values ?? [];
}

describe('plant data', () => {
  it('gives the same values for the same time, whatever range is asked for', () => {
    const [times = [], values = []] = query({ signal: 'a.supply' }, 'now-15m', { intervalMs: 60_000 });
    const [longTimes = [], longValues = []] = query({ signal: 'a.supply' }, 'now-1h', { intervalMs: 60_000 });
    expect(times.length).toBe(15);
    for (const [index, at] of times.entries()) expect(longValues[longTimes.indexOf(at)]).toBe(values[index]);
  });

  it('streams what a query gives for the same moment', () => {
    const channel = findChannel('1/ds/historian-a/flow');
    const signal = findSignal('a.flow');
    if (channel?.kind !== 'stream' || signal === undefined) return expect.fail('no stream of the flow');
    const [value, min, max] = channel.stream.sample(NOW);
    expect(value).toBe(readSignal(signal, NOW));
    expect(min).toBeLessThan(value);
    expect(max).toBeGreaterThan(value);
    expect(query({ channel: 'ds/historian-a/flow', signal: 'a.flow' }, 'now-10s').map((column) => column.length)).toEqual([11, 11, 11, 11]);
  });

  it('bounds the number of points, however long the range', () => {
    const [times = []] = query({ signal: 'a.flow' }, 'now-20000d', { maxDataPoints: 1_000_000, intervalMs: 0.001 });
    expect(times.length).toBeLessThanOrEqual(2001);
  });

  it('answers every target of both dashboards', () => {
    const targets = DASHBOARDS.flatMap(({ panels }) => panels as { targets?: object[] }[]).flatMap((panel) => panel.targets ?? []);
    expect(targets.length).toBe(15);
    for (const target of targets) expect(query(target, 'now-5m')[0]?.length).toBeGreaterThan(1);
  });

  it('refuses a signal, a machine group and a data source that it does not have, and what the other plant has', () => {
    const unknown = [{ signal: 'a.other' }, { signal: '__proto__' }, { equipment: 'constructor' }, {}];
    for (const target of [...unknown, { signal: 'b.pressure' }, { equipment: 'b.machines' }]) {
      expect(answerQuery(JSON.stringify({ queries: [{ refId: 'A', datasource: { uid: 'historian-a' }, ...target }] }), NOW).status).toBe(
        400,
      );
    }
    expect(answerQuery(JSON.stringify({ queries: [{ datasource: { uid: 'other' } }] }), NOW).status).toBe(404);
  });
});
