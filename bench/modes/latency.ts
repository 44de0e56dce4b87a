// What the gate adds to the slowest percent at half of its top rate, against asking the upstream directly.

import type { Bench, Mode, ModeResult } from '../bench.ts';
import { assertPresent, plainHeaders } from '../contenders/contender.ts';
import { startFramegate } from '../contenders/framegate.ts';
import { runAtFixedRate } from '../load/fixed-rate.ts';
import { median } from '../load/percentile.ts';
import { ONE_KB } from '../upstream/paths.ts';

const ROUNDS = 3;
const TARGET_MS = 3;

export const latencyMode: Mode = { name: 'latency', run };

async function run(bench: Bench): Promise<ModeResult> {
  const { generator, durations, upstreamPort, say } = bench;
  const gate = assertPresent(await startFramegate({ ...bench, name: 'framegate for latency' }));
  try {
    const load = { path: ONE_KB.path, connections: durations.connections, seconds: durations.latencySeconds };
    const through = { ...load, port: gate.port, headers: gate.headers };
    const direct = { ...load, port: upstreamPort, headers: plainHeaders(upstreamPort) };
    await generator.run({ ...through, seconds: durations.cost.warmUpSeconds });
    const top = await generator.run(through);
    const rate = Math.round(top.requestsPerSecond / 2);
    say(`${rate} requests per second, directly and through the gate`);
    const rounds: { direct: number; through: number }[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      rounds.push({ direct: await measureP99(direct, rate), through: await measureP99(through, rate) });
    }
    const added = median(rounds.map((round) => round.through - round.direct));
    return {
      costs: [],
      findings: [
        { name: `p99 directly, ${rate} requests per second`, value: median(rounds.map((round) => round.direct)), unit: 'ms' },
        { name: `p99 through the gate, ${rate} requests per second`, value: median(rounds.map((round) => round.through)), unit: 'ms' },
        { name: 'p99 added at half of the top rate', value: added, unit: 'ms', target: TARGET_MS },
      ],
      absent: [],
    };
  } finally {
    await gate.stop();
  }
}

/** In milliseconds. @throws {Error} when the rate was not kept: then it was not half of what is possible. */
async function measureP99(load: Parameters<typeof runAtFixedRate>[0], rate: number): Promise<number> {
  const { p99Us, errors } = await runAtFixedRate(load, rate);
  if (errors > 0) throw new Error(`${errors} of the requests at a fixed rate got no answer or an error`);
  return p99Us / 1000;
}
