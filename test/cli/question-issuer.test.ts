// Who vouches for the person that `explain` and `policy test` are asked about: rules with when.issuers go by it.

import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { buildIdentity } from '../../src/cli/build-identity.ts';
import { explain } from '../../src/cli/explanation.ts';
import { formatExplanation } from '../../src/cli/format-explanation.ts';
import { loadConfig } from '../../src/config/load.ts';
import { makeFolder, runCli, USERS } from './run-cli.ts';

const ONE = 'https://one.test';
const TWO = 'https://two.test';
const KEYS = { algorithms: ['HS256'], secret: 'k7Qw2Zp9Xv4Lm8Rt5Nc1Hb6Jd3Fg0SyUa-eTiOqVxB_' };
const tickets = [
  { issuer: ONE, ...KEYS },
  { issuer: TWO, ...KEYS, secret: 'p3Wd8Kx1Vz6Nq9Ls4Hm7Yc2Tb5Rj0GfEuA_iOoXtQwZk', loginPrefix: 'two-' },
];
const oidc = [{ id: 'corp', issuer: 'https://id.test', clientId: 'framegate', clientSecret: 'a-client-secret-7Kq2', loginPrefix: 'corp-' }];

function writeConfig(signIn: object = { tickets }): string {
  const rule = { who: { groups: ['admins'] }, may: ['view'], on: { dataSources: ['prom'] } };
  const config = {
    publicUrl: 'http://localhost:8000',
    upstreams: { grafana: { url: 'http://127.0.0.1:3000' } },
    signIn: { password: { usersFile: 'users.yaml' }, ...signIn },
    session: { secret: 'w9Yx0Qf3vTzKq7RmJc2hLbN8sUeA4dGi-P6oXyZ1BkM' },
    access: {
      rules: [
        { name: 'by one', ...rule, when: { issuers: [ONE] } },
        { name: 'own', ...rule, who: { groups: ['operators'] }, when: { issuers: ['password'] } },
      ],
    },
  };
  return makeFolder({ 'framegate.yaml': stringify(config), 'users.yaml': USERS });
}

describe('the issuer of a question', () => {
  it.each([
    { name: 'what is given', signIn: { tickets }, person: { login: 'zoe', issuer: TWO }, method: undefined, issuer: TWO },
    { name: 'the users file, for a login of it', signIn: { tickets }, person: { login: 'alice' }, method: undefined, issuer: 'password' },
    { name: 'the only one that there is', signIn: { oidc }, person: { login: 'zoe' }, method: undefined, issuer: 'https://id.test' },
    {
      name: 'the only one of that way to sign in',
      signIn: { tickets, oidc },
      person: { login: 'alice' },
      method: 'oidc',
      issuer: 'https://id.test',
    },
    { name: 'framegate itself, for an API key', signIn: { tickets }, person: { login: 'zoe' }, method: 'api-key', issuer: 'api-key' },
    { name: 'not known, of several', signIn: { tickets }, person: { login: 'zoe' }, method: undefined, issuer: '' },
    { name: 'not known, of several of that way', signIn: { tickets, oidc }, person: { login: 'zoe' }, method: 'ticket', issuer: '' },
  ] as const)('is $name', ({ signIn, person, method, issuer }) => {
    const config = loadConfig(`${writeConfig(signIn)}/framegate.yaml`, { env: {} });
    expect(buildIdentity(config, person, method).issuer).toBe(issuer);
  });

  it('explain takes it by --issuer', async () => {
    const cwd = writeConfig();
    const asked = ['explain', '--login', 'zoe', '--group', 'admins', '--path', '/d/a', '--issuer', TWO];
    expect((await runCli(asked, { cwd })).stdout).toMatch(/issuer {6}https:\/\/two\.test\n.*"by one": no \(other-issuer\).*deny \(403\)/s);
  });

  it('explain shows it where it is known, and says which rules are of it', () => {
    const config = loadConfig(`${writeConfig()}/framegate.yaml`, { env: {} });
    const explanationOf = (issuer?: string): string => {
      const identity = buildIdentity(config, { login: 'zoe', groups: ['admins'], issuer });
      return formatExplanation(explain(config, { identity, method: 'GET', path: '/d/a', nowMs: Date.UTC(2026, 2, 2, 12) }));
    };
    expect(explanationOf(ONE)).toMatch(/issuer {6}https:\/\/one\.test\n.*decision {4}allow, by the rule "by one"/s);
    expect(explanationOf()).toMatch(/"by one": no \(other-issuer\)/);
    expect(explanationOf()).not.toContain('issuer     ');
  });

  it('policy test takes it beside login and groups', async () => {
    const cwd = writeConfig();
    const asked = (issuer: string, expected: string) =>
      `- { as: { login: zoe, groups: [admins], issuer: ${issuer} }, request: GET /d/a, expect: ${expected} }\n`;
    const own = '- { as: { login: alice }, request: GET /d/a, expect: allow, rule: own }\n';
    const folder = makeFolder({ 'access.test.yaml': asked(`'${ONE}'`, 'allow') + asked(`'${TWO}'`, 'deny') + own });
    expect(await runCli(['policy', 'test', `${folder}/access.test.yaml`], { cwd })).toMatchObject({ code: 0 });
  });
});
