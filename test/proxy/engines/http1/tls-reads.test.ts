// Over TLS what has been read at once is handed on record by record, and reading cannot be stopped between two of them.

import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { answerText } from '../../../support/recording-upstream.ts';
import { useGate } from '../../../support/start-gate.ts';

const FIXTURES = join(import.meta.dirname, '../../../fixtures/tls');
const read = (name: string): Buffer => readFileSync(join(FIXTURES, name));
const OVER_TLS = { recording: { tls: { cert: read('address.pem'), key: read('address-key.pem') } } };
const TLS = { caFile: join(FIXTURES, 'ca.pem') };

const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

describe('an upstream over TLS', () => {
  const gate = useGate({ ...OVER_TLS, upstream: { preset: 'generic', tls: TLS } });

  for (const ending of ['kept', 'ended'] as const) {
    it(`PRX-16 a body in many small chunks arrives unchanged at a reader that waits (connection ${ending})`, async () => {
      const body = randomBytes(12 * 1024 * 1024);
      gate.upstream.script = (_request, socket) => {
        socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
        for (let at = 0; at < body.length; at += 5000) {
          const part = body.subarray(at, at + 5000);
          socket.write(Buffer.concat([Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n')]));
        }
        socket.write('0\r\n\r\n');
        if (ending === 'ended') socket.end();
      };
      const sent = request({
        port: gate.port,
        host: '127.0.0.1',
        path: '/big',
        headers: { cookie: gate.alice, host: `localhost:${gate.port}` },
      });
      const [answer] = (await once(sent.end(), 'response')) as [IncomingMessage];
      const hash = createHash('sha256');
      let pauses = 10;
      for await (const piece of answer as AsyncIterable<Buffer>) {
        hash.update(piece);
        if (pauses-- > 0) await sleep(30);
      }
      expect(hash.digest('hex')).toBe(digest(body));
    });
  }
});

describe('a full pool over TLS', () => {
  const gate = useGate({ ...OVER_TLS, upstream: { preset: 'generic', tls: TLS, maxSockets: 1 } });

  it('PRX-U8 what comes in a record behind an answer is nobody else answer', async () => {
    gate.upstream.script = (request, socket) => {
      if (request.target !== '/first') {
        socket.write(answerText('200 OK', [], request.target));
        return;
      }
      setTimeout(() => {
        const head = 'HTTP/1.1 200 OK\r\nContent-Length: 16000\r\n';
        // The first record, of 16 KiB, ends with the answer.
        const first = `${head}X-Pad: ${'x'.repeat(16_384 - 16_000 - head.length - 'X-Pad: \r\n\r\n'.length)}\r\n\r\n${'1'.repeat(16_000)}`;
        socket.write(first + answerText('200 OK', [], 'EVIL'));
      }, 100);
    };
    const sent = await Promise.all(['/first', '/second'].map((target) => gate.sendAsAlice(`GET ${target}`)));
    expect(sent.map(({ body }) => body)).toEqual(['1'.repeat(16_000), '/second']);
  });
});
