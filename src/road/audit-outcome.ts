// Which ends of a request are kept in the audit log. A plain read that was let through costs one look into a set.

import type { Config } from '../config/config.ts';
import type { AuditRecord } from '../kernel/audit.ts';
import { CAPABILITY_FACTS } from '../policy/capability-facts.ts';
import { isUnsafe } from '../proxy/origin-check.ts';
import type { GateParts } from './parts.ts';
import type { Scope, ToldScope } from './scope.ts';

/** How a request ended. */
interface Ending {
  readonly outcome: 'allowed' | 'refused' | 'denied' | 'failed';
  readonly status: number;
  readonly reason?: string;
}

type Kind = Pick<AuditRecord, 'event' | 'outcome'>;

/** Capabilities that change something or administrate. */
const WRITES: ReadonlySet<string> = new Set(
  Object.entries(CAPABILITY_FACTS).flatMap(([capability, { bundle }]) => (bundle === 'edit' || bundle === 'admin' ? [capability] : [])),
);

export function auditOutcome(scope: Scope, parts: GateParts, outcome: Ending): void {
  const kind = outcome.outcome === 'allowed' ? kindOfAllowed(scope, parts.config.audit.decisions) : kindOfRefused(outcome);
  if (kind !== undefined) parts.audit(describeScope(scope, parts, { ...kind, reason: outcome.reason, status: outcome.status }));
}

/** The fields of a request, and what is to be said about it. */
export function describeScope(scope: ToldScope, parts: Pick<GateParts, 'clock'>, said: Kind & Partial<AuditRecord>): AuditRecord {
  const { session, req, target } = scope;
  return {
    requestId: scope.requestId,
    sessionKey: session?.key,
    identity: session?.identity,
    method: session?.method,
    address: scope.clientAddress,
    req,
    target,
    rule: scope.rule,
    upstream: scope.mounted?.route.upstream.name,
    ms: parts.clock.now() - scope.startedAtMs,
    ...said,
  };
}

function kindOfAllowed(scope: Scope, kept: Config['audit']['decisions']): Kind | undefined {
  if (scope.kind === 'upgrade') return { event: 'socket-open', outcome: 'ok' };
  if (kept === 'denied') return undefined;
  return kept === 'all' || isWrite(scope) ? { event: 'decision', outcome: 'allow' } : undefined;
}

/** What a preset does not know is judged by its method. */
function isWrite({ classification, method }: Scope): boolean {
  const capability = classification?.capability ?? 'unknown';
  return WRITES.has(capability) || (capability === 'unknown' && isUnsafe(method));
}

/** Undefined: a failure of ours or of the upstream, or nobody is signed in yet, which every new visit is. */
function kindOfRefused({ outcome, status, reason }: Ending): Kind | undefined {
  if (outcome === 'denied') return { event: 'decision', outcome: 'deny' };
  if (outcome !== 'refused' || reason === 'not-signed-in' || reason === 'client-gone' || status === 404) return undefined;
  if (status === 429) return { event: 'rate-limit', outcome: 'fail' };
  if (status === 401) return { event: 'sign-in', outcome: 'fail' };
  if (status === 403) return { event: 'origin', outcome: 'fail' };
  return { event: 'guard', outcome: 'fail' };
}
