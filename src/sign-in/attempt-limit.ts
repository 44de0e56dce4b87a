// Counts failed attempts per key in a fixed window that starts with the first failure. Successes are never counted.

import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';
import type { Rate } from '../config/config.ts';

/** The store ends its entries by timers, and a longer timer would fire at once (2^31 - 1 ms, some 24 days). */
const MAX_WINDOW_SECONDS = 2_147_483;

export interface AttemptLimit {
  /** Seconds until the key may try again; undefined: it may now. */
  secondsLocked(key: string): Promise<number | undefined>;
  /** Counts a failure. @returns the seconds to wait when it was one more than the rate allows, else undefined. */
  countFailure(key: string): Promise<number | undefined>;
}

/** @param rate Failures that a key may make; from the last of them on it is locked until the window ends. */
export function createAttemptLimit(rate: Rate): AttemptLimit {
  const limiter = new RateLimiterMemory({
    points: rate.count,
    duration: Math.min(rate.windowMs / 1000, MAX_WINDOW_SECONDS),
  });

  async function secondsLocked(key: string): Promise<number | undefined> {
    const state = await limiter.get(key);
    if (state === null || state.consumedPoints < rate.count) return undefined;
    return secondsLeft(state);
  }

  async function countFailure(key: string): Promise<number | undefined> {
    const state = await limiter.penalty(key);
    return state.consumedPoints > rate.count ? secondsLeft(state) : undefined;
  }

  return { secondsLocked, countFailure };
}

/** Whole seconds for `Retry-After`; undefined when the window has just ended. */
function secondsLeft(state: RateLimiterRes): number | undefined {
  return state.msBeforeNext > 0 ? Math.ceil(state.msBeforeNext / 1000) : undefined;
}
