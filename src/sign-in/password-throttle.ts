// Slows down guessing without letting anybody lock somebody else out (SEC-B10, ASVS 6.1.1). Three counts of wrong
// passwords, known and unknown user names alike; names count as one whatever their case, width or outer spaces:
//   1. user name + address, `limits.failedLogins`: then 429, unchecked. Nobody can lock a name for other addresses.
//   2. address (IPv6: its /64), `limits.loginsPerAddress`: then 429, unchecked. Stops one address trying many names.
//   3. user name from anywhere, `limits.failedLogins`: a soft lock. The password is still checked, one second apart,
//      at most ten waiting: the right one works, a wrong one gets 429. Bounds a botnet to one guess per second and
//      name, at the price that a botnet which keeps these places filled can delay the owner's sign-in.

import { createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Config } from '../config/config.ts';
import type { Clock } from '../kernel/clock.ts';
import { FramegateError } from '../kernel/errors.ts';
import { ExpiringMap } from '../kernel/expiring-map.ts';
import { addressKey } from './address-key.ts';
import { createAttemptLimit } from './attempt-limit.ts';

const PAUSE_MS = 1000;
const MAX_WAITING_PER_NAME = 10;
const MAX_WAITING = 100;
const MAX_SLOWED_NAMES = 10_000;

/** Keys that one attempt is counted on. */
export interface AttemptKeys {
  readonly name: string;
  readonly address: string;
  readonly pair: string;
}

export interface PasswordThrottleOptions {
  readonly limits: Pick<Config['limits'], 'failedLogins' | 'loginsPerAddress'>;
  readonly clock: Clock;
  /** Waits that many milliseconds. */
  readonly pause?: ((ms: number) => Promise<void>) | undefined;
}

export interface PasswordThrottle {
  /** @throws {FramegateError} FRAMEGATE_TOO_MANY when the pair or the address has no guess left. */
  refuseLocked(keys: AttemptKeys): Promise<void>;
  /** Waits where the name is under the soft lock. @throws {FramegateError} FRAMEGATE_TOO_MANY, FRAMEGATE_BUSY. */
  slowDown(keys: AttemptKeys): Promise<void>;
  /** Counts a wrong password. @returns the seconds to wait when the name is under the soft lock, else undefined. */
  countFailure(keys: AttemptKeys): Promise<number | undefined>;
}

/** Names that people cannot tell apart share one counter (SEC-B10.4). Hashed: a key's length is not the client's to choose. */
export function attemptKeys(username: string, address: string): AttemptKeys {
  const folded = username.normalize('NFKC').trim().toLowerCase();
  const name = createHash('sha256').update(folded).digest('base64url');
  const from = addressKey(address);
  return { name, address: from, pair: `${name} ${from}` };
}

export function createPasswordThrottle(options: PasswordThrottleOptions): PasswordThrottle {
  const { limits, clock } = options;
  const pause = options.pause ?? ((ms: number) => wait(ms, undefined, { ref: false }));
  const byPair = createAttemptLimit(limits.failedLogins);
  const byAddress = createAttemptLimit(limits.loginsPerAddress);
  const byName = createAttemptLimit(limits.failedLogins);
  const nextTurnMs = new ExpiringMap<number>(clock, MAX_SLOWED_NAMES);
  let waiting = 0;

  async function refuseLocked({ pair, address }: AttemptKeys): Promise<void> {
    const pairSeconds = await byPair.secondsLocked(pair);
    if (pairSeconds !== undefined) throw tooMany('user-locked-for-address', pairSeconds);
    const addressSeconds = await byAddress.secondsLocked(address);
    if (addressSeconds !== undefined) throw tooMany('address-locked', addressSeconds);
  }

  async function slowDown({ name }: AttemptKeys): Promise<void> {
    if ((await byName.secondsLocked(name)) === undefined) return;
    const now = clock.now();
    const turn = Math.max(now, nextTurnMs.get(name) ?? 0) + PAUSE_MS;
    if (turn - now > MAX_WAITING_PER_NAME * PAUSE_MS) throw tooMany('user-slowed', MAX_WAITING_PER_NAME);
    if (waiting >= MAX_WAITING || !nextTurnMs.set(name, turn, turn)) {
      throw new FramegateError('FRAMEGATE_BUSY', { reason: 'slowed-sign-ins-full' });
    }
    waiting += 1;
    try {
      await pause(turn - now);
    } finally {
      waiting -= 1;
    }
  }

  async function countFailure({ pair, address, name }: AttemptKeys): Promise<number | undefined> {
    const counts = [byPair.countFailure(pair), byAddress.countFailure(address), byName.countFailure(name)];
    return (await Promise.all(counts))[2];
  }

  return { refuseLocked, slowDown, countFailure };
}

export function tooMany(reason: string, retryAfterSeconds: number): FramegateError {
  return new FramegateError('FRAMEGATE_TOO_MANY', { reason, retryAfterSeconds });
}
