// Our reading of an answer beside that of node:http's client, whose parser (llhttp) is strict. What it refuses, we refuse;
// what both take, both take in the same way; we may refuse more (PRX-24, PRX-H29).

import { request } from 'node:http';
import { Duplex } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AnswerParser } from '../../../../src/proxy/engines/http1/answer-parser.ts';

const seed = Number(process.env['TEST_SEED'] ?? Date.now() % 2 ** 31);
console.log(`answer differential seed: ${seed}`);

/** What a reader makes of an answer; undefined: it refuses it, or takes it for cut. */
type Reading = { readonly status: number; readonly headers: readonly string[]; readonly body: string } | undefined;

/** @returns what it makes of it, and how many bytes of it that took. */
function readOurs(bytes: Buffer, method: string): { readonly reading: Reading; readonly taken: number } {
  let reading: Reading;
  let taken = 0;
  let body = '';
  let isWhole = false;
  const parser = new AnswerParser({
    onHead: ({ status, rawHeaders }) => {
      reading = { status, headers: rawHeaders, body };
    },
    onBody: (chunk) => {
      body += chunk.toString('latin1');
      return true;
    },
    onEnd: () => {
      isWhole = true;
    },
  });
  parser.expect(method);
  try {
    taken = parser.push(bytes);
    parser.finish();
  } catch {
    return { reading: undefined, taken };
  }
  return { reading: isWhole && reading !== undefined ? { ...reading, body } : undefined, taken };
}

/** The connection brings these bytes once the request has been written, and ends. */
function readTheirs(bytes: Buffer, method: string): Promise<Reading> {
  return new Promise((resolve) => {
    let sent = false;
    const socket = new Duplex({
      read() {},
      write(_chunk, _encoding, done) {
        done();
        if (sent) return;
        sent = true;
        socket.push(bytes);
        socket.push(null);
      },
    });
    const asked = request({ method, createConnection: () => socket });
    asked.on('error', () => resolve(undefined));
    asked.on('upgrade', () => resolve(undefined));
    asked.on('response', (answer) => {
      let body = '';
      answer.on('error', () => resolve(undefined));
      answer.on('data', (chunk: Buffer) => {
        body += chunk.toString('latin1');
      });
      answer.on('end', () => {
        resolve(answer.complete ? { status: answer.statusCode ?? 0, headers: answer.rawHeaders, body } : undefined);
      });
      answer.on('close', () => resolve(undefined));
    });
    asked.end();
  });
}

