// Counts attempts per key in a fixed window that starts with the first one, over all instances.

import { createHash } from 'node:crypto';
import type { Rate } from '../config/config.ts';
import type { Clock } from '../kernel/clock.ts';
import type { StateStore } from '../kernel/state-store.ts';

export interface AttemptLimitOptions {
  readonly state: StateStore;
  readonly clock: Clock;
  /** Of the counters, one for each thing that is counted: `failed-names`. */
  readonly name: string;
  /** Attempts that a key may make; from the last of them on it is locked until the window ends. */
  readonly rate: Rate;
}

/** Every method throws FRAMEGATE_STORE_UNAVAILABLE where the counters cannot be reached, and FRAMEGATE_BUSY where there is no room for one more. */
export interface AttemptLimit {
  /** Seconds until the key may try again; undefined: it may now. */
  secondsLocked(key: string): Promise<number | undefined>;
  /** Counts an attempt. @returns the seconds to wait when it was one more than the rate allows, else undefined. */
  count(key: string): Promise<number | undefined>;
  /** Takes an attempt back that turned out not to count. */
  takeBack(key: string): Promise<void>;
}

export function createAttemptLimit({ state, clock, name, rate }: AttemptLimitOptions): AttemptLimit {
  // Hashed: what a key holds, and how long it is, is the client's choice.
  const keyOf = (key: string): string => `${name}:${createHash('sha256').update(key).digest('base64url')}`;

  /** For `Retry-After`: at least a second, at most the window, however the clocks differ. */
  function secondsUntil(endsAtMs: number): number {
    return Math.ceil(Math.min(Math.max(endsAtMs - clock.now(), 1), rate.windowMs) / 1000);
  }

  async function secondsLocked(key: string): Promise<number | undefined> {
    const { count, endsAtMs } = await state.count(keyOf(key), 0, rate.windowMs);
    return count >= rate.count ? secondsUntil(endsAtMs) : undefined;
  }

  async function countAttempt(key: string): Promise<number | undefined> {
    const { count, endsAtMs } = await state.count(keyOf(key), 1, rate.windowMs);
    return count > rate.count ? secondsUntil(endsAtMs) : undefined;
  }

  async function takeBack(key: string): Promise<void> {
    await state.count(keyOf(key), -1, rate.windowMs);
  }

  return { secondsLocked, count: countAttempt, takeBack };
}
