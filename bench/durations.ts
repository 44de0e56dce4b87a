// How long everything takes, in the two sizes of the benchmark. wrk runs for whole seconds.

import type { Plan } from './measure.ts';

type Times = Pick<Plan, 'warmUpSeconds' | 'rounds' | 'secondsPerRound'>;

export interface Durations {
  /** Of every load, all the time. */
  readonly connections: number;
  readonly cost: Times;
  readonly bigCost: Times;
  /** Whether all contenders carry 64 kB bodies, or only those that a target is about. */
  readonly bigCostOfAll: boolean;
  readonly growth: Times;
  /** The large numbers that the small one, 10, is compared with. */
  readonly sessions: number;
  readonly rules: number;
  readonly users: number;
  readonly latencySeconds: number;
  /** Before latency is measured: until V8 has once collected what the start left behind. */
  readonly latencyWarmUpSeconds: number;
  readonly webSockets: number;
  /** How long memory may settle before it is read, in milliseconds. */
  readonly settleMs: number;
  readonly transferBytes: number;
  /** After this the benchmark gives up, in milliseconds. */
  readonly deadlineMs: number;
}

// What a file of at most 1 MiB can hold: ten thousand accounts do not fit.
const USERS = 7000;

export const FULL: Durations = {
  connections: 32,
  cost: { warmUpSeconds: 3, rounds: 3, secondsPerRound: 5 },
  bigCost: { warmUpSeconds: 2, rounds: 3, secondsPerRound: 3 },
  bigCostOfAll: true,
  // Until each of the sessions has come in once: its first request costs more, whatever their number.
  growth: { warmUpSeconds: 9, rounds: 3, secondsPerRound: 4 },
  sessions: 100_000,
  rules: 10_000,
  users: USERS,
  latencySeconds: 5,
  latencyWarmUpSeconds: 25,
  webSockets: 2000,
  settleMs: 10_000,
  transferBytes: 1024 ** 3,
  deadlineMs: 20 * 60_000,
};

export const QUICK: Durations = {
  ...FULL,
  cost: { warmUpSeconds: 1, rounds: 3, secondsPerRound: 1 },
  bigCost: { warmUpSeconds: 0, rounds: 3, secondsPerRound: 1 },
  bigCostOfAll: false,
  growth: { warmUpSeconds: 1, rounds: 3, secondsPerRound: 1 },
  sessions: 5000,
  latencySeconds: 1,
  latencyWarmUpSeconds: 2,
  settleMs: 1500,
  deadlineMs: 5 * 60_000,
};