const CRLF = '\r\n';
const eol = fc.oneof({ weight: 30, arbitrary: fc.constant(CRLF) }, fc.constantFrom('\n', '\r', '\r\r\n', '\n\r', ''));
const odd = fc.constantFrom(
  '\0',
  '\x01',
  '\t',
  '\n',
  '\r',
  '\v',
  '\f',
  ' ',
  '\x7f',
  '\x80',
  '\xa0',
  '\xff',
  ':',
  ';',
  ',',
  '"',
  '0',
  '+',
  '-',
);
const statusLine = fc.oneof(
  { weight: 10, arbitrary: fc.constantFrom('HTTP/1.1 200 OK', 'HTTP/1.1 404 Not Found', 'HTTP/1.0 200 OK') },
  fc.constantFrom(
    'HTTP/1.1 200',
    'HTTP/1.1 200 ',
    'HTTP/1.1  200 OK',
    'HTTP/1.1\t200 OK',
    'HTTP/1.1 0200 OK',
    'HTTP/1.1 20 OK',
    'HTTP/1.1 2000 OK',
    'HTTP/1.1 099 X',
    'HTTP/1.1 999 X',
    'HTTP/1.1 204 No Content',
    'HTTP/1.1 304 Not Modified',
    'HTTP/1.1 205 Reset',
    'HTTP/1.1 101 Switching Protocols',
    'HTTP/1.2 200 OK',
    'HTTP/2.0 200 OK',
    'HTTP/0.9 200 OK',
    'http/1.1 200 OK',
    'HTTP/1.1 200\x01OK',
    'HTTP/1.1 200 caf\xe9',
    'HTTP/1.1 200OK',
    ' HTTP/1.1 200 OK',
    '\r\nHTTP/1.1 200 OK',
    'ICY 200 OK',
    'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK',
    'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK',
    'HTTP/1.1 102 P\r\nContent-Length: 5\r\n\r\nHTTP/1.1 200 OK',
    'HTTP/1.1 102 P\r\nTransfer-Encoding: chunked\r\n\r\nHTTP/1.1 200 OK',
  ),
);
const header = fc.oneof(
  fc.constantFrom('Content-Length: 5', 'Transfer-Encoding: chunked', 'X-A: b', 'Connection: close', 'Connection: keep-alive'),
  fc.constantFrom(
    'Content-Length: +5',
    'Content-Length: -5',
    'Content-Length: 5 ',
    'Content-Length: 5, 5',
    'Content-Length: 5 5',
    'Content-Length: 0x5',
    'Content-Length: 05',
    'Content-Length:',
    'Content-Length: 5\t',
    'Content-Length : 5',
    'Content-Length\t: 5',
    'Content_Length: 7',
    'Content-Length: 18446744073709551621',
    'Content-Length: 9007199254740993',
    'content-length:5',
    'Transfer-Encoding: gzip, chunked',
    'Transfer-Encoding: chunked, gzip',
    'Transfer-Encoding: chunked, chunked',
    'Transfer-Encoding: identity',
    'Transfer-Encoding:\tchunked',
    'Transfer-Encoding: Chunked',
    'Transfer-Encoding: xchunked',
    'Transfer-Encoding: chunked;a=b',
    'Transfer-Encoding: "chunked"',
    'Transfer-Encoding:',
    'Transfer-Encoding : chunked',
    'Connection: upgrade',
    'Upgrade: websocket',
    'X-A: a\r\n folded',
    'X-A: a\r\n\tTransfer-Encoding: chunked',
    ' X-A: a',
    'X-A',
    ': a',
    'X A: a',
    'X-A: \0',
    'X-A: a\rb',
    'X-A: caf\xe9',
    'X(A): b',
    'X-\xe9: b',
    '',
  ),
);
const chunk = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('5\r\nhello\r\n', '2\r\nab\r\n', 'a\r\n0123456789\r\n') },
  fc.constantFrom(
    '05\r\nhello\r\n',
    '5 \r\nhello\r\n',
    ' 5\r\nhello\r\n',
    '5;a=b\r\nhello\r\n',
    '5 ;a=b\r\nhello\r\n',
    '5;a="b\\"c"\r\nhello\r\n',
    '5;\r\nhello\r\n',
    '5;a\x01\r\nhello\r\n',
    '5;a\n\r\nhello\r\n',
    '5\nhello\r\n',
    '5\r\nhello\n',
    '5\r\nhello',
    '5\r\nhello\r\r\n',
    '0x5\r\nhello\r\n',
    '+5\r\nhello\r\n',
    '-5\r\nhello\r\n',
    '5\r\r\nhello\r\n',
    '6\r\nhello\r\n',
    '4\r\nhello\r\n',
    '10000000000000005\r\nhello\r\n',
    'fffffffffffffffff\r\nhello\r\n',
    '\r\nhello\r\n',
    '5,5\r\nhello\r\n',
  ),
);
const lastChunk = fc.oneof(
  { weight: 4, arbitrary: fc.constant('0\r\n\r\n') },
  fc.constantFrom(
    '0\r\n',
    '',
    '00\r\n\r\n',
    '0;a\r\n\r\n',
    '0\r\nX-T: 1\r\n\r\n',
    '0\r\nX-T\r\n\r\n',
    '0\r\n X\r\n\r\n',
    '0\n\n',
    '0\r\n\n',
    '0\r\nContent-Length: 5\r\n\r\n',
  ),
);
const body = fc.oneof(
  fc.constantFrom('hello', 'hell', 'hello!', ''),
  fc.tuple(fc.array(chunk, { maxLength: 3 }), lastChunk).map(([chunks, last]) => chunks.join('') + last),
);
const answer = fc
  .tuple(
    statusLine,
    eol,
    fc.array(fc.tuple(header, eol), { maxLength: 4 }),
    eol,
    body,
    fc.option(fc.tuple(fc.nat({ max: 120 }), odd), { freq: 5 }),
  )
  .map(([start, startEnd, headers, headEnd, rest, change]) => {
    const text = start + startEnd + headers.map(([line, end]) => line + end).join('') + headEnd + rest;
    return change === null ? text : text.slice(0, change[0]) + change[1] + text.slice(change[0] + 1);
  });

describe('an answer', () => {
  it('is refused where node:http refuses it, and is else the same answer', async () => {
    let both = 0;
    await fc.assert(
      fc.asyncProperty(answer, fc.constantFrom('GET', 'GET', 'HEAD'), async (text, method) => {
        const bytes = Buffer.from(text, 'latin1');
        const { reading, taken } = readOurs(bytes, method);
        if (reading === undefined) return;
        both += 1;
        // Bytes behind it end the connection; node:http may refuse both together.
        expect(reading).toEqual(await readTheirs(bytes.subarray(0, taken), method));
      }),
      { seed, numRuns: 3000 },
    );
    // The property would hold for a reader that takes nothing.
    expect(both).toBeGreaterThan(300);
  });
});
