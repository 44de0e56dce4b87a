// Which other origins may read our answers: the hosts that may frame us, by name, never `*` (SEC-B18, SEC-D7.1).

import type { IncomingHttpHeaders } from 'node:http';

/** How long a browser may remember a preflight, in seconds. */
const MAX_AGE_SECONDS = 600;

// A state-changing request from another origin is refused all the same, but with an answer that its sender can read.
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];
const HEADERS = [
  'accept',
  'accept-language',
  'cache-control',
  'content-language',
  'content-type',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'pragma',
  'range',
  'x-requested-with',
];

export type HeaderPairs = readonly (readonly [string, string])[];

/** CORS headers of an answer. Only a listed origin is echoed; `null` never is one. `Vary` is the caller's. */
export function corsHeaders(origin: string | undefined, hosts: readonly string[]): HeaderPairs {
  if (origin === undefined || !hosts.includes(origin)) return [];
  return [
    ['Access-Control-Allow-Origin', origin],
    ['Access-Control-Allow-Credentials', 'true'],
  ];
}

/** Whether the request is a CORS preflight (Fetch standard, 3.3.2). */
export function isPreflight(method: string, headers: IncomingHttpHeaders): boolean {
  return method === 'OPTIONS' && headers.origin !== undefined && headers['access-control-request-method'] !== undefined;
}

/**
 * The headers that answer a preflight with 204, or undefined for 403: unlisted origin, method or header (SEC-B18.4).
 * @param extraHeaders Lower-case header names that the presets' own pages send.
 */
export function answerPreflight(
  headers: IncomingHttpHeaders,
  hosts: readonly string[],
  extraHeaders: readonly string[],
): HeaderPairs | undefined {
  const cors = corsHeaders(headers.origin, hosts);
  if (cors.length === 0) return undefined;
  if (!METHODS.includes(headers['access-control-request-method'] ?? '')) return undefined;
  const allowed = [...HEADERS, ...extraHeaders];
  const asked = (headers['access-control-request-headers'] ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');
  if (!asked.every((name) => allowed.includes(name))) return undefined;
  return [
    ...cors,
    ['Access-Control-Allow-Methods', METHODS.join(', ')],
    ['Access-Control-Allow-Headers', allowed.join(', ')],
    ['Access-Control-Max-Age', String(MAX_AGE_SECONDS)],
  ];
}
