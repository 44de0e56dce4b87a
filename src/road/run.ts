// The road as data. docs/behaviour.md tells it in words, and a test compares the two. HTTP requests and upgrades
// take the same steps up to the engine.

import { FramegateError } from '../kernel/errors.ts';
import { decideAccess } from './access.ts';
import { judgeBody } from './judged-body.ts';
import { needsJudgedMessages } from './judged-messages.ts';
import type { GateParts } from './parts.ts';
import { limitRequests } from './request-limit.ts';
import type { Scope } from './scope.ts';
import { assertApiKey, buildHeaders, checkOrigin, classify, guard, readSession, SignInNeeded, signIdentity } from './steps.ts';

export const ROAD = [
  'guard',
  'origin and CORS',
  'own routes',
  'session',
  'capability',
  'decide',
  'request headers',
  'engine',
  'response headers',
  'audit and metrics',
] as const;

/** What a scope holds once it may go upstream. */
export type JudgedScope = Scope & Required<{ [key in 'mounted' | 'session' | 'headers']: NonNullable<Scope[key]> }>;

/** Steps 1 and 2, with the own routes left to the caller. Throws what refuses. */
export function runGuard(scope: Scope, parts: GateParts): void {
  guard(scope, parts);
  scope.mounted = parts.findMount(scope.target);
}

/** Steps 4 to 7. Throws SignInNeeded, Denied or a FramegateError; never lets an exception pass for access. */
export async function runDecision(scope: Scope, parts: GateParts): Promise<JudgedScope> {
  const { mounted } = scope;
  if (mounted === undefined) throw new Error('no upstream for this path');
  const { endings } = parts.live;
  const read = readSession(scope, parts);
  // The memory store answers at once; every turn of the loop that is not taken is felt by a dashboard's hundred requests.
  const session = read instanceof Promise ? await read : read;
  assertApiKey(scope, session);
  if (session === undefined) throw new SignInNeeded();
  scope.session = session;
  limitRequests(scope, session, parts);
  classify(scope, mounted);
  if (scope.classification?.readBody !== undefined) await judgeBody(scope);
  decideAccess(scope, mounted, session, parts);
  scope.judgesMessages = needsJudgedMessages(scope, mounted);
  const token = signIdentity(scope, mounted, session, parts);
  scope.token = token instanceof Promise ? await token : token;
  // A body takes its time, and what the session or a rule allowed as it began may have been taken away: the page asks again.
  if (parts.live.hasEndedSince(endings, session.key, session.identity, scope.kind === 'upgrade', mounted.route.upstream.name))
    throw new FramegateError('FRAMEGATE_BUSY', { reason: 'ended-meanwhile', retryAfterSeconds: 1 });
  buildHeaders(scope, mounted, session, parts);
  parts.meters.of(mounted.route.upstream.name).decisionTimes.add(parts.clock.now() - scope.startedAtMs);
  return scope as JudgedScope;
}

export { checkOrigin };
