// What the tests of this room share: a clock that is moved by hand, limits, and refusals as values.

import type { Config } from '../../src/config/config.ts';
import type { Clock } from '../../src/kernel/clock.ts';
import { FramegateError } from '../../src/kernel/errors.ts';
import type { StateStore } from '../../src/kernel/state-store.ts';
import { createMemoryStore } from '../../src/state/memory-store.ts';

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
  ticketsPerIssuer: { count: 600, windowMs: 60_000 },
  passwordRate: { count: 100, windowMs: 60_000 },
  passwordChecks: 4,
  requestsPerSecond: undefined,
  requestBurst: 500,
  connections: 10_000,
};

/** A store that cannot be reached from `fail` on; each of its methods says so. */
export function createFallibleStore(clock: Clock): { readonly state: StateStore; fail(): void; heal(): void } {
  const store = createMemoryStore({ clock });
  let down = false;
  const state = new Proxy(store, {
    get(target, name, receiver) {
      const member: unknown = Reflect.get(target, name, receiver);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) => {
        if (down) throw new FramegateError('FRAMEGATE_STORE_UNAVAILABLE', { reason: 'store-failed' });
        return Reflect.apply(member, target, args);
      };
    },
  });
  return {
    state,
    fail: () => {
      down = true;
    },
    heal: () => {
      down = false;
    },
  };
}

/** What a refused promise was refused with; fails the test when it was not refused by a FramegateError. */
export async function refusalOf(promise: Promise<unknown>): Promise<FramegateError> {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ('error' in outcome && outcome.error instanceof FramegateError) return outcome.error;
  throw new Error('expected a FramegateError', { cause: outcome });
}
