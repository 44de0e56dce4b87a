// Slows down guessing without letting anybody lock somebody else out (SEC-B10, ASVS 6.1.1). Three counts of wrong
// passwords, known and unknown user names alike; names count as one whatever their case, width or outer spaces:
//   1. user name + address, `limits.failedLogins`: then 429, unchecked. Nobody can lock a name for other addresses.
//   2. address (IPv6: its /64), `limits.loginsPerAddress`: then 429, unchecked. Stops one address trying many names.
//   3. user name from anywhere, `limits.failedLogins`: a soft lock. The password is still checked, one second apart,
//      at most ten in ten seconds: the right one works, a wrong one gets 429. Bounds a botnet to one guess per second
//      and name, at the price that a botnet which keeps these places filled can delay the owner's sign-in.
// Besides, all checks together are bounded by `limits.passwordRate` (503): each costs as much as the machine can bear.
// The counts are those of all instances. An attempt is counted before it is checked and taken back if it was right, so
// that a guess is never free: neither by many at once on many instances, nor while the store cannot be reached.

import { createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Config, Rate } from '../config/config.ts';
import type { Clock } from '../kernel/clock.ts';
import { FramegateError } from '../kernel/errors.ts';
import type { StateStore } from '../kernel/state-store.ts';
import { addressKey } from './address-key.ts';
import { createAttemptLimit } from './attempt-limit.ts';

const PAUSE_MS = 1000;
const MAX_WAITING_PER_NAME = 10;
const MAX_WAITING = 100;
const TURNS_WINDOW_MS = MAX_WAITING_PER_NAME * PAUSE_MS;

/** Keys that one attempt is counted on. */
export interface AttemptKeys {
  readonly name: string;
  readonly address: string;
  readonly pair: string;
}

export interface PasswordThrottleOptions {
  readonly limits: Pick<Config['limits'], 'failedLogins' | 'loginsPerAddress' | 'passwordRate'>;
  readonly state: StateStore;
  readonly clock: Clock;
  /** Waits that many milliseconds. */
  readonly pause?: ((ms: number) => Promise<void>) | undefined;
}

/** An attempt that has been counted as a failure. */
interface CountedAttempt {
  /** Seconds to wait, told with a wrong password, when the name is under the soft lock; else undefined. */
  readonly slowedSeconds: number | undefined;
  /** The password was right: nothing is counted. */
  takeBack(): Promise<void>;
}

/** Every method throws FRAMEGATE_STORE_UNAVAILABLE where attempts cannot be counted. */
export interface PasswordThrottle {
  /** @throws {FramegateError} FRAMEGATE_TOO_MANY when the pair or the address has no guess left. */
  refuseLocked(keys: AttemptKeys): Promise<void>;
  /** Waits where the name is under the soft lock. @throws {FramegateError} FRAMEGATE_TOO_MANY, FRAMEGATE_BUSY. */
  slowDown(keys: AttemptKeys): Promise<void>;
  /**
   * Counts the attempt that is about to be checked.
   * @throws {FramegateError} FRAMEGATE_TOO_MANY as `refuseLocked`, FRAMEGATE_BUSY when there were too many checks in all.
   */
  count(keys: AttemptKeys): Promise<CountedAttempt>;
}

/** Names that people cannot tell apart share one counter (SEC-B10.4). Hashed: a key's length is not the client's to choose. */
export function attemptKeys(username: string, address: string): AttemptKeys {
  const folded = username.normalize('NFKC').trim().toLowerCase();
  const name = createHash('sha256').update(folded).digest('base64url');
  const from = addressKey(address);
  return { name, address: from, pair: `${name} ${from}` };
}

export function createPasswordThrottle({ limits, state, clock, ...options }: PasswordThrottleOptions): PasswordThrottle {
  const pause = options.pause ?? ((ms: number) => wait(ms, undefined, { ref: false }));
  const createLimit = (name: string, rate: Rate) => createAttemptLimit({ state, clock, name, rate });
  const byPair = createLimit('failed-pairs', limits.failedLogins);
  const byAddress = createLimit('failed-addresses', limits.loginsPerAddress);
  const byName = createLimit('failed-names', limits.failedLogins);
  const checks = createLimit('password-checks', limits.passwordRate);
  let waiting = 0;

  async function refuseLocked({ pair, address }: AttemptKeys): Promise<void> {
    const pairSeconds = await byPair.secondsLocked(pair);
    if (pairSeconds !== undefined) throw tooMany('user-locked-for-address', pairSeconds);
    const addressSeconds = await byAddress.secondsLocked(address);
    if (addressSeconds !== undefined) throw tooMany('address-locked', addressSeconds);
  }

  async function slowDown({ name }: AttemptKeys): Promise<void> {
    if ((await byName.secondsLocked(name)) === undefined) return;
    if (waiting >= MAX_WAITING) throw new FramegateError('FRAMEGATE_BUSY', { reason: 'slowed-sign-ins-full' });
    const { count, endsAtMs } = await state.count(`password-turns:${name}`, 1, TURNS_WINDOW_MS);
    const leftMs = Math.min(Math.max(endsAtMs - clock.now(), 0), TURNS_WINDOW_MS);
    if (count > MAX_WAITING_PER_NAME) throw tooMany('user-slowed', Math.max(1, Math.ceil(leftMs / 1000)));
    waiting += 1;
    try {
      // The window's n-th turn is n seconds after its start.
      await pause(Math.max(PAUSE_MS, leftMs - TURNS_WINDOW_MS + count * PAUSE_MS));
    } finally {
      waiting -= 1;
    }
  }

  async function count({ pair, address, name }: AttemptKeys): Promise<CountedAttempt> {
    const pairSeconds = await byPair.count(pair);
    if (pairSeconds !== undefined) throw tooMany('user-locked-for-address', pairSeconds);
    const addressSeconds = await byAddress.count(address);
    if (addressSeconds !== undefined) {
      await byPair.takeBack(pair);
      throw tooMany('address-locked', addressSeconds);
    }
    const retryAfterSeconds = await checks.count('all');
    if (retryAfterSeconds !== undefined) {
      await Promise.all([byPair.takeBack(pair), byAddress.takeBack(address)]);
      throw new FramegateError('FRAMEGATE_BUSY', { reason: 'password-rate', retryAfterSeconds });
    }
    const slowedSeconds = await byName.count(name);
    return {
      slowedSeconds,
      takeBack: async () => void (await Promise.all([byPair.takeBack(pair), byAddress.takeBack(address), byName.takeBack(name)])),
    };
  }

  return { refuseLocked, slowDown, count };
}

export function tooMany(reason: string, retryAfterSeconds: number): FramegateError {
  return new FramegateError('FRAMEGATE_TOO_MANY', { reason, retryAfterSeconds });
}
