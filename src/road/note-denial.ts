import type { Denial } from '../observe/denials.ts';
import { describeScope } from './audit-outcome.ts';
import type { GateParts } from './parts.ts';
import type { ToldScope } from './scope.ts';

type Noted = Omit<Denial, 'requestId' | 'method' | 'path'>;

/** Keeps a denial for the admin API. One of a whole request is told to the audit log at its end, what passed or was one message of many here. */
export function noteDenial(scope: ToldScope, denial: Noted, parts: GateParts, isMessage = false): void {
  const { requestId, method, target } = scope;
  parts.denials.add({ ...denial, requestId, method, path: target.split('?', 1)[0] ?? '' });
  if (!denial.observed && !isMessage) return;
  const outcome = denial.observed ? 'observed' : 'deny';
  parts.audit(describeScope(scope, parts, { event: 'decision', outcome, reason: denial.reasons.join(' '), rule: denial.rule }));
}
