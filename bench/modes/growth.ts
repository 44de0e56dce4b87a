// Whether a request costs more where there are many sessions, rules or users. All requests come from many people in
// turn, as one person's session would always be found where it was found last.

import type { Bench, Mode, ModeResult } from '../bench.ts';
import { assertPresent } from '../contenders/contender.ts';
import { type FramegateInput, type RunningGate, startFramegate } from '../contenders/framegate.ts';
import { measureCosts } from '../measure.ts';
import { ONE_KB } from '../upstream/paths.ts';

/** "Does not grow", with what runs on one machine differ by. */
const TARGET = 1.1;

export const growthMode: Mode = { name: 'growth', run };

async function run(bench: Bench): Promise<ModeResult> {
  const { generator, durations, say } = bench;
  const { sessions, rules, users } = durations;
  const large = [
    { name: `${sessions} sessions`, sessions },
    { name: `${rules} rules, the last one matches`, rules },
    { name: `${users} users`, users },
  ];
  const gates: RunningGate[] = [];
  const start = async (input: Partial<FramegateInput> & { name: string }) => {
    say(`starting a gate with ${input.name}`);
    gates.push(assertPresent(await startFramegate({ ...bench, ...input })));
  };
  try {
    await start({ name: '10 sessions, rules and users' });
    for (const input of large) await start(input);
    say(`1 kB through ${gates.length} gates`);
    const entries = gates.map((contender) => ({ contender, cookies: contender.cookies }));
    const costs = await measureCosts(entries, { generator, size: ONE_KB, connections: durations.connections, ...durations.growth });
    const [small, ...others] = costs;
    const findings = others.map(({ name, cpuUs }) => ({
      name: `CPU per 1 kB request: ${name}, to 10`,
      value: cpuUs / (small?.cpuUs ?? 0),
      unit: 'x' as const,
      target: TARGET,
    }));
    return { costs: costs.map((cost) => ({ ...cost, name: `framegate: ${cost.name}` })), findings, absent: [] };
  } finally {
    await Promise.all(gates.map(({ stop }) => stop()));
  }
}
