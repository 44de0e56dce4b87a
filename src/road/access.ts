// What the rules say becomes what happens: for a request, for what its body names, for a message of a socket.

import type { Asked, Asker } from '../policy/asker.ts';
import { decide } from '../policy/decide.ts';
import type { MountedRoute } from '../proxy/mounts.ts';
import type { ActiveSession } from '../session/session.ts';
import { noteDenial } from './note-denial.ts';
import type { GateParts } from './parts.ts';
import type { Scope } from './scope.ts';
import { Denied } from './steps.ts';

/** Step 6 of the road. @throws {Denied} */
export function decideAccess(scope: Scope, mounted: MountedRoute, session: ActiveSession, parts: GateParts): void {
  const { classification } = scope;
  if (classification === undefined) throw new Error('decided before it was classified');
  scope.asker = {
    identity: session.identity,
    method: session.method,
    narrowing: session.narrowing,
    address: scope.clientAddress,
    nowMs: parts.clock.now(),
    upstream: mounted.route.upstream.name,
    builtInAdmins: mounted.preset.builtInAdmins,
    rules: parts.config.rules,
  };
  enforce(scope, scope.asker, classification, parts);
}

/**
 * Lets pass what the rules grant. With `access.mode: observe` also what they deny, which is logged then; never what is no
 * matter of the rules.
 * @throws {Denied}
 */
function enforce(scope: Scope, asker: Asker, asked: Asked, parts: GateParts): void {
  const decision = decide(asker, asked);
  if (decision.kind === 'allow') {
    scope.rule = decision.rule;
    scope.role = decision.role;
    scope.orgId = decision.orgId;
    return;
  }
  const observed = parts.config.accessMode === 'observe' && decision.final !== true;
  noteDenial(scope, { asker, asked, reasons: decision.reasons, rule: decision.rule, observed }, parts);
  if (!observed) {
    scope.rule = decision.rule;
    throw new Denied(decision.reasons);
  }
  parts.meters.of(asker.upstream).observedDenials += 1;
  scope.role = asker.identity.role;
  scope.orgId = asker.identity.orgId;
  parts.log.warn('access.would-deny', {
    reason: decision.reasons.join(' '),
    rule: decision.rule,
    capability: asked.capability,
    requestId: scope.requestId,
    method: scope.method,
    path: scope.target.split('?', 1)[0],
    login: asker.identity.login,
    issuer: asker.identity.issuer,
    upstream: asker.upstream,
    address: scope.clientAddress,
  });
}
