// One file has few names: neither memory nor compressor can be filled with it by asking in other words.

import { describe, expect, it } from 'vitest';
import { scriptText } from '../proxy/asset-kit.ts';
import { askFor, createCache, createUpstream } from './cache-kit.ts';

const MIB = 1024 * 1024;
const MODULE = '/public/plugins/grafana-testdata-datasource/module.js';

function setUp(bytes = 5000) {
  const upstream = createUpstream(scriptText(bytes));
  return { upstream, cache: createCache(upstream, 512 * MIB) };
}

describe('a target', () => {
  it.each(['/public/build/a.0123456789abcdef.js', `${MODULE}?_cache=12.2.0`, '/grafana/public/img/a~b@2x,c+d.svg'])(
    '%s is kept',
    async (target) => {
      const { upstream, cache } = setUp();
      for (let time = 0; time < 2; time += 1) await askFor(cache, target, 'br');
      expect(upstream.targets).toHaveLength(1);
    },
  );

  it.each([
    `${MODULE}?`,
    `${MODULE}?n=1`,
    `${MODULE}?_cache=`,
    `${MODULE}?_cache=1&n=1`,
    `${MODULE}?_cache=1?`,
    `${MODULE}?_cache=%31`,
    `${MODULE}?_cache=${'1'.repeat(65)}`,
    '/public/build/%61.js',
    '/public//build/a.js',
    `/public/${'a'.repeat(1024)}.js`,
  ])('%s is passed on each time, uncompressed, and takes no memory', async (target) => {
    const { upstream, cache } = setUp();
    for (let time = 0; time < 2; time += 1) expect((await askFor(cache, target, 'br')).coding).toBeUndefined();
    expect(upstream.targets).toEqual([target, target]);
    expect(cache.bytes).toBe(0);
  });

  it('is kept in at most four versions, those under way among them', async () => {
    const { upstream, cache } = setUp();
    const versions = Array.from({ length: 10 }, (_, index) => `${MODULE}?_cache=${index}`);
    await Promise.all(versions.map((target) => askFor(cache, target)));
    upstream.targets.length = 0;
    for (const target of versions) await askFor(cache, target);
    expect(upstream.targets).toEqual(versions.slice(4));
    cache.close();
    upstream.targets.length = 0;
    for (let time = 0; time < 2; time += 1) await askFor(cache, versions[9] ?? '');
    expect(upstream.targets).toHaveLength(1);
  });
});

describe('the compressor', () => {
  it('keeps nobody waiting in a long line: the plain form is sent, and a compressed one later', async () => {
    const { cache } = setUp(300_000);
    const targets = Array.from({ length: 60 }, (_, index) => `/public/build/${index}.js`);
    const browsers = await Promise.all(targets.map((target) => askFor(cache, target, 'br')));
    const coded = browsers.filter(({ coding }) => coding === 'br').length;
    expect(coded).toBeGreaterThan(0);
    expect(coded).toBeLessThanOrEqual(32);
    const at = browsers.findIndex(({ coding }) => coding === undefined);
    await expect.poll(async () => (await askFor(cache, targets[at] ?? '', 'br')).coding).toBe('br');
  });

  it('is waited for by those who accept nothing plain: they get the answer of the upstream', async () => {
    const { cache, upstream } = setUp(300_000);
    const targets = Array.from({ length: 60 }, (_, index) => `/public/build/${index}.js`);
    await Promise.all(targets.map((target) => askFor(cache, target, 'br, identity;q=0')));
    expect(upstream.targets.length).toBeGreaterThan(60);
  });
});
