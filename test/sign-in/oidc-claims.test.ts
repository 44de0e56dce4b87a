import { describe, expect, it } from 'vitest';
import { listMissing, readIdentity } from '../../src/sign-in/oidc-claims.ts';

const CLAIMS = { login: 'preferred_username', displayName: 'name', email: 'email', emailVerified: 'email_verified', groups: 'groups' };
const PROVIDER = { issuer: 'https://id.test', claims: CLAIMS, groupsFormat: 'list', loginPrefix: 'c-' } as const;
const GOOD = { sub: '248289761001', preferred_username: 'jane' };

const read = (claims: Record<string, unknown>, options: Partial<Record<keyof typeof PROVIDER, unknown>> = {}) =>
  readIdentity({ ...GOOD, ...claims }, { ...PROVIDER, ...options } as typeof PROVIDER);

describe('SEC-R6 the account', () => {
  it('is issuer and sub; the login is the claim behind the prefix', () => {
    expect(read({})).toEqual({ issuer: 'https://id.test', subject: '248289761001', login: 'c-jane', groups: [] });
  });

  it.each([undefined, '', 7, ['x'], 'x'.repeat(256), 'a\nb'])('has no sub %j', (sub) => {
    expect(() => read({ sub })).toThrow(expect.objectContaining({ reason: 'subject' }));
  });

  it('may have the sub as its login', () => {
    expect(read({}, { claims: { ...CLAIMS, login: 'sub' } }).login).toBe('c-248289761001');
  });
});

describe('SEC-R5 the e-mail address', () => {
  it.each([
    { verified: true, expected: true },
    { verified: false, expected: false },
    { verified: undefined, expected: false },
    { verified: 'true', expected: false },
    { verified: 1, expected: false },
  ])('counts as verified by true alone: $verified', ({ verified, expected }) => {
    expect(read({ email: 'jane@example.com', email_verified: verified })).toMatchObject({
      email: 'jane@example.com',
      emailVerified: expected,
    });
  });

  it.each([undefined, false, 'true'])('is no login where it is verified by %j', (verified) => {
    const claims = { ...CLAIMS, login: 'email' };
    expect(() => read({ email: 'jane@example.com', email_verified: verified }, { claims })).toThrow(
      expect.objectContaining({ reason: 'email-not-verified' }),
    );
  });

  it('of two @ is left out, and is no login either', () => {
    const email = 'attacker@evil.com@company.com';
    expect(read({ email, email_verified: true })).not.toHaveProperty('email');
    expect(() => read({ email, email_verified: true }, { claims: { ...CLAIMS, login: 'email' } })).toThrow();
  });
});

describe('groups', () => {
  it.each([
    { name: 'a list', groups: ['a', 'b c'], format: 'list', expected: ['a', 'b c'] },
    { name: 'none', groups: undefined, format: 'list', expected: [] },
    { name: 'one text, where that is configured', groups: 'a b', format: 'text', expected: ['a b'] },
    { name: 'words, where that is configured', groups: 'a  b', format: 'words', expected: ['a', 'b'] },
    { name: 'a list all the same', groups: ['a'], format: 'words', expected: ['a'] },
  ])('are read from $name', ({ groups, format, expected }) => {
    expect(read({ groups }, { groupsFormat: format }).groups).toEqual(expected);
  });

  it('are read from within objects, and from a claim whose name has dots', () => {
    const claims = { ...CLAIMS, groups: 'realm_access.roles' };
    expect(read({ realm_access: { roles: ['a'] } }, { claims }).groups).toEqual(['a']);
    expect(read({ 'realm_access.roles': ['b'], realm_access: { roles: ['a'] } }, { claims }).groups).toEqual(['b']);
  });

  it.each([{ groups: 'a' }, { groups: null }, { groups: [1] }, { groups: {} }, { groups: ['a,b'] }, { groups: [''] }])(
    'SEC-H13 are refused as $groups',
    ({ groups }) => {
      expect(() => read({ groups })).toThrow(expect.objectContaining({ reason: 'groups' }));
    },
  );
});

describe('SEC-B19.1 odd names', () => {
  it.each(['__proto__', 'constructor', 'toString', '__proto__.login', 'constructor.name'])('find nothing: %s', (login) => {
    expect(() => read({}, { claims: { ...CLAIMS, login } })).toThrow(expect.objectContaining({ reason: 'login' }));
  });

  it('of groups are names like others', () => {
    expect(read({ groups: ['__proto__', 'toString'] }).groups).toEqual(['__proto__', 'toString']);
  });
});

it('what the ID token lacks is what userinfo is asked for', () => {
  expect(listMissing({ ...GOOD, groups: [] }, PROVIDER)).toEqual(['name', 'email']);
});
