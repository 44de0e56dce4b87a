// How long a dashboard takes to open over a slow line, and how much comes over it: directly, through a gate that has
// seen nobody yet, and through one that has.

import type { Bench, Finding, Mode, ModeResult } from '../bench.ts';
import { type Browser, findChromium, LINE, startChromium, type VisitResult } from '../browser/chromium.ts';
import { assertPresent } from '../contenders/contender.ts';
import { startFramegate } from '../contenders/framegate.ts';
import { median } from '../load/percentile.ts';
import { DASHBOARD_PATH, PANEL_PATH, readDashboardLoad } from '../upstream/dashboard-load.ts';
import { ASSET_COUNT_PATH } from '../upstream/paths.ts';
import { startDashboardUpstream } from '../upstream/static-upstream.ts';

const ROUNDS = 3;
const TARGETS = { bytes: 0.3, time: 0.45, requests: 0 };

export const assetMode: Mode = { name: 'assets', run };

interface Round {
  readonly direct: VisitResult;
  readonly first: VisitResult;
  readonly second: VisitResult;
  /** Assets that the second visitor cost the upstream. */
  readonly asked: number;
}

async function run(bench: Bench): Promise<ModeResult> {
  const executablePath = findChromium();
  if (executablePath === undefined)
    return { costs: [], findings: [], absent: ['assets: no Chromium in PATH. Install one, or let $CHROMIUM name it'] };
  const upstream = await startDashboardUpstream(bench.processes);
  const browser = await startChromium(executablePath);
  try {
    const rounds: Round[] = [];
    for (let round = 0; round < ROUNDS; round += 1) rounds.push(await measureRound(round, browser, upstream.port, bench));
    return { costs: [], findings: findingsOf(rounds), absent: [] };
  } finally {
    await browser.close();
    await upstream.stop();
  }
}

async function measureRound(round: number, browser: Browser, upstreamPort: number, bench: Bench): Promise<Round> {
  const panels = readDashboardLoad().filter(({ path }) => path.startsWith(`${PANEL_PATH}?`)).length;
  const visit = (port: number, headers: Record<string, string>) =>
    browser.visit({ url: `http://localhost:${port}${DASHBOARD_PATH}`, headers, panelPath: PANEL_PATH, panels });
  const direct = await visit(upstreamPort, {});
  // A new one each time: the first visit finds nothing in memory.
  const gate = assertPresent(await startFramegate({ ...bench, upstreamPort, name: `framegate for assets ${round}` }));
  try {
    const first = await visit(gate.port, { Cookie: gate.cookies[0] ?? '' });
    const before = await countAssets(upstreamPort);
    const second = await visit(gate.port, { Cookie: gate.cookies[1] ?? '' });
    const asked = (await countAssets(upstreamPort)) - before;
    bench.say([direct, first, second].map(({ ms, wireBytes }) => `${ms.toFixed(0)} ms, ${(wireBytes / 1000).toFixed(0)} kB`).join('; '));
    return { direct, first, second, asked };
  } finally {
    await gate.stop();
  }
}

async function countAssets(port: number): Promise<number> {
  return Number(await (await fetch(`http://127.0.0.1:${port}${ASSET_COUNT_PATH}`)).text());
}

function findingsOf(rounds: readonly Round[]): Finding[] {
  const middle = (read: (round: Round) => number) => median(rounds.map(read));
  const name = `dashboard over ${LINE}`;
  return [
    { name: `${name}, directly: last panel`, value: middle(({ direct }) => direct.ms), unit: 'ms' },
    ...(['first', 'second'] as const).flatMap((which): Finding[] => [
      {
        name: `${name}, ${which} visitor: bytes on the wire / direct`,
        value: middle((round) => round[which].wireBytes / round.direct.wireBytes),
        unit: 'x',
        target: TARGETS.bytes,
      },
      {
        name: `${name}, ${which} visitor: time to the last panel / direct`,
        value: middle((round) => round[which].ms / round.direct.ms),
        unit: 'x',
        target: TARGETS.time,
      },
    ]),
    {
      name: `${name}, second visitor: assets asked of the upstream`,
      value: middle(({ asked }) => asked),
      unit: 'requests',
      target: TARGETS.requests,
    },
  ];
}
