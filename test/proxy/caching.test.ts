import { describe, expect, it } from 'vitest';
import { type CachingInput, cacheControl, mergeVary } from '../../src/proxy/caching.ts';

const ask = (over: Partial<CachingInput>): string =>
  cacheControl({ asset: false, presetKnowsAssets: false, contentType: 'text/plain', cacheControl: undefined, ...over });

describe('cacheControl', () => {
  it.each([
    'text/html',
    'text/html; charset=utf-8',
    'TEXT/HTML',
    'application/json',
    'application/problem+json',
    'application/vnd.api+json; x=y',
    'application/xhtml+xml',
  ])('SEC-B17.1 %s is never stored, whatever the upstream says', (contentType) => {
    for (const upstream of [undefined, 'public, max-age=3600', 'immutable'])
      expect(ask({ contentType, cacheControl: upstream })).toBe('no-store');
  });

  it('SEC-B17.3 nothing is stored under a name that only looks like a file, where the preset knows the files', () => {
    for (const contentType of ['text/css', 'text/javascript', 'image/png']) {
      expect(ask({ presetKnowsAssets: true, contentType, cacheControl: 'public, max-age=31536000' })).toBe('no-store');
    }
  });

  it.each([
    ['public, max-age=31536000', 'private, max-age=31536000'],
    ['public, max-age=31536000, immutable', 'private, max-age=31536000, immutable'],
    ['Public, S-MaxAge=60, Max-Age=60', 'private, max-age=60'],
    ['s-maxage=60', 'private'],
    ['private, max-age=60', 'private, max-age=60'],
    ['no-store', 'private, no-store'],
    [',, max-age=1 ,', 'private, max-age=1'],
  ])('SEC-B17.4 a static file with %j is for the browser only: %j', (upstream, expected) => {
    expect(ask({ asset: true, presetKnowsAssets: true, contentType: 'text/javascript', cacheControl: upstream })).toBe(expected);
    expect(ask({ contentType: 'text/javascript', cacheControl: upstream })).toBe(expected);
  });

  it('a static file about which the upstream says nothing is asked for again; other things are not stored', () => {
    expect(ask({ asset: true, presetKnowsAssets: true })).toBe('private, no-cache');
    expect(ask({})).toBe('no-store');
  });

  it('never lets a shared cache keep anything', () => {
    for (const asset of [true, false]) {
      for (const presetKnowsAssets of [true, false]) {
        for (const upstream of [undefined, 'public', 'max-age=1', 's-maxage=1, public', 'PUBLIC']) {
          expect(ask({ asset, presetKnowsAssets, cacheControl: upstream })).toMatch(/^(?:no-store|private\b)/);
          expect(ask({ asset, presetKnowsAssets, cacheControl: upstream })).not.toMatch(/public|s-maxage/i);
        }
      }
    }
  });
});

describe('mergeVary', () => {
  it.each([
    [undefined, ['Origin'], 'Origin'],
    ['', ['Cookie', 'Origin'], 'Cookie, Origin'],
    ['Accept-Encoding', ['Cookie', 'Origin'], 'Accept-Encoding, Cookie, Origin'],
    ['origin, COOKIE', ['Cookie', 'Origin'], 'origin, COOKIE'],
    ['*', ['Origin'], '*'],
    ['Accept, *', ['Origin'], '*'],
    [' a ,, b ', ['c'], 'a, b, c'],
  ])('SEC-B17.2 %j with %j is %j', (value, names, expected) => {
    expect(mergeVary(value, names)).toBe(expected);
  });
});
