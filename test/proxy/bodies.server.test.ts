// Bodies whose memory is used again while they flow: every byte arrives once, in order and unchanged, whoever is slow and
// however many flow at once (PRX-16).

import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { RawConnection } from '../support/raw-client.ts';
import { useGate } from '../support/start-gate.ts';

const MIB = 1024 * 1024;
/** More than is read at a time, and no multiple of it. */
const SIZE = 3 * MIB + 12_345;
/** More than the kernel holds for a reader that waits, so that it lies with the gate. */
const SLOW_SIZE = 16 * MIB;
const UPLOAD_SIZE = MIB / 2 + 12_345;

const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

describe('large bodies', () => {
  const gate = useGate({ upstream: { preset: 'generic' } });

  for (const framing of ['length', 'chunked', 'close'] as const) {
    it(`PRX-16 five at once arrive unchanged, one of them at a slow reader (${framing})`, async () => {
      const bodies = new Map(
        Array.from({ length: 5 }, (_, index) => [`/${framing}/${index}`, randomBytes(index === 0 ? SLOW_SIZE : SIZE)]),
      );
      gate.upstream.script = ({ target }, socket) => {
        const body = bodies.get(target) ?? Buffer.alloc(0);
        if (framing === 'length') socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`);
        if (framing === 'close') socket.write('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n');
        if (framing === 'chunked') socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
        for (let at = 0; at < body.length; at += 100_000) {
          const part = body.subarray(at, at + 100_000);
          if (framing === 'chunked') socket.write(`${part.length.toString(16)}\r\n`);
          socket.write(part);
          if (framing === 'chunked') socket.write('\r\n');
        }
        if (framing === 'chunked') socket.write('0\r\n\r\n');
        if (framing === 'close') socket.end();
      };
      const digests = await Promise.all([...bodies.keys()].map((target, index) => download(target, index === 0)));
      expect(digests).toEqual([...bodies.values()].map(digest));
    });
  }

  for (const framing of ['Content-Length', 'Transfer-Encoding'] as const) {
    it(`PRX-16 three uploads at once arrive unchanged (${framing})`, async () => {
      const bodies = new Map(Array.from({ length: 3 }, (_, index) => [`/up/${index}`, randomBytes(UPLOAD_SIZE)]));
      await Promise.all(
        [...bodies].map(async ([target, body]) => {
          const sent = request({
            port: gate.port,
            host: '127.0.0.1',
            path: target,
            method: 'POST',
            headers: {
              ...gateHeaders(),
              ...(framing === 'Content-Length' ? { 'Content-Length': body.length } : { 'Transfer-Encoding': 'chunked' }),
            },
          });
          sent.end(body);
          const [answer] = (await once(sent, 'response')) as [IncomingMessage];
          answer.resume();
          expect(answer.statusCode).toBe(200);
        }),
      );
      const received = Object.fromEntries(gate.upstream.requests.map(({ target, body }) => [target, digest(body)]));
      expect(received).toEqual(Object.fromEntries([...bodies].map(([target, body]) => [target, digest(body)])));
    });
  }

  it('PRX-42 a pipelined request reaches the upstream when those before it have been answered', async () => {
    let answered = false;
    const early: string[] = [];
    gate.upstream.script = ({ target }, socket) => {
      if (target === '/slow') {
        setTimeout(() => {
          answered = true;
          socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
        }, 60);
        return;
      }
      if (!answered) early.push(target);
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
    };
    const connection = await RawConnection.open(gate.port);
    connection.write(['/slow', '/next'].map((target) => gate.aliceText(`GET ${target}`)).join(''));
    for (const _ of ['/slow', '/next']) expect((await connection.answer()).status).toBe(200);
    expect(early).toEqual([]);
    expect(gate.upstream.requests.map(({ target }) => target)).toEqual(['/slow', '/next']);
    connection.close();
  });

  /** Headers of a signed-in request, as an object. */
  function gateHeaders(): Record<string, string> {
    const lines = gate.aliceText('GET /', [gate.ownOrigin]).split('\r\n').slice(1);
    return Object.fromEntries(lines.filter((line) => line !== '').map((line) => line.split(/: (.*)/s).slice(0, 2) as [string, string]));
  }

  /** @returns the digest of the body. */
  async function download(target: string, slowly: boolean): Promise<string> {
    const sent = request({ port: gate.port, host: '127.0.0.1', path: target, headers: gateHeaders() }).end();
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    const hash = createHash('sha256');
    let pauseMs = slowly ? 150 : 0;
    for await (const piece of answer as AsyncIterable<Buffer>) {
      hash.update(piece);
      if (pauseMs > 0) await sleep(pauseMs);
      pauseMs = 0;
    }
    return hash.digest('hex');
  }
});
