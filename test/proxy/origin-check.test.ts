// The matrix of SEC-D7.2: Fetch Metadata first, then Origin, then Referer, else no.

import { describe, expect, it } from 'vitest';
import { refererOrigin } from '../../src/kernel/origin.ts';
import { isUnsafe, judgeOrigin, judgeUpgradeOrigin } from '../../src/proxy/origin-check.ts';

const OWN = 'https://p.test';

describe('judgeOrigin', () => {
  it.each([
    ['Fetch Metadata says same-origin', { 'sec-fetch-site': 'same-origin' }],
    ['and Origin agrees', { 'sec-fetch-site': 'same-origin', origin: OWN }],
    ['or a page without referrer says null', { 'sec-fetch-site': 'same-origin', origin: 'null' }],
    ['no Fetch Metadata, own Origin', { origin: OWN }],
    ['neither, own Referer', { referer: `${OWN}/d/x` }],
    ['own Origin counts more than a Referer', { origin: OWN, referer: 'https://evil.test/' }],
  ])('SEC-D7.2 allows: %s', (_name, headers) => {
    expect(judgeOrigin(headers, OWN)).toBeUndefined();
  });

  it.each([
    ['cross-site', { 'sec-fetch-site': 'cross-site' }, 'fetch-site'],
    ['cross-site with our Origin', { 'sec-fetch-site': 'cross-site', origin: OWN }, 'fetch-site'],
    ['same-site', { 'sec-fetch-site': 'same-site', origin: OWN }, 'fetch-site'],
    ['none', { 'sec-fetch-site': 'none' }, 'fetch-site'],
    ['an unknown word', { 'sec-fetch-site': 'SAME-ORIGIN' }, 'fetch-site'],
    ['an empty word', { 'sec-fetch-site': '' }, 'fetch-site'],
    ['same-origin with a foreign Origin', { 'sec-fetch-site': 'same-origin', origin: 'https://evil.test' }, 'origin'],
    ['a foreign Origin (SEC-B12.5)', { origin: 'https://host.test' }, 'origin'],
    ['Origin: null (SEC-B12.6)', { origin: 'null' }, 'origin'],
    ['an Origin that only begins like ours', { origin: 'https://p.test.evil.test' }, 'origin'],
    ['our host on http', { origin: 'http://p.test' }, 'origin'],
    ['a foreign Referer', { referer: 'https://evil.test/https://p.test/' }, 'origin-missing'],
    ['a Referer that only begins like ours', { referer: 'https://p.test.evil.test/' }, 'origin-missing'],
    ['a Referer with our name as user', { referer: 'https://p.test@evil.test/' }, 'origin-missing'],
    ['a Referer that is no address', { referer: 'p.test' }, 'origin-missing'],
    ['nothing at all', {}, 'origin-missing'],
  ])('SEC-D7.2 refuses: %s', (_name, headers, reason) => {
    expect(judgeOrigin(headers, OWN)).toBe(reason);
  });
});

describe('judgeUpgradeOrigin (SEC-D7.4, SEC-B8.1)', () => {
  it('takes our own origin', () => {
    expect(judgeUpgradeOrigin({ origin: OWN }, OWN)).toBeUndefined();
  });

  it.each([undefined, 'null', '', 'https://host.test', 'http://p.test', 'https://P.test', 'https://p.test/', 'https://p.test:443'])(
    'SEC-B8.1 refuses %j',
    (origin) => {
      expect(judgeUpgradeOrigin(origin === undefined ? {} : { origin }, OWN)).toBe('websocket-origin');
      expect(judgeUpgradeOrigin({ ...(origin === undefined ? {} : { origin }), 'sec-fetch-site': 'same-origin' }, OWN)).toBe(
        'websocket-origin',
      );
    },
  );
});

describe('isUnsafe', () => {
  it('is every method that changes something', () => {
    expect(['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE'].filter(isUnsafe)).toEqual(['POST', 'PUT', 'PATCH', 'DELETE']);
  });
});

describe('refererOrigin', () => {
  it.each([
    ['https://p.test/x?y', 'https://p.test'],
    ['https://p.test', 'https://p.test'],
    ['about:blank', 'null'],
    ['', undefined],
    ['no address', undefined],
    [undefined, undefined],
  ])('of %j is %j', (referer, origin) => {
    expect(refererOrigin(referer)).toBe(origin);
  });
});
