// An upstream's answer, read byte by byte or at once: the same head, body and end, or the same refusal. What two parsers
// could read differently is no answer (PRX-24, PRX-U1 to PRX-U8, PRX-H29).

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FramegateError } from '../../../../src/kernel/errors.ts';
import { type AnswerHead, parseAnswerHead } from '../../../../src/proxy/engines/http1/answer-head.ts';
import { AnswerParser } from '../../../../src/proxy/engines/http1/answer-parser.ts';

const seed = Number(process.env['TEST_SEED'] ?? Date.now() % 2 ** 31);
console.log(`answer parser seed: ${seed}`);

interface Read {
  readonly head: Pick<AnswerHead, 'status' | 'rawHeaders' | 'keepAlive'> | undefined;
  readonly body: string;
  readonly ends: number;
  /** Bytes behind the answer, or that were not taken. */
  readonly rest: string;
  readonly fault: string | undefined;
}

/** Reads what one answer is in these pieces; `fin`: the connection then ends. */
function read(pieces: readonly string[], { method = 'GET', fin = false } = {}): Read {
  let head: Read['head'];
  let body = '';
  let ends = 0;
  let rest = '';
  let fault: string | undefined;
  const parser = new AnswerParser({
    onHead: ({ status, rawHeaders, keepAlive }) => {
      head = { status, rawHeaders, keepAlive };
    },
    onBody: (chunk) => {
      body += chunk.toString('latin1');
      return true;
    },
    onEnd: () => {
      ends += 1;
    },
  });
  parser.expect(method);
  try {
    for (const piece of pieces) {
      const bytes = Buffer.from(piece, 'latin1');
      rest += bytes.toString('latin1', parser.push(bytes));
    }
    if (fin) parser.finish();
  } catch (error) {
    fault = (error as FramegateError).reason;
  }
  return { head, body, ends, rest, fault };
}

const OK = 'HTTP/1.1 200 OK\r\n';

