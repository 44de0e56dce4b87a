// One table from what went wrong at the upstream to what the client is told (PRX-28).

import { FramegateError } from '../kernel/errors.ts';

// No connection came to be. Retry-After: a restart of the dashboard server takes a few seconds.
const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'ENOENT',
  'EHOSTDOWN',
  'ENETDOWN',
]);

const RETRY_AFTER_SECONDS = 5;

export function upstreamError(cause: unknown): FramegateError {
  if (cause instanceof FramegateError) return cause;
  const code = errorCode(cause);
  if (UNREACHABLE.has(code))
    return new FramegateError('FRAMEGATE_UPSTREAM_DOWN', { cause, reason: code.toLowerCase(), retryAfterSeconds: RETRY_AFTER_SECONDS });
  if (code === 'ETIMEDOUT') return new FramegateError('FRAMEGATE_UPSTREAM_TIMEOUT', { cause, reason: 'connect-timeout' });
  return new FramegateError('FRAMEGATE_UPSTREAM_PROTOCOL', { cause, reason: code === '' ? 'protocol' : code.toLowerCase() });
}

export function errorCode(cause: unknown): string {
  if (cause instanceof AggregateError && cause.errors.length > 0) return errorCode(cause.errors[0]);
  const code = (cause as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' ? code : '';
}
