import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PasswordUser } from '../../src/config/config.ts';
import type { Identity } from '../../src/kernel/identity.ts';
import { parseLogin } from '../../src/kernel/login.ts';
import type { Rule, Who } from '../../src/policy/rule.ts';
import { createLoginPolicy } from '../../src/sign-in/login-policy.ts';

const builtInAdmins = ['admin', 'admin@localhost'];
const ruleFor = (who: Partial<Who>, effect: Rule['effect'] = 'allow'): Rule => ({
  name: 'rule',
  effect,
  who: { everyone: false, users: [], emails: [], domains: [], groups: [], ...who },
  capabilities: ['everything'],
  upstream: undefined,
  limits: {},
  when: undefined,
  role: undefined,
  orgId: undefined,
});

describe('createLoginPolicy', () => {
  it.each(['admin', 'ADMIN', 'Admin', 'admin@localhost', 'Admin@LocalHost'])('refuses the built-in administrator %s', (login) => {
    expect(createLoginPolicy({ builtInAdmins, rules: [] }).isRefusedLogin(login)).toBe(true);
  });

  it.each(['administrator', 'admin2', 'xadmin', 'alice', 'admin@example.com'])('lets %s pass', (login) => {
    expect(createLoginPolicy({ builtInAdmins, rules: [] }).isRefusedLogin(login)).toBe(false);
  });

  it('lets an administrator pass whom a rule names exactly, and no other spelling', () => {
    const { isRefusedLogin } = createLoginPolicy({ builtInAdmins, rules: [ruleFor({ groups: ['x'] }), ruleFor({ users: ['admin'] })] });
    expect(isRefusedLogin('admin')).toBe(false);
    expect(isRefusedLogin('Admin')).toBe(true);
    expect(isRefusedLogin('admin@localhost')).toBe(true);
  });

  it('does not take a denial for letting in whom it names', () => {
    const { isRefusedLogin } = createLoginPolicy({ builtInAdmins, rules: [ruleFor({ users: ['admin'] }, 'deny')] });
    expect(isRefusedLogin('admin')).toBe(true);
  });

  it.each([
    { name: 'everyone', who: { everyone: true } },
    { name: 'a group of that name', who: { groups: ['admin'] } },
    { name: 'the e-mail', who: { emails: ['admin@localhost'] } },
    { name: 'the domain', who: { domains: ['localhost'] } },
  ])('does not take a rule for $name as naming the administrator', ({ who }) => {
    const { isRefusedLogin } = createLoginPolicy({ builtInAdmins, rules: [ruleFor(who)] });
    expect(isRefusedLogin('admin')).toBe(true);
    expect(isRefusedLogin('admin@localhost')).toBe(true);
  });
});

const account = (name: string, changes: Partial<PasswordUser> = {}): PasswordUser => ({
  name,
  passwordHash: '',
  email: undefined,
  displayName: undefined,
  groups: [],
  disabled: false,
  ...changes,
});
const person = (login: string, issuer = 'https://app.example.com'): Identity => ({ issuer, subject: login, login, groups: ['operators'] });

