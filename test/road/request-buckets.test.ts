// A bucket for each session: so many requests at once, so many in the long run, and no memory for those who are silent.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RequestBuckets, type RequestRate } from '../../src/road/request-buckets.ts';

const SEED = Number(process.env['TEST_SEED'] ?? Date.now() % 2 ** 31);
const RATE: RequestRate = { perSecond: 2, burst: 3 };
const MINUTE_MS = 60_000;

function takeAll(buckets: RequestBuckets, key: string, nowMs: number, rate = RATE): number {
  let taken = 0;
  while (buckets.take(key, rate, nowMs) === undefined) taken += 1;
  return taken;
}

describe('the buckets of requests', () => {
  it('give as many at once as the burst says, then as many in a second as the rate says', () => {
    const buckets = new RequestBuckets();
    expect(takeAll(buckets, 'a', 1000)).toBe(3);
    expect(takeAll(buckets, 'a', 1499)).toBe(0);
    expect(takeAll(buckets, 'a', 1500)).toBe(1);
    expect(takeAll(buckets, 'a', 2500)).toBe(2);
    expect(takeAll(buckets, 'a', 1_000_000)).toBe(3);
  });

  it('say how long it takes until there is one', () => {
    const buckets = new RequestBuckets();
    takeAll(buckets, 'a', 0);
    expect(buckets.take('a', RATE, 0)?.retryAfterSeconds).toBeCloseTo(0.5);
    expect(buckets.take('a', RATE, 400)?.retryAfterSeconds).toBeCloseTo(0.1);
  });

  it('are one for each session', () => {
    const buckets = new RequestBuckets();
    takeAll(buckets, 'a', 0);
    expect(takeAll(buckets, 'b', 0)).toBe(3);
  });

  it('say of each session once a minute that there was none', () => {
    const buckets = new RequestBuckets();
    const rate = { perSecond: 1, burst: 1 };
    const tell = (key: string, atMs: number) => (buckets.take(key, rate, atMs) ?? buckets.take(key, rate, atMs))?.isRepeated;
    expect([0, 0, 1000, MINUTE_MS - 1].map((atMs) => tell('a', atMs))).toEqual([false, true, true, true]);
    expect(tell('b', MINUTE_MS - 1)).toBe(false);
    expect([MINUTE_MS, MINUTE_MS + 1].map((atMs) => tell('a', atMs))).toEqual([false, true]);
  });

  it('lock nobody out when the clock is set back', () => {
    const buckets = new RequestBuckets();
    takeAll(buckets, 'a', 3_600_000);
    expect(takeAll(buckets, 'a', 0)).toBe(0);
    expect(takeAll(buckets, 'a', 500)).toBe(1);
  });

  it('hold no more than another configuration allows', () => {
    const buckets = new RequestBuckets();
    buckets.take('a', { perSecond: 1, burst: 100 }, 0);
    expect(takeAll(buckets, 'a', 0, { perSecond: 1, burst: 5 })).toBe(5);
  });

  it('SEC-D8.5 take bounded memory, whoever comes, and none for those who are silent', () => {
    const buckets = new RequestBuckets(100);
    for (let index = 0; index < 5000; index += 1) buckets.take(`flood ${index}`, RATE, 0);
    expect(buckets.size).toBeLessThanOrEqual(200);
    for (const atMs of [MINUTE_MS, 2 * MINUTE_MS, 3 * MINUTE_MS]) buckets.take('a', RATE, atMs);
    expect(buckets.size).toBe(1);
  });

  it(`SEC-D8.5 give what one bucket for each that is never forgotten gives (seed ${SEED})`, () => {
    const step = fc.record({
      key: fc.constantFrom('a', 'b', 'c'),
      passedMs: fc.oneof(fc.constant(0), fc.nat(3000), fc.nat(10 * MINUTE_MS)),
    });
    const rate = fc.record({ perSecond: fc.integer({ min: 1, max: 50 }), burst: fc.integer({ min: 1, max: 600 }) });
    fc.assert(
      fc.property(rate, fc.array(step, { maxLength: 200 }), (anyRate, steps) => {
        const buckets = new RequestBuckets();
        const kept = new Map<string, { tokens: number; atMs: number }>();
        let nowMs = 1_800_000_000_000;
        for (const { key, passedMs } of steps) {
          nowMs += passedMs;
          const { tokens, atMs } = kept.get(key) ?? { tokens: anyRate.burst, atMs: nowMs };
          const now = Math.min(anyRate.burst, tokens + ((nowMs - atMs) / 1000) * anyRate.perSecond);
          expect(buckets.take(key, anyRate, nowMs) === undefined).toBe(now >= 1);
          kept.set(key, { tokens: now >= 1 ? now - 1 : now, atMs: nowMs });
        }
      }),
      { seed: SEED, numRuns: 200 },
    );
  });
});
