// `limits.requestsPerSecond`, for requests and upgrades alike, before anything is asked that costs more than a look-up.

import { FramegateError } from '../kernel/errors.ts';
import type { ActiveSession } from '../session/session.ts';
import type { GateParts } from './parts.ts';
import type { Scope } from './scope.ts';

/** @throws {FramegateError} FRAMEGATE_TOO_MANY: the session sends more than `limits.requestsPerSecond`. */
export function limitRequests(scope: Scope, session: ActiveSession, { config, requests, clock }: GateParts): void {
  const { requestsPerSecond: perSecond, requestBurst } = config.limits;
  if (perSecond === undefined) return;
  const refusal = requests.take(session.key, { perSecond, burst: Math.max(requestBurst, perSecond) }, clock.now());
  if (refusal === undefined) return;
  scope.isToldAlready = refusal.isRepeated;
  throw new FramegateError('FRAMEGATE_TOO_MANY', { reason: 'requests-per-second', retryAfterSeconds: refusal.retryAfterSeconds });
}
