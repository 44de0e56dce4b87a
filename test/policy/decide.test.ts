// The policy as a matrix. Deny is the default: what no rule grants is nobody's (SEC-P9).

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Identity } from '../../src/kernel/identity.ts';
import type { Rule, Who } from '../../src/policy/rule.ts';
import { ask, makeIdentity as identity, makeRule as rule, who } from './kit.ts';

/** Why a person is let in by a rule of its own, or undefined. */
const matchWho = (whom: Who, person: Identity): string | undefined => {
  const decision = ask({ identity: person, rules: [rule('one', whom)] });
  return decision.kind === 'allow' ? decision.reasons[0] : undefined;
};

const ALICE = identity({ login: 'alice', email: 'alice@example.com', groups: ['operators'] });
const BOB = identity({ subject: 'bob', login: 'bob', email: 'bob@other.test', groups: ['guests'] });

describe('who a rule is for', () => {
  const rows: readonly {
    readonly name: string;
    readonly who: Partial<Who>;
    readonly alice: string | undefined;
    readonly bob: string | undefined;
  }[] = [
    { name: 'everyone', who: { everyone: true }, alice: 'everyone-listed', bob: 'everyone-listed' },
    { name: 'a user', who: { users: ['alice'] }, alice: 'user-listed', bob: undefined },
    { name: 'a user in other letters', who: { users: ['Alice'] }, alice: undefined, bob: undefined },
    { name: 'an e-mail address', who: { emails: ['alice@example.com'] }, alice: 'email-listed', bob: undefined },
    { name: 'a domain', who: { domains: ['example.com'] }, alice: 'domain-listed', bob: undefined },
    { name: 'a group', who: { groups: ['operators'] }, alice: 'group-listed', bob: undefined },
    { name: 'a group in other letters', who: { groups: ['Operators'] }, alice: undefined, bob: undefined },
    { name: 'a part of a group name', who: { groups: ['oper'] }, alice: undefined, bob: undefined },
    { name: 'a login as a group', who: { groups: ['alice'] }, alice: undefined, bob: undefined },
    { name: 'a group as a user', who: { users: ['operators'] }, alice: undefined, bob: undefined },
    { name: 'nobody', who: {}, alice: undefined, bob: undefined },
    {
      name: 'one match of several',
      who: { users: ['carol'], groups: ['guests', 'operators'] },
      alice: 'group-listed',
      bob: 'group-listed',
    },
  ];
  for (const row of rows) {
    it(`${row.name}: alice ${row.alice ?? 'denied'}, bob ${row.bob ?? 'denied'}`, () => {
      for (const [person, reason] of [
        [ALICE, row.alice],
        [BOB, row.bob],
      ] as const) {
        const expected =
          reason === undefined
            ? { kind: 'deny', reasons: ['no-rule-matches'] }
            : { kind: 'allow', rule: row.name, role: undefined, reasons: [reason] };
        expect(ask({ identity: person, rules: [rule(row.name, row.who)] })).toEqual(expected);
      }
    });
  }

  it('SEC-H13 groups {a} do not pass a rule for {b}', () => {
    expect(ask({ identity: identity({ groups: ['a'] }), rules: [rule('b', { groups: ['b'] })] }).kind).toBe('deny');
  });
});

