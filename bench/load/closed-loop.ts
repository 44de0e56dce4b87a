// The load generator where wrk is not installed: every connection sends its next request as soon as it has its answer.
// Slower than wrk, so the rates that it reaches are its own; CPU per request is the contender's all the same.

import { buildRequests } from './build-requests.ts';
import { Connection } from './connection.ts';
import { runAtFixedRate } from './fixed-rate.ts';
import type { Load, LoadGenerator, LoadResult } from './load.ts';
import { percentile } from './percentile.ts';

export const closedLoop: LoadGenerator = { name: `own client on Node ${process.versions.node}`, run, runAtRate: runAtFixedRate };

async function run(load: Load): Promise<LoadResult> {
  const requests = buildRequests(load);
  const latenciesUs: number[] = [];
  let errors = 0;
  let sent = 0;
  const startedAtMs = performance.now();
  const endsAtMs = startedAtMs + load.seconds * 1000;

  async function ask(): Promise<void> {
    let connection = await Connection.open(load.port);
    while (performance.now() < endsAtMs) {
      const sentAtMs = performance.now();
      const { status, isLast } = await connection.exchange(requests[sent++ % requests.length] ?? '');
      latenciesUs.push((performance.now() - sentAtMs) * 1000);
      if (status < 200 || status > 399) errors += 1;
      if (!isLast) continue;
      connection.close();
      connection = await Connection.open(load.port);
    }
    connection.close();
  }

  await Promise.all(
    Array.from({ length: load.connections }, () =>
      ask().catch(() => {
        errors += 1;
      }),
    ),
  );
  return {
    requests: latenciesUs.length,
    requestsPerSecond: (latenciesUs.length * 1000) / (performance.now() - startedAtMs),
    p50Us: percentile(latenciesUs, 0.5),
    p99Us: percentile(latenciesUs, 0.99),
    errors,
  };
}
