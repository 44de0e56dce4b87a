// The audit log as a port: who did what, and how it ended. Never a secret, a query or a body (SEC-D11.2).

import type { SignInMethod } from './identity.ts';

/** What happened; a closed vocabulary. docs/recipes/audit-log.md says what each means. */
export type AuditEvent =
  | 'sign-in'
  | 'hand-off'
  | 'sign-out'
  | 'session-end'
  | 'revocation'
  | 'decision'
  | 'guard'
  | 'origin'
  | 'rate-limit'
  | 'socket-open'
  | 'socket-close'
  | 'keys'
  | 'reload';

/** `observed`: `access.mode: observe` let pass what the rules deny. */
type AuditOutcome = 'ok' | 'fail' | 'replay' | 'allow' | 'deny' | 'observed';

/** What of an HTTP request is told. */
interface AuditedRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: {
    readonly host?: string | undefined;
    readonly origin?: string | undefined;
    readonly referer?: string | undefined;
    readonly 'user-agent'?: string | undefined;
  };
  readonly socket?: { readonly remoteAddress?: string | undefined };
}

export interface AuditRecord {
  readonly event: AuditEvent;
  readonly outcome: AuditOutcome;
  /** Fixed words. */
  readonly reason?: string | undefined;
  readonly requestId?: string | undefined;
  /** The session's key; only a keyed hash of it is written. */
  readonly sessionKey?: string | undefined;
  readonly identity?: { readonly [part in 'issuer' | 'subject' | 'login']?: string | undefined } | undefined;
  readonly method?: SignInMethod | undefined;
  readonly jtiHash?: string | undefined;
  /** Of the client, behind the proxies that are trusted. */
  readonly address?: string | undefined;
  /** Method, host, path, agent, embedding page and peer are taken from it. */
  readonly req?: AuditedRequest | undefined;
  /** The target as on the wire; its query is not written. Default: that of `req`. */
  readonly target?: string | undefined;
  readonly rule?: string | undefined;
  readonly upstream?: string | undefined;
  readonly status?: number | undefined;
  readonly bytes?: number | undefined;
  readonly ms?: number | undefined;
}

export type Audit = (record: AuditRecord) => void;
