// What every mode of the benchmark is given, and what it gives back.

import type { ContenderInput } from './contenders/contender.ts';
import type { Durations } from './durations.ts';
import type { LoadGenerator } from './load/load.ts';
import type { Cost } from './measure.ts';

export interface Bench extends ContenderInput {
  readonly generator: LoadGenerator;
  readonly durations: Durations;
  /** Says on the terminal what is going on. */
  say(line: string): void;
}

/** One number that a target is set for, or that a reader would ask for. */
export interface Finding {
  readonly name: string;
  readonly value: number;
  readonly unit: 'x' | 'us' | 'ms' | 'KiB' | 'MiB' | 'requests';
  /** To be reached: the value is at most this. Absent: no target is set. */
  readonly target?: number;
  /** Better than the target. */
  readonly aim?: number;
}

export interface ModeResult {
  readonly costs: readonly Cost[];
  readonly findings: readonly Finding[];
  /** What did not take part, and why. */
  readonly absent: readonly string[];
}

export interface Mode {
  readonly name: string;
  run(bench: Bench): Promise<ModeResult>;
}
