// Bounds guessing of one-time codes: refused ones are counted per address, as refused tickets are.

import type { Config } from '../config/config.ts';
import { FramegateError } from '../kernel/errors.ts';
import { addressKey } from './address-key.ts';
import { createAttemptLimit } from './attempt-limit.ts';
import type { CodeLimit } from './ports.ts';

export function createCodeLimit(limits: Pick<Config['limits'], 'ticketsPerAddress'>): CodeLimit {
  const refusals = createAttemptLimit(limits.ticketsPerAddress);

  return async function redeemWithin(address, redeem) {
    const key = addressKey(address);
    const retryAfterSeconds = await refusals.secondsLocked(key);
    if (retryAfterSeconds !== undefined) throw new FramegateError('FRAMEGATE_TOO_MANY', { reason: 'refused-codes', retryAfterSeconds });
    try {
      return redeem();
    } catch (error) {
      if (error instanceof FramegateError && error.code === 'FRAMEGATE_CODE_REFUSED') await refusals.countFailure(key);
      throw error;
    }
  };
}
