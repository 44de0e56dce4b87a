// npm run bench: starts everything itself on loopback, measures, prints tables and ratios, and stops everything again.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bench, Mode, ModeResult } from './bench.ts';
import { buildPackage } from './build.ts';
import { FULL, QUICK } from './durations.ts';
import { closedLoop } from './load/closed-loop.ts';
import { createWrk } from './load/wrk.ts';
import { assetMode } from './modes/assets.ts';
import { bodyMode } from './modes/bodies.ts';
import { costMode } from './modes/cost.ts';
import { decideMode } from './modes/decide.ts';
import { growthMode } from './modes/growth.ts';
import { latencyMode } from './modes/latency.ts';
import { liveMode } from './modes/live.ts';
import { webSocketMode } from './modes/web-sockets.ts';
import { HELP, type Options, parseOptions } from './options.ts';
import { Processes } from './process/processes.ts';
import { findProgram } from './process/program.ts';
import { profileGate } from './profile/profile-gate.ts';
import { buildDocument } from './report/document.ts';
import { describeMachine } from './report/machine.ts';
import { formatCosts, formatFindings } from './report/results.ts';
import { startStaticUpstream } from './upstream/static-upstream.ts';

const MODES: readonly Mode[] = [costMode, growthMode, decideMode, latencyMode, webSocketMode, liveMode, bodyMode, assetMode];
const DOCUMENT = new URL('../docs/benchmarks.md', import.meta.url);

process.exitCode = await main();

async function main(): Promise<number> {
  let options: Options;
  try {
    options = parseOptions(
      process.argv.slice(2),
      MODES.map(({ name }) => name),
    );
  } catch (error) {
    say(`bench: ${messageOf(error)}\n${HELP}`);
    return 2;
  }
  if (options.help) {
    process.stdout.write(`${HELP}\n`);
    return 0;
  }
  if (process.platform !== 'linux') {
    say('bench: needs Linux, whose /proc tells what a process has used');
    return 1;
  }
  return await runInFolder(options);
}

/** Whatever happens in there, nothing that was started goes on, and the folder goes. */
async function runInFolder(options: Options): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'framegate-bench-'));
  const processes = new Processes(folder);
  const given = new AbortController();
  const giveUp = (reason: string) => given.abort(new Error(reason));
  const onSignal = (signal: NodeJS.Signals) => giveUp(`stopped by ${signal}`);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, onSignal);
  process.once('exit', () => processes.killAll());
  const { deadlineMs } = options.quick ? QUICK : FULL;
  const deadline = setTimeout(() => giveUp(`not done after ${deadlineMs / 60_000} minutes`), deadlineMs);
  const aborted = new Promise<never>((_resolve, reject) => given.signal.addEventListener('abort', () => reject(given.signal.reason)));
  try {
    return await Promise.race([aborted, measureAll(options, processes, folder, given.signal)]);
  } catch (error) {
    say(`bench: ${messageOf(error)}`);
    return 1;
  } finally {
    clearTimeout(deadline);
    await processes.stopAll();
    rmSync(folder, { recursive: true, force: true });
    // What was given up may still be waiting for an answer that will not come.
    if (given.signal.aborted) process.exit(1);
  }
}

async function measureAll(options: Options, processes: Processes, folder: string, signal: AbortSignal): Promise<number> {
  const wrk = findProgram('wrk');
  const generator = wrk === undefined ? closedLoop : createWrk(wrk, folder, signal);
  if (wrk === undefined) say('wrk is not installed: the load comes from an own client, which takes more of the machine');
  const built = buildPackage(folder);
  const upstream = await startStaticUpstream(processes, folder);
  const bench: Bench = { built, processes, folder, generator, upstreamPort: upstream.port, durations: options.quick ? QUICK : FULL, say };
  const setting: [string, string][] = [
    ...describeMachine(new Date()),
    ['load', `${generator.name}, ${bench.durations.connections} connections`],
    ['upstream', upstream.name],
  ];
  print(setting.map(([label, value]) => `${label}: ${value}`).join('\n'));
  if (options.profile) {
    print(await profileGate(bench));
    return 0;
  }
  const { result, failed } = await runModes(
    MODES.filter(({ name }) => options.only?.includes(name) ?? true),
    bench,
  );
  if (options.write && !failed) writeFileSync(DOCUMENT, buildDocument({ setting, quick: options.quick, result }));
  return failed ? 1 : 0;
}

/** A mode that fails does not take the others with it. */
async function runModes(modes: readonly Mode[], bench: Bench): Promise<{ result: ModeResult; failed: boolean }> {
  const results: ModeResult[] = [];
  let failed = false;
  for (const { name, run } of modes) {
    say(`== ${name}`);
    try {
      const result = await run(bench);
      results.push(result);
      if (result.costs.length > 0) print(formatCosts(result.costs));
      if (result.findings.length > 0) print(formatFindings(result.findings));
    } catch (error) {
      failed = true;
      say(`bench: ${name}: ${messageOf(error)}`);
    }
  }
  const all = {
    costs: results.flatMap(({ costs }) => costs),
    findings: results.flatMap(({ findings }) => findings),
    absent: results.flatMap(({ absent }) => absent),
  };
  return { result: all, failed };
}

function print(text: string): void {
  process.stdout.write(`${text}\n\n`);
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
