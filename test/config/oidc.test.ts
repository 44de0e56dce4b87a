import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { check, makeFolder, OTHER_SECRET, PASSWORD_HASH, resolved } from './base-config.ts';

const ISSUER = 'https://id.example.com/realms/plant';
const PROVIDER = { id: 'corp', issuer: ISSUER, clientId: 'framegate' };

const withProvider = (more: object = {}, ...others: object[]): Record<string, unknown> => ({
  signIn: { oidc: [{ ...PROVIDER, ...more }, ...others] },
});
const problemsOf = (more: object, ...others: object[]): string[] => check(withProvider(more, ...others)).problems;

describe('signIn.oidc', () => {
  it('needs an id, an issuer and a client id; the rest has defaults', () => {
    expect(resolved(withProvider()).signIn.oidc).toEqual([
      {
        id: 'corp',
        label: 'Sign in with corp',
        issuer: ISSUER,
        clientId: 'framegate',
        clientSecret: undefined,
        clientAuth: 'auto',
        scopes: ['openid', 'profile', 'email'],
        claims: { login: 'preferred_username', displayName: 'name', email: 'email', emailVerified: 'email_verified', groups: 'groups' },
        groupsFormat: 'list',
        userInfo: true,
        loginPrefix: '',
        algorithms: ['RS256'],
        clockToleranceMs: 30_000,
        endProviderSession: true,
        postLogoutUrl: undefined,
        ownCallback: false,
        ca: undefined,
        allowPrivateAddress: false,
      },
    ]);
  });

  it('is a way to sign in for the service', () => {
    const proxied = { trustedProxies: ['10.1.2.9/32'] };
    expect(check({ ...proxied, ...withProvider() }, { service: true }).problems).toEqual([]);
    expect(check({ ...proxied, signIn: {} }, { service: true }).problems).toEqual([expect.stringContaining('signIn.oidc')]);
  });

  it.each([
    { issuer: 'id.example.com', says: 'is not an https URL' },
    { issuer: 'http://id.example.com', says: 'uses http outside loopback' },
    { issuer: 'https://user:pass@id.example.com', says: 'holds a user name or password' },
    { issuer: 'https://id.example.com/?x=1', says: 'holds a query or fragment' },
    { issuer: 'https://ID.example.com', says: 'is not spelled as browsers do' },
    { issuer: 'https://id.example.com:443', says: 'is not spelled as browsers do' },
    { issuer: 'https://id.example.com/.well-known/openid-configuration', says: 'is the address of the discovery document' },
    { issuer: 'https://login.microsoftonline.com/{tenantid}/v2.0', says: 'holds a placeholder' },
    { issuer: 'https://169.254.169.254/', says: 'is a link-local or cloud metadata address' },
    { issuer: 'https://10.1.2.3/', says: 'is an address of a private network' },
  ])('SEC-J3 refuses the issuer $issuer', ({ issuer, says }) => {
    const [problem, ...others] = problemsOf({ issuer });
    expect(problem).toMatch(/^signIn\.oidc\[0\]\.issuer: /);
    expect(problem).toContain(says);
    expect(others).toEqual([]);
  });

  it.each(['http://127.0.0.1:8080/realms/x', 'http://localhost:8080', 'https://id.example.com/', 'https://id.example.com'])(
    'takes the issuer %s as it is',
    (issuer) => {
      expect(resolved(withProvider({ issuer })).signIn.oidc[0]?.issuer).toBe(issuer);
    },
  );

  it('takes a private address where that is said', () => {
    expect(problemsOf({ issuer: 'https://10.1.2.3/', allowPrivateAddress: true })).toEqual([]);
  });

  it.each([
    { more: { scopes: ['profile'] }, says: 'scopes: lack openid' },
    { more: { scopes: ['openid', 'a b'] }, says: 'is not a scope' },
    { more: { algorithms: ['RS256', 'ES256'] }, says: 'algorithms: mix families' },
    { more: { algorithms: ['HS256'] }, says: 'algorithms' },
    { more: { algorithms: ['none'] }, says: 'algorithms' },
    { more: { clockTolerance: '1h' }, says: 'clockTolerance: is too long' },
    { more: { id: 'Corp Inc' }, says: 'id: is not a short name' },
    { more: { clientSecret: 'short' }, says: 'clientSecret: is shorter than 12 bytes' },
    { more: { clientSecret: 'changeme-changeme' }, says: 'is a placeholder' },
    { more: { claims: { login: '' } }, says: 'claims.login' },
    { more: { clientsecret: 'x' }, says: 'Did you mean "clientSecret"' },
  ])('says what is wrong with $more', ({ more, says }) => {
    const problems = problemsOf(more);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(says);
    expect(problems[0]).not.toContain('changeme');
  });

  it('SEC-B21.1 takes the secret from a file; one in the configuration file is a warning', () => {
    const folder = makeFolder({ oidc: `${OTHER_SECRET}\n` });
    const { signIn } = resolved(withProvider({ clientSecretFile: 'oidc' }), { cwd: folder });
    expect(signIn.oidc[0]?.clientSecret?.revealText()).toBe(OTHER_SECRET);
    const both = check(withProvider({ clientSecret: OTHER_SECRET, clientSecretFile: 'oidc' }), { cwd: folder }).problems;
    expect(both).toEqual([expect.stringContaining('stands beside clientSecret')]);
    expect(both.join()).not.toContain(OTHER_SECRET);
  });

  it('lets the environment replace the secret file', () => {
    const env = { FRAMEGATE_SIGN_IN_OIDC_0_CLIENT_SECRET: OTHER_SECRET };
    const { signIn } = resolved(withProvider({ clientSecretFile: 'missing' }), { env });
    expect(signIn.oidc[0]?.clientSecret?.revealText()).toBe(OTHER_SECRET);
  });

  it('SEC-R6 warns where the login is the e-mail address', () => {
    expect(check(withProvider({ claims: { login: 'email' } })).warnings).toEqual([
      expect.stringMatching(/^signIn\.oidc\[0\]\.claims\.login: is the e-mail address/),
    ]);
  });

  it('reads a CA, and says when there is none in the file', () => {
    const pem = readFileSync(join(import.meta.dirname, '../fixtures/tls/ca.pem'), 'utf8');
    const folder = makeFolder({ 'ca.pem': pem, 'no.pem': 'none' });
    expect(resolved(withProvider({ caFile: 'ca.pem' }), { cwd: folder }).signIn.oidc[0]?.ca).toContain('BEGIN CERTIFICATE');
    expect(check(withProvider({ caFile: 'no.pem' }), { cwd: folder }).problems).toEqual([
      expect.stringContaining('signIn.oidc[0].caFile: holds no certificate'),
    ]);
  });
});

