// One record of the audit log as a line of JSON, with the fields of SEC-D11 in their order. What a client sent is data in
// it, cut and escaped as in the log (SEC-B16.1).

import { createHmac } from 'node:crypto';
import type { AuditRecord } from '../kernel/audit.ts';
import { refererOrigin } from '../kernel/origin.ts';
import { safeText } from './log.ts';

export interface AuditContext {
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
  /** Names the configuration in force. */
  readonly revision: string;
  /** For hashes of session keys: they name a session to whoever has the key, and nobody else. */
  readonly hashKey: string;
}

export function formatAuditLine(record: AuditRecord, { nowMs, revision, hashKey }: AuditContext): string {
  const { req, identity, sessionKey } = record;
  const fields = {
    ts: new Date(nowMs).toISOString(),
    event: record.event,
    outcome: record.outcome,
    reason_code: text(record.reason),
    request_id: record.requestId,
    sid_hash: sessionKey === undefined ? undefined : createHmac('sha256', hashKey).update(sessionKey).digest('hex').slice(0, 16),
    principal:
      identity === undefined ? undefined : { issuer: text(identity.issuer), sub: text(identity.subject), name: text(identity.login) },
    auth_method: record.method,
    jti_hash: record.jtiHash,
    src_ip: record.address,
    peer_ip: req?.socket?.remoteAddress,
    ua: text(req?.headers['user-agent']),
    method: text(req?.method),
    host: text(req?.headers.host),
    path: text((record.target ?? req?.url)?.split('?', 1)[0]),
    rule_id: text(record.rule),
    parent_origin: text(parentOrigin(req)),
    upstream: record.upstream,
    status: record.status,
    bytes: record.bytes,
    ms: record.ms,
    config_rev: revision,
  };
  return `${JSON.stringify(fields)}\n`;
}

const text = (value: string | undefined): string | undefined => (value === undefined ? undefined : safeText(value));

/** The page around ours, as far as the browser tells. */
function parentOrigin(req: AuditRecord['req']): string | undefined {
  return req?.headers.origin ?? refererOrigin(req?.headers.referer);
}
