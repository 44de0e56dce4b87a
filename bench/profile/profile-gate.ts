// Where the gate's own time goes under a load of small requests.

import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Bench } from '../bench.ts';
import { assertPresent } from '../contenders/contender.ts';
import { startFramegate } from '../contenders/framegate.ts';
import { readUsage } from '../process/usage.ts';
import { formatTable } from '../report/table.ts';
import { ONE_KB } from '../upstream/paths.ts';
import { type CpuProfile, type Share, summariseProfile } from './summarise-profile.ts';

const ROOT = new URL('../../', import.meta.url).href;
/** From the sources, so that the profile names their lines. */
const COMMAND = fileURLToPath(new URL('src/cli/framegate.js', ROOT));
const FUNCTIONS = 40;
const PLACES = 25;
/** Microseconds between samples. */
const INTERVAL_US = 200;

/** @returns the tables as text. */
export async function profileGate(bench: Bench): Promise<string> {
  const { folder, generator, durations } = bench;
  const profileFolder = join(folder, 'profile');
  mkdirSync(profileFolder);
  const nodeOptions = ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`, `--cpu-prof-interval=${INTERVAL_US}`];
  const gate = assertPresent(await startFramegate({ ...bench, name: 'framegate profiled', command: COMMAND, nodeOptions }));
  const load = { port: gate.port, path: ONE_KB.path, headers: gate.headers, connections: durations.connections };
  await generator.run({ ...load, seconds: durations.cost.warmUpSeconds });
  const fromUs = monotonicUs();
  const before = readUsage(gate.pids);
  const { requests, errors } = await generator.run({ ...load, seconds: durations.cost.secondsPerRound * durations.cost.rounds });
  const cpuUs = (readUsage(gate.pids).cpuUs - before.cpuUs) / requests;
  const toUs = monotonicUs();
  // The profile is written at an orderly end.
  await gate.stop();
  const [file] = readdirSync(profileFolder);
  if (file === undefined) throw new Error('the gate left no profile: it did not stop in time');
  const profile = JSON.parse(readFileSync(join(profileFolder, file), 'utf8')) as CpuProfile;
  const { functions, places, inclusive } = summariseProfile(profile, ROOT, { fromUs, toUs });
  // The profile counts the time that passes; where the machine is busy, more of it passes than the gate uses.
  const rows = (shares: readonly Share[]) =>
    shares.map(({ name, share }) => [name, `${(share * 100).toFixed(1)} %`, (share * cpuUs).toFixed(1)]);
  return [
    `${requests} requests, ${errors} errors; CPU ${cpuUs.toFixed(0)} us per request, sampling included`,
    formatTable(['where (own time)', 'share', 'us/request'], rows(places.slice(0, PLACES))),
    formatTable(['function (with what it calls)', 'share', 'us/request'], rows(inclusive.slice(0, FUNCTIONS))),
    formatTable(['function (own time)', 'share', 'us/request'], rows(functions.slice(0, FUNCTIONS))),
  ].join('\n\n');
}

function monotonicUs(): number {
  return Number(process.hrtime.bigint() / 1000n);
}
