// What the tests of this room share: a clock that is moved by hand, limits, and refusals as values.

import type { Config } from '../../src/config/config.ts';
import type { Clock } from '../../src/kernel/clock.ts';
import { FramegateError } from '../../src/kernel/errors.ts';

export interface ManualClock extends Clock {
  /** Moves the time on by that many milliseconds. */
  advance(ms: number): void;
}

export function createManualClock(startMs = 1_800_000_000_000): ManualClock {
  let nowMs = startMs;
  return {
    now: () => nowMs,
    advance: (ms) => {
      nowMs += ms;
    },
  };
}

export const LIMITS: Config['limits'] = {
  failedLogins: { count: 5, windowMs: 15 * 60_000 },
  loginsPerAddress: { count: 20, windowMs: 15 * 60_000 },
  ticketsPerAddress: { count: 60, windowMs: 60_000 },
  passwordChecks: 4,
  connections: 10_000,
};

/** What a refused promise was refused with; fails the test when it was not refused by a FramegateError. */
export async function refusalOf(promise: Promise<unknown>): Promise<FramegateError> {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ('error' in outcome && outcome.error instanceof FramegateError) return outcome.error;
  throw new Error('expected a FramegateError', { cause: outcome });
}
