// Memory while a big body goes through in each direction: streamed, so it must not grow with the body.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench, Finding, Mode, ModeResult } from '../bench.ts';
import { assertPresent } from '../contenders/contender.ts';
import { startFramegate } from '../contenders/framegate.ts';
import { download, type Transfer, upload } from '../load/transfer.ts';
import { readUsage } from '../process/usage.ts';
import { BIG_PATH, ONE_KB, UPLOAD_PATH } from '../upstream/paths.ts';
import { startNodeUpstream, type Upstream } from '../upstream/static-upstream.ts';

const TARGET_MIB = 32;
const SAMPLE_MS = 50;

interface Direction {
  readonly name: string;
  readonly path: (bytes: number) => string;
  readonly transfer: (transfer: Transfer) => Promise<void>;
}

const DIRECTIONS: readonly Direction[] = [
  { name: 'downloaded', path: (bytes) => `${BIG_PATH}?bytes=${bytes}`, transfer: download },
  { name: 'uploaded', path: () => UPLOAD_PATH, transfer: upload },
];

export const bodyMode: Mode = { name: 'bodies', run };

async function run(bench: Bench): Promise<ModeResult> {
  const upstream = await startNodeUpstream(bench.processes);
  try {
    const findings: Finding[] = [];
    for (const direction of DIRECTIONS) findings.push(await measureDirection(direction, upstream, bench));
    return { costs: [], findings, absent: [] };
  } finally {
    await upstream.stop();
  }
}

/** A gate of its own for each: what the first body made grow, the second would find grown. */
async function measureDirection({ name, path, transfer }: Direction, upstream: Upstream, bench: Bench): Promise<Finding> {
  const { durations, generator, say } = bench;
  const bytes = durations.transferBytes;
  const title = `${bytes / 1024 ** 2} MiB ${name}`;
  say(title);
  const gate = assertPresent(await startFramegate({ ...bench, upstreamPort: upstream.port, name: `framegate ${name}` }));
  try {
    const { port } = gate;
    const headers = { ...gate.headers, Origin: `http://localhost:${port}`, 'Content-Type': 'application/octet-stream' };
    // As a gate that has been at work: the memory of ordinary requests is not this one's.
    await generator.run({ port, path: ONE_KB.path, headers, connections: durations.connections, seconds: 1 });
    const growth = await measureGrowth(gate.pids, () => transfer({ port, path: path(bytes), headers, bytes }));
    return { name: `memory growth, ${title}`, value: growth, unit: 'MiB', target: TARGET_MIB };
  } finally {
    await gate.stop();
  }
}

/** The highest memory during the work over that before it, in MiB. */
async function measureGrowth(pids: readonly number[], work: () => Promise<void>): Promise<number> {
  const before = readUsage(pids).rssBytes;
  let peak = before;
  const done = new AbortController();
  const sample = async () => {
    while (!done.signal.aborted) {
      peak = Math.max(peak, readUsage(pids).rssBytes);
      await sleep(SAMPLE_MS);
    }
  };
  await Promise.all([sample(), work().finally(() => done.abort())]);
  return (Math.max(peak, readUsage(pids).rssBytes) - before) / 1024 ** 2;
}
