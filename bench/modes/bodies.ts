// Memory while a big body goes through in each direction: streamed, so it must not grow with the body.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench, Finding, Mode, ModeResult } from '../bench.ts';
import { assertPresent } from '../contenders/contender.ts';
import { startFramegate } from '../contenders/framegate.ts';
import { download, upload } from '../load/transfer.ts';
import { readUsage } from '../process/usage.ts';
import { BIG_PATH, ONE_KB, UPLOAD_PATH } from '../upstream/paths.ts';
import { startNodeUpstream } from '../upstream/static-upstream.ts';

const TARGET_MIB = 32;
const SAMPLE_MS = 50;

export const bodyMode: Mode = { name: 'bodies', run };

async function run(bench: Bench): Promise<ModeResult> {
  const { durations, processes, generator, say } = bench;
  const bytes = durations.transferBytes;
  const upstream = await startNodeUpstream(processes);
  const gate = assertPresent(await startFramegate({ ...bench, upstreamPort: upstream.port, name: 'framegate for big bodies' }));
  const mib = bytes / 1024 ** 2;
  try {
    const { port, headers } = gate;
    // As a gate that has been at work: the memory of ordinary requests is not this one's.
    await generator.run({ port, path: ONE_KB.path, headers, connections: durations.connections, seconds: 1 });
    const findings: Finding[] = [];
    const measure = async (name: string, transfer: () => Promise<void>) => {
      say(`${mib} MiB ${name}`);
      findings.push({
        name: `memory growth, ${mib} MiB ${name}`,
        value: await measureGrowth(gate.pids, transfer),
        unit: 'MiB',
        target: TARGET_MIB,
      });
    };
    await measure('downloaded', () => download({ port, path: `${BIG_PATH}?bytes=${bytes}`, headers, bytes }));
    await measure('uploaded', () =>
      upload({
        port,
        path: UPLOAD_PATH,
        headers: { ...headers, Origin: `http://localhost:${port}`, 'Content-Type': 'application/json' },
        bytes,
      }),
    );
    return { costs: [], findings, absent: [] };
  } finally {
    await gate.stop();
    await upstream.stop();
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
