// Nobody gets a byte of another person's answer, though all of them lie in the same few pieces of memory: with readers
// that wait, readers that leave, answers that are cut, and bodies of other framings in between (PRX-16, PRX-33).

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Script } from '../../../support/recording-upstream.ts';
import { type GateOptions, useGate } from '../../../support/start-gate.ts';

const FIXTURES = join(import.meta.dirname, '../../../fixtures/tls');
const read = (name: string): Buffer => readFileSync(join(FIXTURES, name));
const KIB = 1024;
const REQUESTS = 24;
/** More than the kernel holds for a reader that waits. */
const SLOW_SIZE = 16 * 1024 * KIB;
const WAIT_MS = 150;

const seed = Number(process.env['TEST_SEED'] ?? Date.now() % 2 ** 31);
console.log(`body mix-up seed: ${seed}`);

/** Numbers from 0 up to `below`, the same for the same seed (a linear congruential generator). */
function createRandom(start: number): (below: number) => number {
  let state = start >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** A body in which every word says whose it is and where it stands. */
function makeBody(owner: number, size: number): Buffer {
  const words = new Uint32Array(Math.ceil(size / 4));
  for (let at = 0; at < words.length; at += 1) words[at] = owner * 2 ** 24 + at;
  return Buffer.from(words.buffer, 0, size);
}

/** Answers `/OWNER/SIZE/FRAMING`. */
const answerWithOwnWords: Script = ({ target }, socket) => {
  const [, owner, size, framing] = target.split('/');
  const body = makeBody(Number(owner), Number(size));
  if (framing === 'length') socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`);
  else if (framing === 'chunked') socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
  else if (framing === 'cut') socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length + 1}\r\n\r\n`);
  else socket.write('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n');
  for (let at = 0; at < body.length; at += 50_000) {
    const part = body.subarray(at, at + 50_000);
    if (framing === 'chunked') socket.write(Buffer.concat([Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n')]));
    else socket.write(part);
  }
  if (framing === 'chunked') socket.write('0\r\n\r\n');
  if (framing === 'close' || framing === 'cut') socket.end();
};

const upstreams: readonly { readonly name: string; readonly options: GateOptions }[] = [
  { name: 'TCP', options: { upstream: { preset: 'generic', maxSockets: 8 } } },
  {
    name: 'TLS',
    options: {
      recording: { tls: { cert: read('address.pem'), key: read('address-key.pem') } },
      upstream: { preset: 'generic', maxSockets: 8, tls: { caFile: join(FIXTURES, 'ca.pem') } },
    },
  },
  {
    name: 'a Unix socket',
    options: { recording: { path: join(tmpdir(), `framegate-mixup-${process.pid}.sock`) }, upstream: { preset: 'generic', maxSockets: 8 } },
  },
];

for (const { name, options } of upstreams) {
  describe(`answers over ${name}`, () => {
    const gate = useGate(options);

    it('PRX-16, PRX-33 hold their own bytes alone', async () => {
      gate.upstream.script = answerWithOwnWords;
      const random = createRandom(seed);
      const cookies = [gate.alice, await gate.signIn('bob', ['operators']), await gate.signIn('eve', ['operators'])];
      const asks = Array.from({ length: REQUESTS }, (_, index) => {
        const reader = index < 2 ? 'slow' : (['eager', 'leaving'][random(2)] ?? 'eager');
        return {
          owner: index + 1,
          size: reader === 'slow' ? SLOW_SIZE + random(KIB) : random(800 * KIB),
          framing: ['length', 'chunked', 'close', 'cut'][random(4)] ?? 'length',
          reader,
          leavesAt: random(300 * KIB),
          cookie: cookies[index % cookies.length] ?? '',
        };
      });
      let next = 0;
      // Three people with four connections each.
      const work = async (): Promise<void> => {
        for (let ask = asks[next++]; ask !== undefined; ask = asks[next++]) {
          const { owner, size, framing, reader, leavesAt, cookie } = ask;
          const { received, foreign, whole } = await download(`/${owner}/${size}/${framing}`, {
            body: makeBody(owner, size),
            reader,
            leavesAt,
            cookie,
          });
          expect({ ask, foreign }).toEqual({ ask, foreign: 0 });
          if (framing === 'cut') expect(whole).toBe(false);
          else if (reader !== 'leaving') expect({ ask, received, whole }).toEqual({ ask, received: size, whole: true });
        }
      };
      await Promise.all(Array.from({ length: 12 }, work));
    });

    interface Download {
      readonly received: number;
      /** Pieces with bytes of another answer, or of another place in this one. */
      readonly foreign: number;
      readonly whole: boolean;
    }

    async function download(
      path: string,
      { body, reader, leavesAt, cookie }: { body: Buffer; reader: string; leavesAt: number; cookie: string },
    ): Promise<Download> {
      const sent = request({ port: gate.port, host: '127.0.0.1', path, headers: { host: `localhost:${gate.port}`, cookie } });
      sent.on('error', () => {});
      const [answer] = (await once(sent.end(), 'response')) as [IncomingMessage];
      let received = 0;
      let foreign = 0;
      let hasWaited = false;
      try {
        for await (const piece of answer as AsyncIterable<Buffer>) {
          if (!piece.equals(body.subarray(received, received + piece.length))) foreign += 1;
          received += piece.length;
          if (reader === 'leaving' && received > leavesAt) {
            sent.destroy();
            break;
          }
          if (reader === 'slow' && !hasWaited) await sleep(WAIT_MS);
          hasWaited = true;
        }
      } catch {
        // Cut.
      }
      return { received, foreign, whole: answer.complete };
    }
  });
}
