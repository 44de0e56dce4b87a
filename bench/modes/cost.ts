// CPU per request, rate, latency and memory of all contenders, for small and for larger answers.

import type { Bench, Mode, ModeResult } from '../bench.ts';
import { startAll } from '../contenders/all.ts';
import { measureCosts } from '../measure.ts';
import { compareCosts, isCompared } from '../report/compare-costs.ts';
import { ONE_KB, SIXTY_FOUR_KB } from '../upstream/paths.ts';

export const costMode: Mode = { name: 'cost', run };

async function run(bench: Bench): Promise<ModeResult> {
  const { generator, durations, say } = bench;
  const { contenders, absent } = await startAll(bench);
  for (const line of absent) say(`left out: ${line}`);
  try {
    const entries = contenders.map((contender) => ({ contender }));
    const common = { generator, connections: durations.connections };
    say(`1 kB through ${contenders.length} contenders`);
    const small = await measureCosts(entries, { ...common, ...durations.cost, size: ONE_KB });
    const larger = durations.bigCostOfAll ? entries : entries.filter(({ contender }) => isCompared(contender.id, SIXTY_FOUR_KB.name));
    say(`64 kB through ${larger.length} contenders`);
    const large = await measureCosts(larger, { ...common, ...durations.bigCost, size: SIXTY_FOUR_KB });
    const costs = [...small, ...large];
    return { costs, findings: compareCosts(costs), absent };
  } finally {
    await Promise.all(contenders.map(({ stop }) => stop()));
  }
}
