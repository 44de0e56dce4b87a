// Whose word on groups and addresses a rule takes, and what `check` says where anybody's is taken.

import { describe, expect, it } from 'vitest';
import { check, makeFolder, PASSWORD_HASH, resolved } from './base-config.ts';

const ONE = 'https://one.test';
const TWO = 'https://two.test';
const tickets = [
  { issuer: ONE, jwksUrl: `${ONE}/jwks.json` },
  { issuer: TWO, jwksUrl: `${TWO}/jwks.json`, loginPrefix: 'two-' },
];
const oidc = [{ id: 'corp', issuer: 'https://id.test', clientId: 'framegate', clientSecret: 'a-client-secret-7Kq2', loginPrefix: 'corp-' }];
const header = { trustedPeers: ['192.0.2.1'], headers: { user: 'X-User' }, loginPrefix: 'h-' };
const rule = (over: object) => ({ name: 'r', who: { groups: ['admins'] }, may: ['view'], on: { dataSources: ['prom'] }, ...over });
const about = (signIn: object, over: object = {}, options = {}) =>
  check({ signIn, trustedProxies: ['10.0.0.1/32'], access: { rules: [rule(over)] } }, options).warnings.filter((each) =>
    each.includes('issuers'),
  );

describe('when.issuers', () => {
  it('is kept as it is written', () => {
    const { rules } = resolved({ signIn: { tickets }, access: { rules: [rule({ when: { issuers: [ONE, 'password'] } })] } });
    expect(rules[0]?.when).toEqual({ issuers: [ONE, 'password'] });
  });

  it.each([
    { name: 'two host applications', signIn: { tickets } },
    { name: 'a provider beside a host application', signIn: { tickets: tickets.slice(0, 1), oidc } },
    { name: 'a proxy in front beside a provider', signIn: { oidc, header } },
  ])('SEC-R6 check asks for it where $name could name the group, address or domain', ({ signIn }) => {
    for (const who of [{ groups: ['admins'] }, { emails: ['a@x.test'] }, { domains: ['x.test'] }, { users: ['bob'], groups: ['admins'] }])
      expect(about(signIn, { who })).toEqual([
        'access.rules[0].when.issuers: is absent, so each of 2 issuers is believed for the groups and addresses that this rule goes by ("r"). Name those whose word counts here, or all of them.',
      ]);
  });

  it.each<{ name: string; signIn?: object; over: object }>([
    { name: 'it is there', over: { when: { issuers: [ONE] } } },
    { name: 'logins alone decide', over: { who: { users: ['bob'] } } },
    { name: 'everybody is meant', over: { who: { everyone: true } } },
    { name: 'the rule denies', over: { may: undefined, deny: ['browse'] } },
    { name: 'one issuer alone signs in that way', signIn: { tickets: tickets.slice(0, 1), oidc }, over: { when: { methods: ['oidc'] } } },
    { name: 'there is one', signIn: { tickets: tickets.slice(0, 1) }, over: {} },
  ])('check says nothing where $name', ({ signIn = { tickets }, over }) => {
    expect(about(signIn, over)).toEqual([]);
  });

  it("check says nothing of one issuer beside the operator's own files", () => {
    const users = { users: [{ name: 'pat', passwordHash: PASSWORD_HASH, groups: ['admins'] }] };
    const cwd = makeFolder({ 'users.yaml': JSON.stringify(users) });
    expect(about({ password: { usersFile: 'users.yaml' }, tickets: tickets.slice(0, 1) }, {}, { cwd })).toEqual([]);
  });

  it('check names what vouches for nobody, with what was meant; a host application may have issuers of its own', () => {
    const over = { when: { issuers: [ONE, 'https://twoo.test'] } };
    expect(about({ tickets }, over, { service: true })).toEqual([
      expect.stringContaining(
        'access.rules[0].when.issuers[1]: vouches for nobody here ("https://twoo.test"). Did you mean "https://two.test"?',
      ),
    ]);
    expect(about({ tickets }, over)).toEqual([]);
  });

  it('check names an empty list', () => {
    expect(about({ tickets }, { when: { issuers: [] } })).toEqual([
      expect.stringContaining('when.issuers: is empty, so the rule never holds'),
    ]);
  });

  it('keeps rules apart that tell different roles of one group', () => {
    const rules = [ONE, TWO].map((issuer, index) =>
      rule({ name: `r${index}`, when: { issuers: [issuer] }, as: { role: index === 0 ? 'Viewer' : 'Editor' } }),
    );
    const say = (all: object[]) => check({ signIn: { tickets }, access: { rules: all } }).warnings;
    expect(say(rules)).toEqual([]);
    expect(say(rules.map((each) => ({ ...each, when: { issuers: [ONE, TWO] } })))).toEqual([
      expect.stringContaining('tells the upstream another role of the same people'),
    ]);
  });
});
