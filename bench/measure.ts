// One measurement: several contenders under the same load in turn, round after round, so that what else happens on the
// machine in the meantime falls on all of them.

import type { Contender } from './contenders/contender.ts';
import { Connection, requestText } from './load/connection.ts';
import type { LoadGenerator } from './load/load.ts';
import { median } from './load/percentile.ts';
import { readUsage } from './process/usage.ts';
import type { Size } from './upstream/paths.ts';

export interface Cost {
  /** Of the contender. */
  readonly id: string;
  readonly name: string;
  readonly size: Size['name'];
  /** CPU time of all its processes, in microseconds per request. */
  readonly cpuUs: number;
  readonly requestsPerSecond: number;
  /** Latency at its top rate, in microseconds. */
  readonly p50Us: number;
  readonly p99Us: number;
  /** Memory after the load, all processes together. */
  readonly rssBytes: number;
  /** Of all rounds; anything but 0 makes the row worthless. */
  readonly errors: number;
}

export interface Plan {
  readonly generator: LoadGenerator;
  readonly size: Size;
  readonly connections: number;
  /** 0: none. */
  readonly warmUpSeconds: number;
  readonly rounds: number;
  readonly secondsPerRound: number;
}

/** A contender, and the cookies that its requests carry in turn; without any, those of `headers`. */
export interface Entry {
  readonly contender: Contender;
  readonly cookies?: readonly string[];
}

type Round = Omit<Cost, 'id' | 'name' | 'size'>;

/** The medians of all rounds, in the order of the entries. @throws {Error} when one does not answer as it should. */
export async function measureCosts(entries: readonly Entry[], plan: Plan): Promise<Cost[]> {
  for (const { contender } of entries) await assertAnswers(contender, plan.size);
  if (plan.warmUpSeconds > 0) for (const entry of entries) await runLoad(entry, plan, plan.warmUpSeconds);
  const rounds = entries.map((): Round[] => []);
  for (let round = 0; round < plan.rounds; round += 1) {
    for (const [index, entry] of entries.entries()) rounds[index]?.push(await measureRound(entry, plan));
  }
  return entries.map(({ contender }, index) => ({
    id: contender.id,
    name: contender.name,
    size: plan.size.name,
    ...summarise(rounds[index] ?? []),
  }));
}

async function measureRound(entry: Entry, plan: Plan): Promise<Round> {
  const { pids } = entry.contender;
  const before = readUsage(pids);
  const { requests, requestsPerSecond, p50Us, p99Us, errors } = await runLoad(entry, plan, plan.secondsPerRound);
  const after = readUsage(pids);
  return { cpuUs: (after.cpuUs - before.cpuUs) / requests, requestsPerSecond, p50Us, p99Us, rssBytes: after.rssBytes, errors };
}

function runLoad({ contender, cookies }: Entry, { generator, size, connections }: Plan, seconds: number) {
  const { Cookie, ...others } = contender.headers;
  const cookie = cookies === undefined ? { headers: contender.headers } : { headers: others, cookies };
  return generator.run({ port: contender.port, path: size.path, ...cookie, connections, seconds });
}

function summarise(rounds: readonly Round[]): Round {
  const middle = (field: keyof Round): number => median(rounds.map((round) => round[field]));
  return {
    cpuUs: middle('cpuUs'),
    requestsPerSecond: middle('requestsPerSecond'),
    p50Us: middle('p50Us'),
    p99Us: middle('p99Us'),
    rssBytes: middle('rssBytes'),
    errors: rounds.reduce((sum, { errors }) => sum + errors, 0),
  };
}

/** A redirect to a sign-in page would be fast, and worth nothing. */
async function assertAnswers({ name, port, headers }: Contender, { path, bytes }: Size): Promise<void> {
  const connection = await Connection.open(port);
  try {
    const { status, body } = await connection.exchange(requestText(`GET ${path}`, headers));
    if (status !== 200 || body.length !== bytes)
      throw new Error(`${name} answers ${status} with ${body.length} bytes instead of 200 with ${bytes}`);
  } finally {
    connection.close();
  }
}
