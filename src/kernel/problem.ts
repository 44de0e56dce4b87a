// An error as other programs read it (RFC 9457). Made from the error table alone: no cause, no input, no reason.

import type { ErrorCode, FramegateError } from './errors.ts';
import { ERROR_TABLE } from './errors.ts';

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

/** Seconds after which a retry makes sense where the error does not say. */
const DEFAULT_RETRY_AFTER_SECONDS = 5;

export interface Problem {
  /** A name, not an address: `urn:framegate:error:not-found`. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  readonly requestId: string;
}

export function buildProblem(code: ErrorCode, requestId: string): Problem {
  const row = ERROR_TABLE[code];
  const type = `urn:framegate:error:${code.replace('FRAMEGATE_', '').toLowerCase().replaceAll('_', '-')}`;
  return { type, title: row.title, status: row.status, detail: row.sentence, code, requestId };
}

/** `Retry-After` (seconds; given, else 5 for 503), `WWW-Authenticate` and `Allow`. */
export function buildProblemHeaders(error: FramegateError): Record<string, string> {
  const headers: Record<string, string> = {};
  const retryAfter = error.retryAfterSeconds ?? (error.status === 503 ? DEFAULT_RETRY_AFTER_SECONDS : undefined);
  if (retryAfter !== undefined) headers['Retry-After'] = String(Math.max(1, Math.ceil(retryAfter)));
  // RFC 6750 section 3. No other 401 has a challenge: browsers ask for a password of their own on Basic.
  if (error.code === 'FRAMEGATE_KEY_REFUSED') headers['WWW-Authenticate'] = 'Bearer error="invalid_token"';
  if (error.code === 'FRAMEGATE_ADMIN_REFUSED') headers['WWW-Authenticate'] = 'Bearer';
  if (error.code === 'FRAMEGATE_METHOD_NOT_ALLOWED' && error.allow !== undefined) headers.Allow = error.allow;
  return headers;
}
