// Which answers may be kept for everybody, and for how long (RFC 9111 3). Stricter than the RFC: what is kept was
// called public by the upstream in so many words, and varies by nothing.

import { valuesOf, withoutNames } from './raw-headers.ts';

/** A year of max-age is a promise about names; a day is long enough to ask again. In milliseconds. */
const MAX_FRESH_MS = 24 * 60 * 60 * 1000;
/** Smaller bodies gain less than a coding's own overhead, in bytes. */
export const MIN_COMPRESSED_BYTES = 1024;

export interface Storable {
  /** Without framing and connection headers, and without what the cache writes itself. */
  readonly rawHeaders: readonly string[];
  /** How long from now it may be served without asking. */
  readonly freshMs: number;
  /** How old it was when it came. */
  readonly ageMs: number;
  /** undefined: the upstream did not say. */
  readonly length: number | undefined;
  readonly etag: string | undefined;
  readonly lastModified: string | undefined;
  /** Text, and the upstream allows a change of form. */
  readonly compressible: boolean;
  /** The upstream would have sent other clients other forms. */
  readonly variesByCoding: boolean;
}

// Written anew for each answer, or between two hops only.
const NOT_KEPT = new Set([
  'age',
  'connection',
  'content-length',
  'etag',
  'keep-alive',
  'proxy-authenticate',
  'proxy-connection',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'vary',
]);

/** Headers that make an answer somebody's, a part, or one that the road has to judge each time. */
const NEVER = ['set-cookie', 'location', 'refresh', 'content-range', 'www-authenticate', 'clear-site-data'];
const NOT_PLAIN = /[^\t\x20-\x7e]/;

/** @returns undefined when nobody but the one who asked may have this answer. */
export function judgeStorable(status: number, rawHeaders: readonly string[]): Storable | undefined {
  if (status !== 200) return undefined;
  const all = (name: string) => valuesOf(rawHeaders, name).join(',');
  if (NEVER.some((name) => valuesOf(rawHeaders, name).length > 0)) return undefined;
  // The road answers such headers 502, and each asker has to be told.
  if (rawHeaders.some((text) => NOT_PLAIN.test(text))) return undefined;
  if (!/^(?:\s*accept-encoding\s*,?)*$/i.test(all('vary'))) return undefined;
  if (!/^(?:identity)?$/i.test(all('content-encoding').trim())) return undefined;
  if (!/^(?:chunked)?$/i.test(all('transfer-encoding'))) return undefined;
  if (!/^(?:\s*(?:keep-alive|close)\s*,?)*$/i.test(all('connection'))) return undefined;
  // A page under an asset's name is an upstream's mistake or an attacker's wish (SEC-B17.3).
  const type = (valuesOf(rawHeaders, 'content-type')[0] ?? '').toLowerCase();
  if (/^\s*(?:text\/html|application\/xhtml|text\/event-stream|multipart\/)/.test(type)) return undefined;
  const caching = parseCacheControl(all('cache-control'));
  const lifetime = caching.get('s-maxage') ?? caching.get('max-age') ?? '';
  if (!caching.has('public') || ['private', 'no-store', 'no-cache'].some((name) => caching.has(name))) return undefined;
  if (!/^\d{1,10}$/.test(lifetime)) return undefined;
  const age = /^\d{1,10}$/.exec(all('age'))?.[0] ?? '0';
  const freshMs = Math.min(Number(lifetime) * 1000 - Number(age) * 1000, MAX_FRESH_MS);
  if (freshMs <= 0) return undefined;
  const length = valuesOf(rawHeaders, 'content-length')[0];
  return {
    rawHeaders: withoutNames(rawHeaders, NOT_KEPT),
    freshMs,
    ageMs: Number(age) * 1000,
    length: length === undefined ? undefined : Number(length),
    etag: readTag(valuesOf(rawHeaders, 'etag')[0]),
    lastModified: valuesOf(rawHeaders, 'last-modified')[0],
    compressible: isText(type) && !caching.has('no-transform') && Number(length ?? MIN_COMPRESSED_BYTES) >= MIN_COMPRESSED_BYTES,
    variesByCoding: all('vary') !== '',
  };
}

/** Directives by lower-case name; of one that is repeated the first (RFC 9111 4.2.1). */
function parseCacheControl(text: string): Map<string, string> {
  const directives = new Map<string, string>();
  for (const part of text.split(',')) {
    const [name = '', value = ''] = part.split('=', 2);
    const key = name.trim().toLowerCase();
    if (key !== '' && !directives.has(key)) directives.set(key, value.trim().replace(/^"(.*)"$/, '$1'));
  }
  return directives;
}

function isText(type: string): boolean {
  const essence = (type.split(';', 1)[0] ?? '').trim();
  return /^text\/|^application\/(?:(?:x-)?javascript|json|xml|wasm|vnd\.ms-fontobject|[\w.-]+\+(?:json|xml))$|^image\/svg\+xml$|^font\/[ot]tf$/.test(
    essence,
  );
}

function readTag(tag: string | undefined): string | undefined {
  return tag !== undefined && /^(?:W\/)?"[\x21\x23-\x7e]*"$/.test(tag) ? tag : undefined;
}
