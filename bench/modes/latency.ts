// What the gate adds to the slowest percent at half of its top rate, against asking the upstream directly; and what Caddy
// adds at the same rate, as the machine's own hiccups are in both.

import type { Bench, Mode, ModeResult } from '../bench.ts';
import { startCaddy } from '../contenders/caddy.ts';
import { assertPresent, isAbsent, plainHeaders } from '../contenders/contender.ts';
import { startFramegate } from '../contenders/framegate.ts';
import type { Load, LoadGenerator } from '../load/load.ts';
import { median } from '../load/percentile.ts';
import { ONE_KB } from '../upstream/paths.ts';

const ROUNDS = 3;
const TARGET_MS = 3;

export const latencyMode: Mode = { name: 'latency', run };

async function run(bench: Bench): Promise<ModeResult> {
  const { generator, durations, upstreamPort, say } = bench;
  const gate = assertPresent(await startFramegate({ ...bench, name: 'framegate for latency' }));
  const caddy = await startCaddy(bench);
  try {
    const load = { path: ONE_KB.path, connections: durations.connections, seconds: durations.latencySeconds };
    // One person's requests at a time are limited, and a hiccup makes them pile up.
    const { Cookie: _, ...headers } = gate.headers;
    const through = { ...load, port: gate.port, headers, cookies: gate.cookies };
    const direct = { ...load, port: upstreamPort, headers: plainHeaders(upstreamPort) };
    const beside = isAbsent(caddy) ? undefined : { ...load, port: caddy.port, headers: caddy.headers };
    await generator.run({ ...through, seconds: durations.latencyWarmUpSeconds });
    if (beside !== undefined) await generator.run({ ...beside, seconds: durations.cost.warmUpSeconds });
    const top = await generator.run(through);
    const rate = Math.round(top.requestsPerSecond / 2);
    say(`${rate} requests per second, directly, through the gate, and through Caddy where it is installed`);
    const rounds: { direct: number; through: number; beside: number }[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      rounds.push({
        direct: await measureP99(generator, direct, rate),
        through: await measureP99(generator, through, rate),
        beside: beside === undefined ? Number.NaN : await measureP99(generator, beside, rate),
      });
    }
    const addedBy = (way: 'through' | 'beside') => median(rounds.map((round) => round[way] - round.direct));
    return {
      costs: [],
      findings: [
        { name: `p99 directly, ${rate} requests per second`, value: median(rounds.map((round) => round.direct)), unit: 'ms' },
        { name: `p99 through the gate, ${rate} requests per second`, value: median(rounds.map((round) => round.through)), unit: 'ms' },
        { name: 'p99 added at half of the top rate', value: addedBy('through'), unit: 'ms', target: TARGET_MS },
        ...(beside === undefined ? [] : [{ name: 'p99 added by Caddy at the same rate', value: addedBy('beside'), unit: 'ms' as const }]),
      ],
      absent: [],
    };
  } finally {
    await gate.stop();
    if (!isAbsent(caddy)) await caddy.stop();
  }
}

/** In milliseconds. @throws {Error} when the rate was not kept: then it was not half of what is possible. */
async function measureP99(generator: LoadGenerator, load: Load, rate: number): Promise<number> {
  const { p99Us, errors } = await generator.runAtRate(load, rate);
  if (errors > 0) throw new Error(`${errors} of the requests at a fixed rate got no answer or an error`);
  return p99Us / 1000;
}
