// What the header section of a request may look like (SEC-G1, G2, G4, G5; SEC-B2, B3).

import { type GuardInput, type GuardPolicy, type GuardVerdict, refusal } from './guard-verdict.ts';
import { judgeOnce } from './judged-names.ts';

/** Most header lines; Node would cut silently at 2000, and what is cut cannot be judged. */
const MAX_HEADER_LINES = 200;

// A second one of these is read differently by different parsers (SEC-G2).
const ONCE = new Set([
  'host',
  'content-length',
  'transfer-encoding',
  'authorization',
  'origin',
  'cookie',
  'content-type',
  'upgrade',
  'sec-websocket-key',
  'sec-websocket-version',
  'sec-fetch-site',
  'sec-fetch-dest',
  'sec-fetch-mode',
]);

/** Of these the value is judged. */
const READ = new Set([
  'host',
  'content-length',
  'transfer-encoding',
  'upgrade',
  'sec-websocket-key',
  'sec-websocket-version',
  'expect',
  'max-forwards',
]);

interface HeaderName {
  /** Lower case. */
  readonly name: string;
  readonly isPlain: boolean;
  readonly isOnce: boolean;
  /** Looked at again, by a rule. */
  readonly isNoted: boolean;
}

const judgeName = judgeOnce((written): HeaderName => {
  const name = written.toLowerCase();
  const isOnce = ONCE.has(name);
  return { name, isPlain: PLAIN_NAME.test(name), isOnce, isNoted: isOnce || READ.has(name) };
});

const PLAIN_NAME = /^[a-z0-9-]+$/;
const HOST = /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/;
const CHUNKED_METHODS = new Set(['POST', 'PUT', 'PATCH']);

export function judgeHeaders(input: GuardInput, policy: GuardPolicy): GuardVerdict {
  const { rawHeaders } = input;
  if (rawHeaders.length > MAX_HEADER_LINES * 2) return refusal('FRAMEGATE_HEADERS_TOO_LARGE', 'header-count');
  const seen = new Map<string, string>();
  const dropped: string[] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const { name, isPlain, isOnce, isNoted } = judgeName(rawHeaders[i] ?? '');
    if (!isPlain) {
      // `X_WEBAUTH_USER` and `X.WEBAUTH.USER` are X-WEBAUTH-USER to CGI, WSGI, PHP and nginx (CVE-2025-64484).
      if (policy.isIdentityName(name.replaceAll(/[^a-z0-9]/g, '-'))) return refusal('FRAMEGATE_BAD_REQUEST', 'header-alias');
      dropped.push(name);
      continue;
    }
    if (!isNoted) continue;
    if (isOnce && seen.has(name)) return refusal('FRAMEGATE_BAD_REQUEST', 'header-repeated');
    seen.set(name, rawHeaders[i + 1] ?? '');
  }
  return (
    judgeHost(seen.get('host'), policy) ??
    judgeFraming(input, seen) ??
    judgeUpgrade(input, seen) ??
    judgeRest(input, seen) ?? { ok: true, dropped }
  );
}

function judgeHost(host: string | undefined, policy: GuardPolicy) {
  if (host === undefined) return refusal('FRAMEGATE_BAD_REQUEST', 'host-missing');
  const name = host.toLowerCase();
  if (!HOST.test(name) || Number(/:(\d+)$/.exec(name)?.[1] ?? 0) > 65535) return refusal('FRAMEGATE_BAD_REQUEST', 'host-form');
  return policy.hosts.includes(name) ? undefined : refusal('FRAMEGATE_UNKNOWN_HOST', 'host-unknown');
}

function judgeFraming(input: GuardInput, seen: ReadonlyMap<string, string>) {
  const coding = seen.get('transfer-encoding');
  const length = seen.get('content-length');
  if (length !== undefined && !/^\d{1,15}$/.test(length)) return refusal('FRAMEGATE_BAD_REQUEST', 'content-length');
  if (coding === undefined) return undefined;
  // A chunked DELETE or OPTIONS is how a second request is hidden in the body (CVE-2026-29057, SEC-F1); only
  // methods whose body every parser expects may be chunked.
  if (coding !== 'chunked' || length !== undefined || !CHUNKED_METHODS.has(input.method) || input.httpVersion !== '1.1') {
    return refusal('FRAMEGATE_BAD_REQUEST', 'transfer-encoding');
  }
  return undefined;
}

function judgeUpgrade(input: GuardInput, seen: ReadonlyMap<string, string>) {
  const upgrade = seen.get('upgrade');
  if (!input.upgrade) return upgrade === undefined ? undefined : refusal('FRAMEGATE_BAD_REQUEST', 'upgrade');
  if (upgrade?.toLowerCase() !== 'websocket') return refusal('FRAMEGATE_BAD_REQUEST', 'upgrade');
  // An upgrade with a body desynchronises a pooled connection (PRX-H15).
  if (seen.has('content-length') || seen.has('transfer-encoding')) return refusal('FRAMEGATE_BAD_REQUEST', 'upgrade-body');
  if (!/^[A-Za-z0-9+/]{22}==$/.test(seen.get('sec-websocket-key') ?? '')) return refusal('FRAMEGATE_BAD_REQUEST', 'websocket-key');
  if (seen.get('sec-websocket-version') !== '13') return refusal('FRAMEGATE_BAD_REQUEST', 'websocket-version');
  return undefined;
}

function judgeRest(input: GuardInput, seen: ReadonlyMap<string, string>) {
  const expect = seen.get('expect');
  if (expect !== undefined && expect.toLowerCase() !== '100-continue') return refusal('FRAMEGATE_EXPECTATION', 'expect');
  if (input.method === 'OPTIONS' && seen.has('max-forwards')) return refusal('FRAMEGATE_BAD_REQUEST', 'max-forwards');
  return undefined;
}