describe('e-mail domains', () => {
  const inDomain = (email: string, over: Partial<Identity> = {}) =>
    matchWho(who({ domains: ['example.com'] }), identity({ email, ...over }));

  it.each(['a@example.com', 'A@EXAMPLE.COM', 'a+b@Example.com'])('takes %s', (email) => {
    expect(inDomain(email)).toBe('domain-listed');
  });

  it.each([
    ['SEC-R3 a name that ends the same', 'a@badexample.com'],
    ['SEC-R3 a name that begins the same', 'a@example.com.evil.test'],
    ['SEC-R3 a dot at the end', 'a@example.com.'],
    ['a sub-domain', 'a@mail.example.com'],
    ['a dot at the start', 'a@.example.com'],
    ['SEC-R5 two at signs', 'attacker@evil.com@example.com'],
    ['SEC-R5 two at signs, the other way round', 'attacker@example.com@evil.com'],
    ['no local part', '@example.com'],
    ['no domain', 'a@'],
    ['no at sign', 'example.com'],
    ['a space', 'a b@example.com'],
    ['a line break', 'a@example.com\n'],
    ['letters outside ASCII', 'a@ex\u00e4mple.com'],
    ['a dotless i', 'a@example.com\u0131'],
    ['a local part of more than 64 characters', `${'a'.repeat(65)}@example.com`],
  ])('refuses %s', (_name, email) => {
    expect(inDomain(email)).toBeUndefined();
  });

  it('SEC-R5 knows no address of more than 254 characters, though its domain is listed', () => {
    const domain = `${'b'.repeat(195)}.test`;
    const listed = (length: number) =>
      matchWho(who({ domains: [domain] }), identity({ email: `${'a'.repeat(length - domain.length - 1)}@${domain}` }));
    expect(listed(255)).toBeUndefined();
    expect(listed(254)).toBe('domain-listed');
  });

  it('SEC-R5 believes no address that is marked as unverified, for domains and for addresses', () => {
    expect(inDomain('a@example.com', { emailVerified: false })).toBeUndefined();
    expect(matchWho(who({ emails: ['a@example.com'] }), identity({ email: 'a@example.com', emailVerified: false }))).toBeUndefined();
    expect(inDomain('a@example.com', { emailVerified: true })).toBe('domain-listed');
  });

  it('compares whole addresses without regard to case', () => {
    expect(matchWho(who({ emails: ['a@example.com'] }), identity({ email: 'A@Example.COM' }))).toBe('email-listed');
    expect(matchWho(who({ emails: ['a@example.com'] }), identity({ email: 'ba@example.com' }))).toBeUndefined();
  });
});

describe('rules together', () => {
  it('the first that grants decides, and its role is what the upstream is told', () => {
    const rules = [
      rule('others', { users: ['carol'] }, { role: 'Admin' }),
      rule('first', { users: ['alice'] }, { role: 'Viewer' }),
      rule('second', { everyone: true }, { role: 'Editor' }),
    ];
    expect(ask({ rules })).toEqual({ kind: 'allow', rule: 'first', role: 'Viewer', reasons: ['user-listed'] });
    expect(ask({ identity: BOB, rules })).toEqual({ kind: 'allow', rule: 'second', role: 'Editor', reasons: ['everyone-listed'] });
  });

  it('a rule on one upstream grants nothing on another', () => {
    const rules = [rule('here', { everyone: true }, { upstream: 'grafana' })];
    expect(ask({ rules }).kind).toBe('allow');
    expect(ask({ rules, upstream: 'prometheus' })).toEqual({ kind: 'deny', reasons: ['no-rule-matches'] });
    expect(ask({ rules, upstream: 'grafana2' }).kind).toBe('deny');
  });

  it('no rules: nobody may do anything (SEC-P9)', () => {
    expect(ask({})).toEqual({ kind: 'deny', reasons: ['no-rule-matches'] });
  });

  it("nobody reaches the upstream's own log-in, whatever the rules say (SEC-J7)", () => {
    expect(ask({ capability: 'auth', rules: [rule('all', { everyone: true, users: ['alice'] })] })).toEqual({
      kind: 'deny',
      reasons: ['upstream-sign-in-is-closed'],
      final: true,
    });
  });
});

describe('built-in administrators of the upstream (grafana.md, fact 3)', () => {
  const builtInAdmins = ['admin', 'admin@localhost'];
  const everyone = [rule('all', { everyone: true, groups: ['operators'] })];

  it.each([
    ['by login', { login: 'admin' }],
    ['by login in other letters', { login: 'ADMIN' }],
    ['by a login that is an address', { login: 'admin@localhost' }],
    ['by e-mail address', { login: 'mallory', email: 'admin@localhost' }],
    ['by e-mail address in other letters', { login: 'mallory', email: 'Admin@LocalHost' }],
    ['by an e-mail address that nobody verified', { login: 'mallory', email: 'admin@localhost', emailVerified: false }],
  ])('are denied %s, though everyone is allowed', (_name, over) => {
    expect(ask({ identity: identity({ ...over, groups: ['operators'] }), rules: everyone, builtInAdmins })).toEqual({
      kind: 'deny',
      reasons: ['built-in-administrator'],
      final: true,
    });
  });

  it('are allowed by a rule that names them exactly', () => {
    const rules = [...everyone, rule('named', { users: ['admin'] }, { role: 'Admin' })];
    expect(ask({ identity: identity({ login: 'admin' }), rules, builtInAdmins })).toMatchObject({ kind: 'allow', rule: 'named' });
    expect(ask({ identity: identity({ login: 'Admin' }), rules, builtInAdmins }).kind).toBe('deny');
    expect(ask({ identity: identity({ login: 'mallory', email: 'admin@localhost' }), rules, builtInAdmins }).kind).toBe('deny');
  });

  it('are told from people with similar names', () => {
    for (const login of ['administrator', 'admin2', 'sadmin'])
      expect(ask({ identity: identity({ login }), rules: everyone, builtInAdmins }).kind).toBe('allow');
  });
});