describe('admit', () => {
  const { admit } = createLoginPolicy({
    builtInAdmins,
    rules: [],
    users: [
      account('alice'),
      account('Bob', { links: [{ issuer: 'https://app.example.com', subject: 'b-17' }] }),
      account('gone', { disabled: true, links: [{ issuer: 'header', subject: 'gone' }] }),
    ],
    prefixes: [{ issuer: 'https://b.example.com', loginPrefix: 'b-' }],
  });

  it('lets a person pass whose login is of nobody else', () => {
    const carol = person('carol');
    expect(admit(carol)).toBe(carol);
    expect(admit(person('b-carol', 'https://b.example.com'))).toMatchObject({ login: 'b-carol' });
  });

  it.each([
    { name: 'a password account', login: 'alice', is: 'password-account' },
    { name: 'a password account in another case', login: 'ALICE', is: 'password-account' },
    { name: 'an account that links to another subject', login: 'bob', is: 'password-account' },
    { name: 'a disabled account', login: 'gone', is: 'password-account' },
    { name: 'a built-in administrator', login: 'Admin', is: 'built-in-administrator' },
    { name: 'a login with the prefix of another issuer, in another case', login: 'B-carol', is: 'prefix-of-another-issuer' },
  ])('SEC-R6 refuses $name', ({ login, is }) => {
    expect(admit(person(login))).toBe(is);
  });

  it('SEC-R6 gives a linked person the login of the account, and nothing else of it', () => {
    const linked: Identity = { ...person('whoever'), subject: 'b-17' };
    expect(admit(linked)).toEqual({ ...linked, login: 'Bob' });
  });

  it('SEC-R6 compares issuer and subject of a link whole, in their case', () => {
    expect(admit({ ...person('bob'), subject: 'B-17' })).toBe('password-account');
    expect(admit({ ...person('bob', 'https://APP.example.com'), subject: 'b-17' })).toBe('password-account');
  });

  it('SEC-R6 lets a built-in administrator by, where the rules judge it, as nobody but its own', () => {
    const policy = createLoginPolicy({
      builtInAdmins,
      rules: [],
      users: [account('admin', { links: [{ issuer: 'host', subject: 'eve' }] }), account('bob')],
    });
    expect(policy.settleLogin(person('root', 'host'))).toMatchObject({ login: 'root' });
    expect(policy.settleLogin(person('Admin', 'host'))).toBe('password-account');
    const linked = { ...person('bob', 'host'), subject: 'eve' };
    expect(policy.settleLogin(linked)).toMatchObject({ login: 'admin' });
    expect(policy.admit(linked)).toBe('built-in-administrator');
  });

  it('SEC-D2.4 refuses a linked person whose account is disabled', () => {
    expect(admit(person('gone', 'header'))).toBe('account-disabled');
  });
});

describe('admit, for any accounts and anybody', () => {
  const seed = Number(process.env['TEST_SEED'] ?? 20_260);
  const login = fc
    .oneof(
      fc.constantFrom('alice', 'Alice', 'b-alice', 'B-x', '__proto__', 'constructor', 'a@evil.test@example.com', 'admin', 'toString'),
      fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._@+|:/=~-]{0,12}$/),
    )
    .filter((text) => text !== '');
  const issuer = fc.constantFrom('https://a.test', 'https://b.test', 'header', '__proto__');
  const subject = fc.oneof(login, fc.string({ minLength: 1 }));

  it(`SEC-R6 SEC-B19.1 no login of an account, of an administrator or of another issuer goes to anybody but its own (seed ${seed})`, () => {
    const users = fc.uniqueArray(
      fc.record({ name: login, links: fc.array(fc.record({ issuer, subject }), { maxLength: 2 }), disabled: fc.boolean() }),
      { selector: ({ name }) => name.toLowerCase(), maxLength: 6 },
    );
    fc.assert(
      fc.property(users, issuer, subject, login, (accounts, from, who, name) => {
        const prefixes = [{ issuer: 'https://b.test', loginPrefix: 'b-' }];
        const policy = createLoginPolicy({ builtInAdmins, rules: [], users: accounts.map((each) => account(each.name, each)), prefixes });
        const admitted = policy.admit({ issuer: from, subject: who, login: name, groups: [] });
        if (typeof admitted === 'string') return;
        expect(admitted).toMatchObject({ issuer: from, subject: who });
        expect(builtInAdmins).not.toContain(admitted.login.toLowerCase());
        const same = accounts.find((each) => each.name.toLowerCase() === admitted.login.toLowerCase());
        const isLinked = same?.links.some((link) => link.issuer === from && link.subject === who) ?? false;
        if (same !== undefined) expect({ isLinked, disabled: same.disabled }).toEqual({ isLinked: true, disabled: false });
        else expect(admitted.login).toBe(name);
        if (!isLinked && from !== 'https://b.test') expect(admitted.login.toLowerCase().startsWith('b-')).toBe(false);
      }),
      { seed, numRuns: 2000 },
    );
  });

  it('SEC-B19.1 SEC-R5 what is no login never gets here, and odd ones are only names', () => {
    expect(parseLogin('__proto__')).toBeUndefined();
    const { admit } = createLoginPolicy({ builtInAdmins, rules: [], users: [account('alice')] });
    const two = person('alice@evil.test@example.com');
    expect(admit(two)).toBe(two);
    expect(admit(person('constructor'))).toMatchObject({ login: 'constructor' });
    expect(createLoginPolicy({ builtInAdmins, rules: [] }).admit(person('alice'))).toMatchObject({ login: 'alice' });
  });
});
