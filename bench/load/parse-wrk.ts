import type { LoadResult } from './load.ts';

const UNITS_US = new Map([
  ['us', 1],
  ['ms', 1000],
  ['s', 1_000_000],
  ['m', 60_000_000],
]);

/**
 * Reads what `wrk --latency` prints.
 * @throws {Error} with the text when it has another form.
 */
export function parseWrk(text: string): LoadResult {
  const requests = Number(/^\s*(\d+) requests in /m.exec(text)?.[1]);
  const requestsPerSecond = Number(/^Requests\/sec:\s+([\d.]+)$/m.exec(text)?.[1]);
  const p50Us = readLatency(text, 50);
  const p99Us = readLatency(text, 99);
  if ([requests, requestsPerSecond, p50Us, p99Us].some(Number.isNaN)) throw new Error(`cannot read the output of wrk:\n${text}`);
  const sockets = /^\s*Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)$/m.exec(text)?.slice(1) ?? [];
  const answers = /^\s*Non-2xx or 3xx responses: (\d+)$/m.exec(text)?.[1] ?? '0';
  return { requests, requestsPerSecond, p50Us, p99Us, errors: [...sockets, answers].reduce((sum, count) => sum + Number(count), 0) };
}

function readLatency(text: string, percent: number): number {
  const match = new RegExp(`^\\s*${percent}%\\s+([\\d.]+)(us|ms|s|m)$`, 'm').exec(text);
  return Number(match?.[1]) * (UNITS_US.get(match?.[2] ?? '') ?? Number.NaN);
}
