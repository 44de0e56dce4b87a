// Whoever asks and does not read must not take more memory than the bound allows.

import { setTimeout as sleep } from 'node:timers/promises';
import { brotliDecompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { scriptText } from '../proxy/asset-kit.ts';
import { askFor, createCache, createUpstream, openBrowser } from './cache-kit.ts';

const MIB = 1024 * 1024;
const BODY = scriptText(120_000);
/** What each may have on its way: a piece, and a chunk. */
const PER_BROWSER = 2 * 65_536;

describe('readers who stall', () => {
  it.each(['', 'br'])('hold no more than the bound, the others flow by at their own pace ("%s")', async (accepted) => {
    const upstream = createUpstream(BODY);
    const cache = createCache(upstream, MIB);
    const browsers: ReturnType<typeof openBrowser>[] = [];
    let most = 0;
    for (let index = 0; index < 60; index += 1) {
      browsers.push(openBrowser(cache, `/public/build/${index}.js`, accepted));
      await sleep(2);
      most = Math.max(most, cache.bytes);
    }
    expect(most).toBeLessThanOrEqual(MIB);
    // Most of it was never taken off the upstream.
    expect(upstream.sentBytes).toBeLessThan(MIB + 60 * 2 * 16_384);
    for (const browser of browsers) browser.read();
    await Promise.all(browsers.map(({ ended }) => ended));
    for (const { body, coding } of browsers) expect((coding === 'br' ? brotliDecompressSync(body) : body).toString('latin1')).toBe(BODY);
    cache.close();
    await expect.poll(() => cache.bytes).toBe(0);
  });

  it('are counted until they leave, also for what is no longer kept', async () => {
    const upstream = createUpstream(BODY);
    const cache = createCache(upstream, MIB);
    const browsers = ['/public/a.js', '/public/b.js'].map((target) => openBrowser(cache, target));
    await sleep(20);
    cache.close();
    expect(cache.bytes).toBe(2 * BODY.length);
    browsers[0]?.leave();
    expect(cache.bytes).toBe(BODY.length);
    browsers[1]?.read();
    await browsers[1]?.ended;
    expect(cache.bytes).toBe(0);
  });

  it('are counted until the answer is out, not only until it was handed over', async () => {
    const cache = createCache(createUpstream('x'.repeat(5000)), MIB);
    const browser = openBrowser(cache, '/public/a.js');
    // One piece was the whole of it, and lies in the buffers of the connection.
    await sleep(20);
    cache.close();
    expect(cache.bytes).toBe(5000);
    browser.leave();
    expect(cache.bytes).toBe(0);
  });

  it('hold a file once, however many they are', async () => {
    const upstream = createUpstream(BODY);
    const cache = createCache(upstream, MIB);
    const browsers = Array.from({ length: 50 }, () => openBrowser(cache, '/public/a.js'));
    await sleep(20);
    expect(cache.bytes).toBeLessThan(BODY.length + PER_BROWSER);
    expect(upstream.targets).toHaveLength(1);
    for (const browser of browsers) browser.leave();
  });

  it('do not push out what others use', async () => {
    const upstream = createUpstream(BODY);
    const cache = createCache(upstream, MIB);
    await askFor(cache, '/public/used.js');
    for (let index = 0; index < 30; index += 1) openBrowser(cache, `/public/build/${index}.js`);
    await sleep(30);
    upstream.targets.length = 0;
    await askFor(cache, '/public/used.js');
    expect(upstream.targets).toEqual([]);
  });
});