describe('an answer', () => {
  const whole: readonly {
    name: string;
    bytes: string;
    method?: string;
    fin?: boolean;
    body: string;
    keepAlive?: boolean;
    rest?: string;
  }[] = [
    { name: 'with a length', bytes: `${OK}Content-Length: 5\r\n\r\nhello`, body: 'hello' },
    { name: 'with a length of 0', bytes: `${OK}Content-Length: 0\r\n\r\n`, body: '' },
    {
      name: 'in chunks',
      bytes: `${OK}Transfer-Encoding: chunked\r\n\r\n5;a="b"\r\nhello\r\n006\r\n world\r\n0\r\n\r\n`,
      body: 'hello world',
    },
    {
      name: 'in chunks, with trailers',
      bytes: `${OK}transfer-encoding: Chunked\r\n\r\n2\r\nok\r\n0\r\nX-T: 1\r\nX-U: 2\r\n\r\n`,
      body: 'ok',
    },
    { name: 'that ends with its connection', bytes: `${OK}\r\nhello`, fin: true, body: 'hello' },
    { name: 'without a reason phrase', bytes: 'HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok', body: 'ok' },
    { name: 'of HTTP/1.0', bytes: 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok', body: 'ok', keepAlive: false },
    { name: 'of HTTP/1.0 that keeps', bytes: 'HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 2\r\n\r\nok', body: 'ok' },
    { name: 'that closes', bytes: `${OK}Connection: x-a, Close\r\nContent-Length: 2\r\n\r\nok`, body: 'ok', keepAlive: false },
    {
      name: 'that closes, and then says that it keeps',
      bytes: `${OK}Connection: close\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok`,
      body: 'ok',
      keepAlive: false,
    },
    { name: 'to HEAD', method: 'HEAD', bytes: `${OK}Content-Length: 5\r\n\r\n`, body: '' },
    { name: 'to HEAD, in chunks', method: 'HEAD', bytes: `${OK}Transfer-Encoding: chunked\r\n\r\n`, body: '' },
    { name: '204, whatever its length', bytes: 'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n', body: '' },
    { name: '304', bytes: 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n', body: '' },
    {
      name: 'after interim ones',
      bytes: `HTTP/1.1 102 P\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${OK}Content-Length: 2\r\n\r\nok`,
      body: 'ok',
    },
    { name: 'before one that nobody asked for', bytes: `${OK}Content-Length: 2\r\n\r\nok${OK}\r\nEVIL`, body: 'ok', rest: `${OK}\r\nEVIL` },
  ];

  for (const { name, bytes, body, keepAlive = true, rest = '', ...options } of whole) {
    it(`PRX-16, PRX-19 ${name} is read whole, in whatever pieces it comes`, () => {
      for (const pieces of [[bytes], [...bytes]]) {
        const found = read(pieces, options);
        expect(found).toMatchObject({ body, ends: 1, rest, fault: undefined, head: { keepAlive } });
      }
    });
  }

  it('keeps names and values as they are, without the blanks around a value', () => {
    const { head } = read([`${OK}X-a:  b c \t\r\nSet-Cookie: a=1\r\nset-cookie:b=2\r\nX-Empty:\r\nContent-Length: 0\r\n\r\n`]);
    expect(head?.rawHeaders).toEqual(['X-a', 'b c', 'Set-Cookie', 'a=1', 'set-cookie', 'b=2', 'X-Empty', '', 'Content-Length', '0']);
  });
});

describe('how long a free connection is kept', () => {
  it.each([
    ['timeout=5', 5],
    ['max=100, Timeout=30', 30],
    ['max=100', undefined],
    ['timeout=forever', undefined],
    ['xtimeout=1', undefined],
  ])('PRX-39 Keep-Alive: %s', (value, seconds) => {
    expect(parseAnswerHead(`${OK}Keep-Alive: ${value}\r\n`).keepAliveSeconds).toBe(seconds);
  });
});

describe('what is no answer is refused, in whatever pieces it comes', () => {
  const rows: readonly { name: string; bytes: string; fault: string }[] = [
    { name: 'PRX-U3 garbage', bytes: 'garbage\r\n\r\n', fault: 'status-line' },
    { name: 'PRX-U1 status 000', bytes: 'HTTP/1.1 000 Zero\r\n\r\n', fault: 'status-line' },
    { name: 'PRX-U3 status 1000', bytes: 'HTTP/1.1 1000 X\r\n\r\n', fault: 'status-line' },
    { name: 'HTTP/2', bytes: 'HTTP/2 200 OK\r\n\r\n', fault: 'status-line' },
    { name: 'a bare LF after the status line', bytes: `HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n`, fault: 'status-line' },
    { name: 'PRX-U6 101', bytes: 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n', fault: 'unasked-upgrade' },
    { name: 'PRX-U5 two framings', bytes: `${OK}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n`, fault: 'two-framings' },
    { name: 'PRX-U5 two lengths', bytes: `${OK}Content-Length: 2\r\nContent-Length: 2\r\n\r\nok`, fault: 'content-length' },
    { name: 'a list of lengths', bytes: `${OK}Content-Length: 2, 2\r\n\r\nok`, fault: 'content-length' },
    { name: 'a length with a sign', bytes: `${OK}Content-Length: +2\r\n\r\nok`, fault: 'content-length' },
    { name: 'an empty length', bytes: `${OK}Content-Length: \r\n\r\nok`, fault: 'content-length' },
    { name: 'PRX-U7 another coding', bytes: `${OK}Transfer-Encoding: gzip, chunked\r\n\r\n`, fault: 'transfer-coding' },
    { name: 'chunked twice', bytes: `${OK}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n`, fault: 'transfer-coding' },
    { name: 'chunked in HTTP/1.0', bytes: 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', fault: 'transfer-coding' },
    { name: 'a folded line', bytes: `${OK}X-A: a\r\n b\r\n\r\n`, fault: 'header-name' },
    { name: 'a space before the colon', bytes: `${OK}Content-Length : 2\r\n\r\nok`, fault: 'header-name' },
    { name: 'a line without a colon', bytes: `${OK}X-A\r\n\r\n`, fault: 'header-name' },
    { name: 'PRX-U5 a control byte', bytes: `${OK}X-A: a\x01b\r\n\r\n`, fault: 'header-byte' },
    { name: 'NUL', bytes: `${OK}X-A: a\0b\r\n\r\n`, fault: 'header-byte' },
    { name: 'a bare CR', bytes: `${OK}X-A: a\rX-B: b\r\n\r\n`, fault: 'header-byte' },
    { name: 'PRX-U5 a head of 20 000 bytes', bytes: `${OK}X-A: ${'a'.repeat(20_000)}\r\n\r\n`, fault: 'head-too-long' },
    { name: 'interim answers without end', bytes: 'HTTP/1.1 102 Processing\r\n\r\n'.repeat(1000), fault: 'head-too-long' },
    { name: 'PRX-24 no chunk size', bytes: `${OK}Transfer-Encoding: chunked\r\n\r\nzz\r\n`, fault: 'chunk-size' },
    { name: 'a chunk size with 0x', bytes: `${OK}Transfer-Encoding: chunked\r\n\r\n0x2\r\nok\r\n`, fault: 'chunk-size' },
    { name: 'a negative chunk size', bytes: `${OK}Transfer-Encoding: chunked\r\n\r\n-2\r\nok\r\n`, fault: 'chunk-size' },
    { name: 'a chunk size beyond all numbers', bytes: `${OK}Transfer-Encoding: chunked\r\n\r\n${'f'.repeat(14)}\r\n`, fault: 'chunk-size' },
    { name: 'a chunk size that ends in a bare LF', bytes: `${OK}Transfer-Encoding: chunked\r\n\r\n2\nok\r\n`, fault: 'chunk-size' },
    {
      name: 'a chunk extension of 300 bytes',
      bytes: `${OK}Transfer-Encoding: chunked\r\n\r\n2;${'x'.repeat(300)}\r\nok\r\n`,
      fault: 'chunk-size',
    },
    { name: 'a chunk that is longer than it says', bytes: `${OK}Transfer-Encoding: chunked\r\n\r\n2\r\noken\r\n`, fault: 'chunk-end' },
    { name: 'a folded trailer', bytes: `${OK}Transfer-Encoding: chunked\r\n\r\n0\r\n x\r\n\r\n`, fault: 'header-name' },
    {
      name: 'a framing among the trailers',
      bytes: `${OK}Transfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 2\r\n\r\n`,
      fault: 'trailers',
    },
    {
      name: 'trailers without end',
      bytes: `${OK}Transfer-Encoding: chunked\r\n\r\n0\r\n${'X-A: b\r\n'.repeat(3000)}`,
      fault: 'head-too-long',
    },
  ];

  for (const { name, bytes, fault } of rows) {
    it(name, () => {
      // In single bytes only as far as it takes; a long head would be a quarter of a gigabyte of copies.
      for (const pieces of [[bytes], bytes.length < 1000 ? [...bytes] : [bytes.slice(0, 9000), bytes.slice(9000)]]) {
        expect(read(pieces)).toMatchObject({ fault, ends: 0 });
      }
    });
  }

  it.each([
    ['half a head', `${OK}Content-`],
    ['nothing', ''],
    ['half a body', `${OK}Content-Length: 9\r\n\r\nhalf`],
    ['a chunked body without its end', `${OK}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n`],
    ['a last chunk without the empty line', `${OK}Transfer-Encoding: chunked\r\n\r\n0\r\n`],
  ])('PRX-U16 %s, then FIN', (_name, bytes) => {
    for (const pieces of [[bytes], [...bytes]]) expect(read(pieces, { fin: true })).toMatchObject({ fault: 'answer-cut', ends: 0 });
  });
});

describe('an answer in pieces', () => {
  const chunk = fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((byte) => String.fromCharCode(byte)), minLength: 1, maxLength: 60 });
  const answer = fc.record({ chunks: fc.array(chunk, { maxLength: 6 }), chunked: fc.boolean() }).map(({ chunks, chunked }) => {
    const body = chunks.join('');
    const framed = chunked ? `${chunks.map((text) => `${text.length.toString(16)}\r\n${text}\r\n`).join('')}0\r\n\r\n` : body;
    return { body, bytes: `${OK}${chunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${body.length}`}\r\n\r\n${framed}` };
  });
  const cuts = fc.array(fc.nat({ max: 400 }), { maxLength: 8 });
  const cutAt = (bytes: string, places: readonly number[]): string[] => {
    const sorted = [0, ...places.filter((place) => place < bytes.length).sort((a, b) => a - b), bytes.length];
    return sorted.slice(1).map((place, index) => bytes.slice(sorted[index], place));
  };

  it('has the same body wherever it is cut', () => {
    fc.assert(
      fc.property(answer, cuts, ({ body, bytes }, places) => {
        expect(read(cutAt(bytes, places))).toMatchObject({ body, ends: 1, rest: '', fault: undefined });
      }),
      { seed, numRuns: 300 },
    );
  });

  it('with a byte changed is read the same way wherever it is cut', () => {
    fc.assert(
      fc.property(answer, cuts, fc.nat({ max: 400 }), fc.integer({ min: 0, max: 255 }), ({ bytes }, places, at, byte) => {
        const changed = bytes.slice(0, at) + String.fromCharCode(byte) + bytes.slice(at + 1);
        const [whole, inPieces] = [read([changed], { fin: true }), read(cutAt(changed, places), { fin: true })];
        expect([inPieces.ends, inPieces.head?.status, inPieces.fault === undefined]).toEqual([
          whole.ends,
          whole.head?.status,
          whole.fault === undefined,
        ]);
        if (whole.fault === undefined) expect(inPieces.body).toBe(whole.body);
      }),
      { seed, numRuns: 300 },
    );
  });

  it('is taken no further while the listener can take no more', () => {
    const bytes = Buffer.from(`${OK}Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n`);
    const seen: string[] = [];
    const parser = new AnswerParser({
      onHead: () => {},
      onBody: (piece) => {
        seen.push(piece.toString());
        return false;
      },
      onEnd: () => seen.push('end'),
    });
    parser.expect('GET');
    let at = 0;
    const steps: string[][] = [];
    while (at < bytes.length) {
      at += parser.push(bytes.subarray(at));
      steps.push([...seen]);
    }
    expect(steps).toEqual([['ab'], ['ab', 'cd'], ['ab', 'cd', 'end']]);
  });
});