describe('names that an object has by itself (SEC-B19.1)', () => {
  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'SEC-B19.1 a user, group or upstream named %s matches only itself',
    (name) => {
      expect(ask({ identity: identity({ groups: [name] }), rules: [rule('other', { groups: ['operators'] })] }).kind).toBe('deny');
      expect(ask({ identity: identity({ login: name }), rules: [rule('other', { users: ['alice'] })] }).kind).toBe('deny');
      expect(ask({ rules: [rule('named', { users: [name], groups: [name] })] }).kind).toBe('deny');
      expect(ask({ identity: identity({ groups: [name] }), rules: [rule('named', { groups: [name] })] }).kind).toBe('allow');
      expect(ask({ upstream: name, rules: [rule('here', { everyone: true }, { upstream: 'grafana' })] }).kind).toBe('deny');
      expect(ask({ identity: identity({ login: name }), rules: [rule('all', { everyone: true })], builtInAdmins: ['admin'] }).kind).toBe(
        'allow',
      );
    },
  );
});

describe('whatever is asked (SEC-P9)', () => {
  const name = fc.constantFrom('a', 'b', 'admin', 'a@x.test', 'b@y.test', '');
  const names = fc.uniqueArray(name, { maxLength: 3 });
  const anybody: fc.Arbitrary<Identity> = fc.record(
    { issuer: name, subject: name, login: name, groups: names, email: name, emailVerified: fc.boolean() },
    { requiredKeys: ['issuer', 'subject', 'login', 'groups'] },
  );
  const domain = fc.constantFrom('x.test', 'y.test');
  const anyRule: fc.Arbitrary<Rule> = fc
    .record({
      name,
      who: fc.record({ everyone: fc.boolean(), users: names, emails: names, domains: fc.uniqueArray(domain), groups: names }),
      upstream: fc.constantFrom('grafana', 'other', undefined),
      role: fc.constantFrom('Viewer', undefined),
    } as const)
    .map(({ name: called, who: whom, ...rest }) => rule(called, whom, rest));

  /** Written anew, from the words of docs/behaviour.md, and on purpose not from the code. */
  function isListed({ who: listed, upstream }: Rule, person: Identity): boolean {
    if (upstream === 'other') return false;
    const named = listed.users.includes(person.login);
    if (['admin', 'a@x.test'].some((admin) => person.login === admin || person.email === admin) && !named) return false;
    const address = person.emailVerified === false || !person.email?.includes('@') ? undefined : person.email;
    return (
      listed.everyone ||
      named ||
      listed.groups.some((group) => person.groups.includes(group)) ||
      (address !== undefined && (listed.emails.includes(address) || listed.domains.some((each) => address.endsWith(`@${each}`))))
    );
  }

  it('SEC-P9 who is not listed by a rule is denied, and who is listed is allowed by the first such rule', () => {
    fc.assert(
      fc.property(anybody, fc.array(anyRule, { maxLength: 4 }), (person, rules) => {
        const decision = ask({ identity: person, rules, builtInAdmins: ['admin', 'a@x.test'] });
        const granting = rules.find((each) => isListed(each, person));
        expect(decision.kind).toBe(granting === undefined ? 'deny' : 'allow');
        if (decision.kind === 'allow') expect(decision).toMatchObject({ rule: granting?.name, role: granting?.role });
        expect(decision.reasons).toHaveLength(1);
      }),
      { numRuns: 500 },
    );
  });

  it('gives the same answer to the same question, and changes nothing in it', () => {
    fc.assert(
      fc.property(anybody, fc.array(anyRule, { maxLength: 3 }), (person, rules) => {
        const input = { identity: person, rules, builtInAdmins: ['admin'] };
        const before = structuredClone(input);
        expect(ask(input)).toEqual(ask(input));
        expect(input).toEqual(before);
      }),
    );
  });
});
