// The cache by itself, in front of a sender that answers at once: time and memory.

import { EventEmitter } from 'node:events';
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { brotliDecompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type AssetCache, createAssetCache } from '../../src/cache/asset-cache.ts';
import { createBackground } from '../../src/cache/background.ts';
import type { Control, Sender } from '../../src/cache/ports.ts';
import type { FramegateError } from '../../src/kernel/errors.ts';
import { scriptText } from '../proxy/asset-kit.ts';

const MIB = 1024 * 1024;
const HEADERS = ['Cache-Control', 'public, max-age=3600', 'Content-Type', 'text/javascript'];

interface Answer {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

/** Asks as a browser does. Fails as the receiver is told to. */
function ask(cache: AssetCache, target: string, headers: OutgoingHttpHeaders = { 'accept-encoding': 'br' }): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const chunks: Buffer[] = [];
  let head: Omit<Answer, 'body'> = { status: 0, headers: {} };
  let control: Control | undefined;
  const res = new EventEmitter() as unknown as ServerResponse;
  cache.request(
    { req: { method: 'GET' } as IncomingMessage, res, target, headers },
    {
      head(status, raw, given) {
        control = given;
        head = {
          status,
          headers: Object.fromEntries(raw.flatMap((name, i) => (i % 2 === 0 ? [[name.toLowerCase(), raw[i + 1] ?? '']] : []))),
        };
      },
      // A browser that takes one piece at a time.
      data(chunk) {
        chunks.push(chunk);
        setImmediate(() => control?.resume());
        return false;
      },
      end() {
        res.emit('close');
        resolve({ ...head, body: Buffer.concat(chunks) });
      },
      failed: (error: FramegateError) => reject(error),
    },
  );
  return promise;
}

function setUp({ maxBytes = 8 * MIB, rawHeaders = HEADERS, bodyOf = (target: string) => scriptText(50_000, target.length + 1) } = {}) {
  const clock = { ms: 1_000_000, now: () => clock.ms };
  const asked: { target: string; headers: OutgoingHttpHeaders }[] = [];
  const sender: Sender = {
    request({ target, headers }, receiver) {
      asked.push({ target, headers });
      const body = Buffer.from(bodyOf(target), 'latin1');
      setImmediate(() => {
        receiver.head(200, [...rawHeaders, 'Content-Length', String(body.length)], { resume() {}, destroy() {} });
        for (let at = 0; at < body.length; at += 16_384) receiver.data(body.subarray(at, at + 16_384));
        receiver.end();
      });
    },
  };
  const background = createBackground(1);
  const tally = { hits: 0, shared: 0, misses: 0, passed: 0 };
  const cache = createAssetCache({ sender, clock, background, maxBytes, compress: true, idleMs: 1000, identityHeaders: [], tally });
  return { cache, clock, asked, background, tally };
}

describe('the forms of an asset', () => {
  it('the quick one comes first, the small one is made behind it and replaces it; the bytes are the same', async () => {
    const { cache } = setUp();
    const quick = await ask(cache, '/public/a.js');
    expect(quick.headers['content-encoding']).toBe('br');
    await expect.poll(async () => (await ask(cache, '/public/a.js')).body.length, { timeout: 5000 }).toBeLessThan(quick.body.length * 0.95);
    const good = await ask(cache, '/public/a.js');
    expect(good.headers['content-length']).toBe(String(good.body.length));
    expect(brotliDecompressSync(good.body).equals(brotliDecompressSync(quick.body))).toBe(true);
  });

  it('one that saves nothing is forgotten, and the plain one sent', async () => {
    let state = 1;
    const nextByte = () => {
      state = (state * 48_271) % 2_147_483_647;
      return String.fromCharCode(state % 256);
    };
    const random = Array.from({ length: 40_000 }, nextByte).join('');
    const { cache } = setUp({ bodyOf: () => random });
    const codingOf = async () => (await ask(cache, '/public/a.js', { 'accept-encoding': 'gzip' })).headers['content-encoding'];
    expect(await codingOf()).toBe('gzip');
    await expect.poll(codingOf, { timeout: 5000 }).toBeUndefined();
  });

  it('nothing is polished while somebody is being served', async () => {
    const background = createBackground(1);
    const release = background.hold();
    let done = 0;
    const work = async () => {
      done += 1;
    };
    background.add(work);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(done).toBe(0);
    release();
    await expect.poll(() => done).toBe(1);
    background.close();
    background.add(work);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(done).toBe(1);
  });
});

describe('the tally', () => {
  it('counts a request by what answers it: memory, what is under way for another, the upstream, or the upstream past the cache', async () => {
    const { cache, tally } = setUp();
    await Promise.all([ask(cache, '/public/a.js'), ask(cache, '/public/a.js')]);
    await ask(cache, '/public/a.js');
    await ask(cache, '/public/a.js', { 'content-length': '1' });
    expect(tally).toEqual({ hits: 1, shared: 1, misses: 1, passed: 1 });
  });
});

describe('time', () => {
  it('Age says how long it has been kept (RFC 9111 5.1)', async () => {
    const { cache, clock } = setUp({ rawHeaders: [...HEADERS, 'Age', '5'] });
    await ask(cache, '/public/a.js');
    clock.ms += 90_000;
    expect((await ask(cache, '/public/a.js')).headers['age']).toBe('95');
  });

  it('after max-age it is asked for again, with what there is to ask by', async () => {
    const { cache, clock, asked } = setUp({ rawHeaders: [...HEADERS, 'ETag', '"v1"', 'Last-Modified', 'Fri, 20 Nov 2026 21:18:31 GMT'] });
    await ask(cache, '/public/a.js');
    clock.ms += 3_599_000;
    await ask(cache, '/public/a.js');
    expect(asked).toHaveLength(1);
    clock.ms += 2000;
    await ask(cache, '/public/a.js');
    expect(asked[1]?.headers).toMatchObject({ 'if-none-match': '"v1"', 'if-modified-since': 'Fri, 20 Nov 2026 21:18:31 GMT' });
  });

  it('a year is cut to a day', async () => {
    const { cache, clock, asked } = setUp({ rawHeaders: ['Cache-Control', 'public, max-age=31536000', 'Content-Type', 'text/css'] });
    await ask(cache, '/public/build/a.css');
    clock.ms += 25 * 60 * 60 * 1000;
    await ask(cache, '/public/build/a.css');
    expect(asked).toHaveLength(2);
  });
});

describe('memory', () => {
  it('never takes more than its bound, whatever is asked for, in all forms', async () => {
    const { cache } = setUp({ maxBytes: MIB, bodyOf: (target) => scriptText(10_000 + (target.length % 7) * 20_000, target.length) });
    let most = 0;
    for (let round = 0; round < 60; round += 1) {
      const targets = Array.from({ length: 5 }, (_, index) => `/public/${'x'.repeat(1 + (round % 11))}/${round}-${index}.js`);
      await Promise.all(targets.flatMap((target) => ['br', 'gzip', ''].map((coding) => ask(cache, target, { 'accept-encoding': coding }))));
      most = Math.max(most, cache.bytes);
    }
    expect(most).toBeLessThanOrEqual(MIB);
    expect(most).toBeGreaterThan(MIB / 2);
    cache.close();
    await expect.poll(() => cache.bytes).toBe(0);
  });
});
