// Reading HTTP/1.1 text (RFC 9112) for both ends of the tests. Lenient on purpose: it must see what a careless
// server or browser would see, so that a smuggled message is found and counted, and not refused.

export type HeaderPair = readonly [name: string, value: string];

export interface Head {
  readonly startLine: string;
  readonly headers: readonly HeaderPair[];
  /** Bytes of the head with its empty line. */
  readonly length: number;
}

/** The head at the start of the bytes; undefined while its empty line is missing. */
export function parseHead(bytes: Buffer): Head | undefined {
  const crlf = bytes.indexOf('\r\n\r\n');
  if (crlf < 0) return undefined;
  const lines = bytes.toString('latin1', 0, crlf).split('\r\n');
  const headers = lines.slice(1).map((line): HeaderPair => {
    const colon = line.indexOf(':');
    return colon < 0 ? [line, ''] : [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  return { startLine: lines[0] ?? '', headers, length: crlf + 4 };
}

/** All values of a header, in order; the case of the name is ignored. */
export function valuesOf(headers: readonly HeaderPair[], name: string): string[] {
  const wanted = name.toLowerCase();
  return headers.filter(([key]) => key.toLowerCase() === wanted).map(([, value]) => value);
}

export interface Body {
  readonly body: Buffer;
  /** Bytes that the body takes on the wire. */
  readonly length: number;
  readonly complete: boolean;
}

function readChunked(bytes: Buffer): Body {
  const parts: Buffer[] = [];
  let at = 0;
  const cut = (): Body => ({ body: Buffer.concat(parts), length: bytes.length, complete: false });
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd < 0) return cut();
    const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16);
    if (Number.isNaN(size)) return cut();
    if (size === 0) {
      const end = findTrailersEnd(bytes, lineEnd + 2);
      return end === undefined ? cut() : { body: Buffer.concat(parts), length: end, complete: true };
    }
    const start = lineEnd + 2;
    parts.push(bytes.subarray(start, Math.min(start + size, bytes.length)));
    if (bytes.length < start + size + 2) return cut();
    at = start + size + 2;
  }
}

/** Where the trailer section that starts at the offset ends. */
function findTrailersEnd(bytes: Buffer, offset: number): number | undefined {
  let at = offset;
  for (;;) {
    const end = bytes.indexOf('\r\n', at);
    if (end < 0) return undefined;
    if (end === at) return end + 2;
    at = end + 2;
  }
}

export type Framing = 'none' | 'chunked' | 'close' | number;

/** The body at the start of the bytes. A body framed by `close` is never complete here: only the end of the connection tells. */
export function readBody(bytes: Buffer, framing: Framing): Body {
  if (framing === 'none') return { body: Buffer.alloc(0), length: 0, complete: true };
  if (framing === 'chunked') return readChunked(bytes);
  if (framing === 'close') return { body: bytes, length: bytes.length, complete: false };
  return { body: bytes.subarray(0, framing), length: Math.min(framing, bytes.length), complete: bytes.length >= framing };
}

function lengthOf(headers: readonly HeaderPair[]): number | undefined {
  const value = Number.parseInt(valuesOf(headers, 'content-length')[0] ?? '', 10);
  return Number.isNaN(value) ? undefined : value;
}

const isChunked = (headers: readonly HeaderPair[]): boolean => /chunked/i.test(valuesOf(headers, 'transfer-encoding').join());

/** How the body of a request is framed (RFC 9112 6.3, without the refusals). */
export function framingOfRequest(headers: readonly HeaderPair[]): Framing {
  if (isChunked(headers)) return 'chunked';
  return lengthOf(headers) ?? 'none';
}

/** How the body of an answer is framed (RFC 9112 6.3). */
export function framingOfAnswer(status: number, method: string, headers: readonly HeaderPair[]): Framing {
  if (method === 'HEAD' || status === 204 || status === 304 || status < 200) return 'none';
  if (isChunked(headers)) return 'chunked';
  return lengthOf(headers) ?? 'close';
}
