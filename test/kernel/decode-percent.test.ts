import { describe, expect, it } from 'vitest';
import { decodePercent } from '../../src/kernel/decode-percent.ts';

describe('decodePercent', () => {
  it.each([
    ['/%6cogin', '/login'],
    ['/%6Cogin/%ff', '/login/\u00ff'],
    ['/%252e', '/%2e'],
    ['/%', '/%'],
    ['/%zz%4', '/%zz%4'],
    ['/caf%C3%A9', '/caf\u00c3\u00a9'],
    ['', ''],
  ])('of %j is %j', (text, decoded) => {
    expect(decodePercent(text)).toBe(decoded);
  });
});
