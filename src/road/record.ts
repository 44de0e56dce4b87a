// One line per decision that matters. Assets and API calls that were let through are counted, not told.

import type { ErrorCode } from '../kernel/errors.ts';
import { isDocumentRequest } from '../proxy/documents.ts';
import { auditOutcome } from './audit-outcome.ts';
import { countOutcome } from './count-outcome.ts';
import type { GateParts } from './parts.ts';
import type { Scope, ToldScope } from './scope.ts';

export interface Outcome {
  readonly outcome: 'allowed' | 'refused' | 'denied' | 'failed';
  readonly status: number;
  /** Of an error; undefined: none of ours. */
  readonly code?: ErrorCode;
  readonly reason?: string;
  readonly message?: string;
  readonly cause?: unknown;
}

/** A socket that is ended for what came over it. */
export function recordFault(scope: ToldScope, { log }: GateParts, fault: { code: number; reason: string; cause: unknown }): void {
  const fields = {
    ...fault,
    requestId: scope.requestId,
    path: scope.target.split('?', 1)[0],
    login: scope.session?.identity.login,
    issuer: scope.session?.identity.issuer,
    upstream: scope.mounted?.route.upstream.name,
    address: scope.clientAddress,
  };
  if (fault.cause === undefined) log.warn('socket.ended', fields);
  else log.error('socket.failed', fields);
}

export function recordOutcome(scope: Scope, parts: GateParts, outcome: Outcome): void {
  const { log } = parts;
  countOutcome(scope, parts, outcome);
  if (!scope.isToldAlready) auditOutcome(scope, parts, outcome);
  const isRoutine =
    scope.isToldAlready || (outcome.outcome === 'allowed' && scope.kind === 'http' && !isDocumentRequest(scope.method, scope.req.headers));
  if (isRoutine && log.isDebug === false) return;
  const { identity } = scope.session ?? {};
  const fields = {
    outcome: outcome.outcome,
    reason: outcome.reason,
    message: outcome.message,
    requestId: scope.requestId,
    method: scope.method,
    // Without the query: it may hold what nobody should read later (SEC-D11).
    path: scope.target.split('?', 1)[0],
    status: outcome.status,
    login: identity?.login,
    issuer: identity?.issuer,
    rule: scope.rule,
    upstream: scope.mounted?.route.upstream.name,
    address: scope.clientAddress,
    ms: parts.clock.now() - scope.startedAtMs,
    ...(outcome.cause instanceof Error ? { cause: outcome.cause } : {}),
  };
  if (outcome.reason === 'client-gone') log.debug('client.aborted', fields);
  else if (outcome.outcome === 'failed') log.error('request.failed', fields);
  else if (outcome.outcome === 'denied') log.warn('request.denied', fields);
  else if (outcome.outcome === 'refused') log[isRoutine ? 'debug' : 'info']('request.refused', fields);
  else if (scope.kind === 'upgrade') log.info('socket.opened', fields);
  else if (isRoutine) log.debug('request.allowed', fields);
  else log.info('request.allowed', fields);
}
