// Compresses forwarded JSON. Only for requests of our own pages: compression tells the length of what repeats, and a
// foreign page that could make a browser ask again and again, with words of its own in the address, would read a
// secret from the lengths (BREACH). Fetch Metadata says who asks, and no page can forge it.

import type { IncomingHttpHeaders } from 'node:http';
import type { Transform } from 'node:stream';
import { constants, createBrotliCompress, createGzip } from 'node:zlib';
import { chooseCoding } from './negotiation.ts';
import { DIGESTS, weakenTag } from './raw-headers.ts';

type HeaderList = [name: string, value: string][];

export interface JsonCompression {
  /** The transform to put between, or undefined; changes the headers in place when the body changes. */
  open(status: number, headers: HeaderList, headRequest: boolean): readonly Transform[] | undefined;
}

/** Shorter bodies gain less than the work costs, in bytes. */
const MIN_BYTES = 1024;
const GZIP_LEVEL = 4;
const BROTLI_QUALITY = 4;
/** Window of 256 KiB: answers are many at a time, and memory is per answer. */
const BROTLI_WINDOW_BITS = 18;
/** Without a body, or with a part of one (RFC 9110 15). */
const NEVER = new Set([204, 205, 206, 304]);

/** @returns undefined when the request does not qualify, or the client accepts no coding. */
export function jsonCompressionFor(request: IncomingHttpHeaders): JsonCompression | undefined {
  if (request['sec-fetch-site'] !== 'same-origin') return undefined;
  const accepted = request['accept-encoding'];
  if (typeof accepted !== 'string') return undefined;
  return {
    open(status, headers, headRequest) {
      if (headRequest || NEVER.has(status) || !qualifies(headers)) return undefined;
      // gzip first: its streams take less memory, and the browser reads both.
      const coding = chooseCoding(accepted, ['gzip', 'br', 'identity']);
      if (coding === undefined || coding === 'identity') return undefined;
      markCoded(headers, coding);
      return [createCoder(coding)];
    },
  };
}

function qualifies(headers: HeaderList): boolean {
  const all = (name: string) => headers.filter(([key]) => key.toLowerCase() === name).map(([, value]) => value);
  if (!/^\s*application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(all('content-type')[0] ?? '')) return false;
  if (all('content-encoding').length > 0 || all('content-range').length > 0) return false;
  if (/(?:^|[\s,])no-transform(?:[\s,]|$)/i.test(all('cache-control').join(','))) return false;
  const length = all('content-length')[0];
  return length === undefined || Number(length) > MIN_BYTES;
}

function markCoded(headers: HeaderList, coding: 'gzip' | 'br'): void {
  const dropped = new Set(['content-length', 'accept-ranges', ...DIGESTS]);
  const kept: HeaderList = headers.flatMap(([name, value]): HeaderList => {
    const key = name.toLowerCase();
    if (dropped.has(key)) return [];
    if (key === 'etag') return [[name, weakenTag(value)]];
    if (key === 'vary') return [[name, value.trim() === '*' || /accept-encoding/i.test(value) ? value : `${value}, Accept-Encoding`]];
    return [[name, value]];
  });
  headers.splice(0, headers.length, ...kept, ['Content-Encoding', coding]);
  if (!headers.some(([name]) => name.toLowerCase() === 'vary')) headers.push(['Vary', 'Accept-Encoding']);
}

/** Flushed after each piece: what the upstream sends bit by bit arrives bit by bit. */
function createCoder(coding: 'gzip' | 'br'): Transform {
  if (coding === 'gzip') return createGzip({ level: GZIP_LEVEL, flush: constants.Z_SYNC_FLUSH });
  return createBrotliCompress({
    flush: constants.BROTLI_OPERATION_FLUSH,
    params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY, [constants.BROTLI_PARAM_LGWIN]: BROTLI_WINDOW_BITS },
  });
}
