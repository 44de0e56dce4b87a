// Bounds guessing of one-time codes: refused ones are counted per address, as refused tickets are.

import { FramegateError } from '../kernel/errors.ts';
import { addressKey } from './address-key.ts';
import { type AttemptLimitOptions, createAttemptLimit } from './attempt-limit.ts';
import type { CodeLimit } from './ports.ts';

/** @param options The rate is `limits.ticketsPerAddress`. */
export function createCodeLimit(options: Omit<AttemptLimitOptions, 'name'>): CodeLimit {
  const refusals = createAttemptLimit({ ...options, name: 'refused-codes' });

  return async function redeemWithin(address, redeem) {
    const key = addressKey(address);
    const retryAfterSeconds = await refusals.secondsLocked(key);
    if (retryAfterSeconds !== undefined) throw new FramegateError('FRAMEGATE_TOO_MANY', { reason: 'refused-codes', retryAfterSeconds });
    try {
      return await redeem();
    } catch (error) {
      if (error instanceof FramegateError && error.code === 'FRAMEGATE_CODE_REFUSED') await refusals.count(key);
      throw error;
    }
  };
}
