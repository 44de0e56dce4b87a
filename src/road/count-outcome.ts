// Step 10 of the road, as numbers.

import { ERROR_TABLE, type ErrorCode } from '../kernel/errors.ts';
import type { RequestOutcome } from '../observe/meters.ts';
import type { GateParts } from './parts.ts';
import type { Scope } from './scope.ts';

/** How a request ended; `code`: by an error of ours. */
interface Ending {
  readonly outcome: 'allowed' | 'refused' | 'denied' | 'failed';
  readonly status: number;
  readonly code?: ErrorCode;
  readonly reason?: string;
}

/** Counts how a request ended. Makes no object: every request comes by here. */
export function countOutcome(scope: Scope, { meters, clock }: Pick<GateParts, 'meters' | 'clock'>, ending: Ending): void {
  const meter = meters.of(scope.mounted?.route.upstream.name);
  const outcome = outcomeOf(ending);
  meter.countRequest(outcome, ending.status);
  if (outcome === 'allowed') {
    if (scope.kind === 'http' && !scope.isEndless) meter.requestTimes.add(clock.now() - scope.startedAtMs);
  } else if (ending.code !== undefined && outcome !== 'aborted') {
    meter.errors.add(ending.code, ending.reason);
  }
}

function outcomeOf({ outcome, status, reason, code }: Ending): RequestOutcome {
  if (reason === 'client-gone') return 'aborted';
  if (outcome !== 'refused') return outcome;
  if (status === ERROR_TABLE.FRAMEGATE_TOO_MANY.status) return 'throttled';
  // Somebody who shows nothing yet, and not a key or an account that is not accepted.
  return code === undefined && status === ERROR_TABLE.FRAMEGATE_NOT_SIGNED_IN.status ? 'signed-out' : 'refused';
}
