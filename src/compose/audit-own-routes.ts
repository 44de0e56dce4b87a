// What the own routes tell, in the words of the audit log.

import type { IncomingMessage } from 'node:http';
import type { Audit, AuditEvent, AuditRecord } from '../kernel/audit.ts';
import type { LogFields } from '../kernel/log.ts';

const WORDS: ReadonlyMap<string, readonly [AuditEvent, 'ok' | 'fail']> = new Map([
  ['login.accepted', ['sign-in', 'ok']],
  ['login.refused', ['sign-in', 'fail']],
  ['oidc.refused', ['sign-in', 'fail']],
  ['ticket.accepted', ['hand-off', 'ok']],
  ['ticket.refused', ['hand-off', 'fail']],
  ['code.issued', ['hand-off', 'ok']],
  ['code.accepted', ['hand-off', 'ok']],
  ['code.refused', ['hand-off', 'fail']],
  ['session.signed-out', ['sign-out', 'ok']],
  ['oidc.signed-out', ['sign-out', 'ok']],
  ['oidc.logout-refused', ['sign-out', 'fail']],
  ['revocation.accepted', ['sign-out', 'ok']],
  ['revocation.refused', ['sign-out', 'fail']],
  ['revocation.accepted', ['revocation', 'ok']],
  ['revocation.refused', ['revocation', 'fail']],
]);

/** How those sign in whose route does not say it. */
const METHODS: ReadonlyMap<string, AuditRecord['method']> = new Map([
  ['ticket.accepted', 'ticket'],
  ['ticket.refused', 'ticket'],
  ['oidc.signed-out', 'oidc'],
]);

export function auditOwnRoute(
  audit: Audit,
  event: string,
  fields: LogFields,
  req: IncomingMessage & { readonly originalUrl?: string },
  sessionKey: string | undefined,
): void {
  const [word, outcome] = WORDS.get(event) ?? ['sign-in', 'fail'];
  const [code, reason] = [textOf(fields['code']), textOf(fields['reason'])];
  const identity = { issuer: textOf(fields['issuer']), subject: textOf(fields['subject']), login: textOf(fields['login']) };
  audit({
    event: code === 'FRAMEGATE_TOO_MANY' ? 'rate-limit' : word,
    outcome: word === 'hand-off' && reason?.endsWith('replayed') === true ? 'replay' : outcome,
    // Which of the accepted ways it was; of a refusal, why.
    reason: reason ?? code ?? event,
    requestId: textOf(fields['requestId']),
    sessionKey,
    ...(Object.values(identity).some((each) => each !== undefined) ? { identity } : {}),
    method: (textOf(fields['method']) as AuditRecord['method']) ?? METHODS.get(event),
    jtiHash: textOf(fields['jtiHash']),
    address: textOf(fields['address']),
    req,
    target: req.originalUrl,
  });
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
