import { describe, expect, it } from 'vitest';
import { FramegateError } from '../../src/kernel/errors.ts';
import { readHostIdentity } from '../../src/sign-in/host.ts';

describe('readHostIdentity', () => {
  it.each([undefined, null])('reads %s as nobody signed in', (value) => {
    expect(readHostIdentity(value)).toBeUndefined();
  });

  it('needs the login only', () => {
    expect(readHostIdentity({ login: 'alice' })).toEqual({ issuer: 'host', subject: 'alice', login: 'alice', groups: [] });
  });

  it('takes everything that the host application knows', () => {
    const given = {
      login: 'alice',
      email: 'alice@example.com',
      displayName: 'Alice',
      groups: ['operators'],
      issuer: 'crm',
      subject: '4711',
    };
    expect(readHostIdentity(given)).toEqual({ ...given, emailVerified: true });
  });

  it('takes null and undefined for optional keys as absent', () => {
    const given = { login: 'alice', email: null, displayName: undefined, groups: null, issuer: undefined, subject: null };
    expect(readHostIdentity(given)).toEqual({ issuer: 'host', subject: 'alice', login: 'alice', groups: [] });
  });

  it('SEC-R5 leaves out an e-mail address that is none', () => {
    expect(readHostIdentity({ login: 'alice', email: 'a@evil.test@example.com' })).not.toHaveProperty('email');
  });

  it('takes any display name', () => {
    expect(readHostIdentity({ login: 'alice', displayName: '\u540d\r\n' })?.displayName).toBe('\u540d\r\n');
  });

  it.each([
    { name: 'a string', value: 'alice', says: 'type string' },
    { name: 'true', value: true, says: 'type boolean' },
    { name: 'false', value: false, says: 'type boolean' },
    { name: 'a list', value: ['alice'], says: 'type array' },
    { name: 'a promise', value: Promise.resolve({ login: 'alice' }), says: 'nobody awaited' },
    { name: 'no login', value: {}, says: '"login"' },
    { name: 'an empty login', value: { login: '' }, says: '"login"' },
    { name: 'a number as login', value: { login: 7 }, says: '"login"' },
    { name: 'SEC-F4 a login with CRLF', value: { login: 'alice\r\nX: y' }, says: '"login"' },
    { name: 'SEC-F4 a login outside Latin-1', value: { login: '\u540d' }, says: '"login"' },
    { name: 'SEC-B19.1 the login __proto__', value: { login: '__proto__' }, says: '"login"' },
    { name: 'an e-mail that is no text', value: { login: 'a', email: 7 }, says: '"email" of type number' },
    { name: 'a name that is no text', value: { login: 'a', displayName: {} }, says: '"displayName" of type object' },
    { name: 'groups as text', value: { login: 'a', groups: 'operators' }, says: '"groups"' },
    { name: 'a group with a comma', value: { login: 'a', groups: ['a,b'] }, says: '"groups"' },
    { name: 'an empty issuer', value: { login: 'a', issuer: '' }, says: '"issuer"' },
    { name: 'the issuer of the users file', value: { login: 'a', issuer: 'password' }, says: '"issuer"' },
    { name: 'an empty subject', value: { login: 'a', subject: '' }, says: '"subject"' },
    { name: 'a subject of 256 characters', value: { login: 'a', subject: 's'.repeat(256) }, says: '"subject"' },
    { name: 'a mistyped key', value: { login: 'a', group: ['operators'] }, says: 'unknown key "group"' },
  ])('refuses $name and says what to return', ({ value, says }) => {
    let thrown: unknown;
    try {
      readHostIdentity(value);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(FramegateError);
    const { code, status, message } = thrown as FramegateError;
    expect({ code, status }).toEqual({ code: 'FRAMEGATE_INTERNAL', status: 500 });
    expect(message).toContain(says);
    expect(message).toContain("Return { login: 'alice'");
  });

  it('shows no value in its message', () => {
    expect(() => readHostIdentity({ login: 'canary\u0000value' })).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining('canary') }),
    );
  });
});
