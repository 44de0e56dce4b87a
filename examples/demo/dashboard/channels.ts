// The channels that can be subscribed on the live socket, and what each one streams.

import type { Signal } from './signals.ts';
import { findSignal, readNoise, readSignal } from './signals.ts';

export interface Stream {
  readonly intervalMs: number;
  readonly name: string;
  /** Value, and the least and greatest value since the push before. */
  sample(atMs: number): readonly [value: number, min: number, max: number];
}

const STREAMS: ReadonlyMap<string, Stream> = new Map([
  ['plugin/testdata/random-2s-stream', { intervalMs: 2000, name: 'testdata', sample: sampleRandom }],
  ['ds/historian-a/flow', buildSignalStream('a.flow', 14)],
  ['ds/historian-b/feedwater', buildSignalStream('b.feedwater', 0.9)],
]);

/** Channels that only tell who is there and pass on what is published. */
const QUIET_CHANNEL = /^grafana\/(?:dashboard\/uid|broadcast)\/[A-Za-z0-9_-]{1,40}$/;

export type Channel = { readonly kind: 'stream'; readonly stream: Stream } | { readonly kind: 'quiet' };

/** Reads `<orgId>/<scope>/<namespace>/<path>`; undefined for a channel that does not exist. */
export function findChannel(name: unknown): Channel | undefined {
  if (typeof name !== 'string' || !name.startsWith('1/')) return undefined;
  const path = name.slice(2);
  const stream = STREAMS.get(path);
  if (stream !== undefined) return { kind: 'stream', stream };
  return QUIET_CHANNEL.test(path) ? { kind: 'quiet' } : undefined;
}

const number = (name: string) => ({ name, type: 'number', typeInfo: { frame: 'float64' } });

/** Sent once, with the answer to the subscription. */
export function buildSchema(stream: Stream): object {
  const time = { name: 'Time', type: 'time', typeInfo: { frame: 'time.Time' } };
  return { schema: { name: stream.name, fields: [time, number('Value'), number('Min'), number('Max')] } };
}

/** One push: the values of the schema's fields, one column each. */
export function buildFrame(stream: Stream, atMs: number): object {
  const columns = stream.sample(atMs).map((value) => [value]);
  return { data: { values: [[atMs], ...columns], nanos: [[0], null, null, null] } };
}

function buildSignalStream(id: string, band: number): Stream {
  const signal = findSignal(id);
  if (signal === undefined) throw new Error(`no signal ${id}`);
  return { intervalMs: 1000, name: 'plant', sample: (atMs) => sampleSignal(signal, band, atMs) };
}

function sampleSignal(signal: Signal, band: number, atMs: number): readonly [number, number, number] {
  const value = readSignal(signal, atMs);
  const width = (which: number) => band * (0.6 + 0.4 * readNoise(signal.seed + which, atMs / 4000));
  return [value, value - width(7), value + width(8)];
}

function sampleRandom(atMs: number): readonly [number, number, number] {
  const value = 70 + 8 * readNoise(1, atMs / 20_000);
  return [value, value - 20 - 15 * readNoise(2, atMs / 3000), value + 25 + 15 * readNoise(3, atMs / 3000)];
}
