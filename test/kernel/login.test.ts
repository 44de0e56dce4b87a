// What may become X-WEBAUTH-USER. Grafana reads a login as an RFC 5322 address and looks accounts up by it.

import { describe, expect, it } from 'vitest';
import { identityKey } from '../../src/kernel/identity.ts';
import { parseLogin } from '../../src/kernel/login.ts';

describe('parseLogin', () => {
  it.each(['alice', 'a', '0', 'alice@example.com', 'corp|alice', 'a.b_c-d+e:f/g=h~i', 'A'.repeat(255)])('takes %j as it is', (text) => {
    expect(parseLogin(text)).toBe(text);
  });

  it.each([
    ['nothing', ''],
    ['a space', 'alice b'],
    ['a space at the end', 'alice '],
    ['a line break at the end', 'alice\n'],
    ['a header in disguise (SEC-F4)', 'alice\r\nX-WEBAUTH-ROLE: Admin'],
    ['NUL', 'alice\0'],
    ['a letter outside ASCII (SEC-F4)', 'm\u00fcller'],
    ['a full-width letter', '\uff41lice'],
    ['an address in angle brackets (grafana.md, fact 3)', 'x <admin@localhost>'],
    ['a quote', '"alice"'],
    ['a comma', 'alice,admin'],
    ['a semicolon', 'alice;admin'],
    ['256 characters (SEC-B14.13)', 'a'.repeat(256)],
    ['__proto__ (SEC-B19.1)', '__proto__'],
    ['a flag', '-rf'],
    ['a percent sign', '%61dmin'],
    ['a backslash', 'corp\\alice'],
  ])('refuses %s', (_name, text) => {
    expect(parseLogin(text)).toBeUndefined();
  });

  it.each([undefined, null, 1, true, ['alice'], { toString: () => 'alice' }])('SEC-B14.13 refuses what is no text: %j', (value) => {
    expect(parseLogin(value)).toBeUndefined();
  });
});

describe('identityKey (SEC-R6)', () => {
  it('tells accounts apart by issuer and subject, and by nothing else', () => {
    const alice = { issuer: 'https://a.test', subject: 'alice' };
    expect(identityKey(alice)).toBe(identityKey({ ...alice }));
    expect(identityKey(alice)).not.toBe(identityKey({ issuer: 'password', subject: 'alice' }));
    expect(identityKey(alice)).not.toBe(identityKey({ issuer: 'https://a.test', subject: 'bob' }));
  });

  it('never joins two accounts into one key, whatever the parts hold', () => {
    const keys = [
      { issuer: 'a', subject: 'b","c' },
      { issuer: 'a","b', subject: 'c' },
      { issuer: 'a b', subject: 'c' },
      { issuer: 'a', subject: 'b c' },
      { issuer: 'ab', subject: '' },
      { issuer: '', subject: 'ab' },
    ].map(identityKey);
    expect(new Set(keys).size).toBe(keys.length);
  });
});
