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
  // A Unix socket: not there, not for us, or its queue of new connections is full.
  'ENOENT',
  'EACCES',
  'EAGAIN',
  'EHOSTDOWN',
  'ENETDOWN',
]);

const CERTIFICATE_HINT =
  "the upstream's certificate was not accepted: name its CA in upstreams.NAME.tls.caFile, and the name it is for in tls.serverName";

const RETRY_AFTER_SECONDS = 5;

export function upstreamError(cause: unknown): FramegateError {
  if (cause instanceof FramegateError) return cause;
  const code = errorCode(cause);
  if (UNREACHABLE.has(code))
    return new FramegateError('FRAMEGATE_UPSTREAM_DOWN', { cause, reason: code.toLowerCase(), retryAfterSeconds: RETRY_AFTER_SECONDS });
  if (code === 'ETIMEDOUT') return new FramegateError('FRAMEGATE_UPSTREAM_TIMEOUT', { cause, reason: 'connect-timeout' });
  if (isCertificateError(code))
    return new FramegateError('FRAMEGATE_UPSTREAM_PROTOCOL', { cause, reason: code.toLowerCase(), message: CERTIFICATE_HINT });
  return new FramegateError('FRAMEGATE_UPSTREAM_PROTOCOL', { cause, reason: code === '' ? 'protocol' : code.toLowerCase() });
}

/** Codes of OpenSSL's verification (X509_V_ERR_...) and of the check of the name, as Node gives them. */
function isCertificateError(code: string): boolean {
  return /^(?:CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|ERR_TLS_CERT_|INVALID_CA|INVALID_PURPOSE|HOSTNAME_MISMATCH)/.test(code);
}

export function errorCode(cause: unknown): string {
  if (cause instanceof AggregateError && cause.errors.length > 0) return errorCode(cause.errors[0]);
  const code = (cause as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' ? code : '';
}