describe('SEC-R6 several issuers', () => {
  const OTHER = { id: 'partners', issuer: 'https://partners.example.com', clientId: 'x' };
  const TICKETS = [{ issuer: 'https://app.example.com', jwksUrl: 'https://app.example.com/jwks.json' }];

  it('have each an id and an issuer of their own', () => {
    expect(problemsOf({}, { ...OTHER, id: 'corp', loginPrefix: 'p-' })).toEqual([
      expect.stringContaining('is the id of signIn.oidc[0] too'),
    ]);
    expect(problemsOf({}, { ...OTHER, issuer: ISSUER, loginPrefix: 'p-' })).toEqual([
      expect.stringContaining('is the issuer of signIn.oidc[0] too'),
    ]);
  });

  it('have all but one a prefix, which begins no other', () => {
    expect(resolved(withProvider({}, OTHER)).signIn.oidc.map(({ loginPrefix }) => loginPrefix)).toEqual(['', `${OTHER.id}-`]);
    const { warnings } = check(withProvider({}, OTHER));
    expect(warnings).toContainEqual(expect.stringMatching(/^signIn\.oidc\[1\]\.loginPrefix: is missing.*begin with/));
    expect(problemsOf({}, { ...OTHER, loginPrefix: 'p-' })).toEqual([]);
    expect(problemsOf({ loginPrefix: 'p-' }, OTHER)).toEqual([]);
    expect(problemsOf({ loginPrefix: 'p' }, { ...OTHER, loginPrefix: 'P-' })).toEqual([expect.stringContaining('begins as that of')]);
  });

  it('share no logins with tickets and with the proxy in front', () => {
    const beside = (more: object, loginPrefix?: string) => check({ signIn: { ...more, oidc: [{ ...PROVIDER, loginPrefix }] } }).problems;
    expect(beside({ tickets: [{ ...TICKETS[0], loginPrefix: 'corp-' }] }, 'corp-')).toEqual([expect.stringContaining('signIn.tickets[0]')]);
    expect(beside({ tickets: TICKETS }, 'corp-')).toEqual([]);
    for (const more of [{ tickets: TICKETS }, { header: { trustedPeers: ['10.0.0.5'] } }]) {
      const { config, problems } = check({ signIn: { ...more, oidc: [{ ...PROVIDER, loginPrefix: undefined }] } });
      expect(problems).toEqual([]);
      expect(config?.signIn.oidc[0]?.loginPrefix).toBe(`${PROVIDER.id}-`);
    }
    expect(beside({ tickets: [{ ...TICKETS[0], issuer: ISSUER }] }, 'corp-')).toEqual([
      expect.stringContaining('is the issuer of signIn.tickets[0] too'),
    ]);
  });

  it('may stand beside password accounts without a prefix: equal logins are refused at sign-in, unless linked', () => {
    const folder = makeFolder({ 'users.yaml': JSON.stringify({ users: [{ name: 'alice', passwordHash: PASSWORD_HASH }] }) });
    expect(check({ signIn: { password: { usersFile: 'users.yaml' }, oidc: [PROVIDER] } }, { cwd: folder }).problems).toEqual([]);
  });
});

describe('SEC-R2 postLogoutUrl', () => {
  it.each(['https://dash.example.com/goodbye', 'https://app.example.com', 'https://app.example.com/?from=dashboards'])(
    'takes %s',
    (postLogoutUrl) => {
      expect(resolved(withProvider({ postLogoutUrl })).signIn.oidc[0]?.postLogoutUrl).toBe(postLogoutUrl);
    },
  );

  it.each([
    'https://evil.test/',
    'https://app.example.com.evil.test/',
    'https://app.example.com@evil.test/',
    'http://app.example.com/',
    'https://app.example.com:8443/',
    '//app.example.com/',
    '/goodbye',
    'javascript:alert(1)',
    'https://app.example.com/#x',
    'https://APP.example.com/',
  ])('refuses %s', (postLogoutUrl) => {
    expect(problemsOf({ postLogoutUrl })).toEqual([expect.stringMatching(/^signIn\.oidc\[0\]\.postLogoutUrl: /)]);
  });
});
