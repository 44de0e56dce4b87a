// A load at a fixed rate where wrk is not installed: requests are due by the clock, whether or not earlier ones were answered, so
// that waiting for a slow server counts as latency.

import { setTimeout as sleep } from 'node:timers/promises';
import { buildRequests } from './build-requests.ts';
import { Connection } from './connection.ts';
import type { Load, LoadResult } from './load.ts';
import { percentile } from './percentile.ts';

/** How long unanswered requests are waited for in the end, in milliseconds; then they are errors. */
const PATIENCE_MS = 2000;

/** @param requestsPerSecond Sent in small bursts, as timers fire about once in a millisecond. */
export async function runAtFixedRate(load: Load, requestsPerSecond: number): Promise<LoadResult> {
  const [request = ''] = buildRequests(load);
  const free = await Promise.all(Array.from({ length: load.connections }, () => Connection.open(load.port)));
  const connections = [...free];
  const dueAtMs: number[] = [];
  const latenciesUs: number[] = [];
  let errors = 0;

  function sendDue(): void {
    for (let connection = free.pop(); connection !== undefined; connection = free.pop()) {
      const since = dueAtMs.shift();
      if (since === undefined) {
        free.push(connection);
        return;
      }
      void ask(connection, since);
    }
  }

  /** Servers take a number of requests on one connection, and no more. */
  async function replace(connection: Connection): Promise<Connection> {
    connection.close();
    const next = await Connection.open(load.port);
    connections[connections.indexOf(connection)] = next;
    return next;
  }

  async function ask(connection: Connection, since: number): Promise<void> {
    try {
      const { status, isLast } = await connection.exchange(request);
      if (status < 200 || status > 399) errors += 1;
      latenciesUs.push((performance.now() - since) * 1000);
      free.push(isLast ? await replace(connection) : connection);
      sendDue();
    } catch {
      errors += 1;
    }
  }

  const startedAtMs = performance.now();
  const endsAtMs = startedAtMs + load.seconds * 1000;
  let released = 0;
  for (let now = startedAtMs; now < endsAtMs; now = performance.now()) {
    const due = Math.floor(((now - startedAtMs) * requestsPerSecond) / 1000);
    // From here on the server is asked to keep up; how late this timer was is not its fault.
    for (; released < due; released += 1) dueAtMs.push(now);
    sendDue();
    await sleep(1);
  }
  // What is still waiting is waited for: leaving it out would hide the slowest.
  while (latenciesUs.length + errors < released && performance.now() < endsAtMs + PATIENCE_MS) await sleep(5);
  errors += Math.max(0, released - latenciesUs.length - errors);
  const requests = latenciesUs.length;
  for (const connection of connections) connection.close();
  return {
    requests,
    requestsPerSecond: requests / load.seconds,
    p50Us: percentile(latenciesUs, 0.5),
    p99Us: percentile(latenciesUs, 0.99),
    errors,
  };
}
