import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { check, makeFolder, OTHER_SECRET, resolved, SECRET } from './base-config.ts';

const ISSUER = 'https://app.example.com';
const ed = generateKeyPairSync('ed25519');
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const weakRsa = generateKeyPairSync('rsa', { modulusLength: 1024 });
const secp256k1 = generateKeyPairSync('ec', { namedCurve: 'secp256k1' });

const pemOf = (key: typeof ed.publicKey): string => String(key.export({ format: 'pem', type: 'spki' }));
const jwkOf = (key: typeof ed.publicKey, more: object = {}): object => ({ kid: 'k1', ...key.export({ format: 'jwk' }), ...more });
const setOf = (...keys: object[]): string => JSON.stringify({ keys });

const withTicket = (ticket: object): Record<string, unknown> => ({ signIn: { tickets: [{ issuer: ISSUER, ...ticket }] } });

/** The problems of one issuer with a key file of this content. */
function fileProblems(key: 'jwksFile' | 'publicKeyFile', content: string, more: object = {}): string[] {
  return check(withTicket({ [key]: 'key', ...more }), { cwd: makeFolder({ key: content }) }).problems;
}

describe('signIn.tickets', () => {
  it('takes publicUrl for the audience unless it is written', () => {
    const jwksUrl = 'https://app.example.com/jwks.json';
    expect(resolved(withTicket({ jwksUrl })).signIn.tickets).toEqual([
      {
        issuer: ISSUER,
        audience: 'https://dash.example.com',
        algorithms: ['EdDSA'],
        keys: { kind: 'url', url: jwksUrl, maxStaleMs: 3_600_000, allowPrivate: false },
        loginPrefix: '',
        claims: { login: 'sub', displayName: 'name', email: 'email', groups: 'groups', role: undefined, orgId: undefined },
        roles: undefined,
        allowInUrl: false,
      },
    ]);
    expect(resolved(withTicket({ jwksUrl, audience: 'other' })).signIn.tickets[0]?.audience).toBe('other');
  });

  it('needs exactly one source of keys', () => {
    expect(check(withTicket({})).problems).toEqual([expect.stringMatching(/^signIn\.tickets\[0\]: names no key\. Give exactly one of/)]);
    expect(check(withTicket({ jwksUrl: 'https://a.test/', jwksFile: 'x' })).problems).toEqual([
      expect.stringContaining('names its keys 2 times: jwksUrl, jwksFile'),
    ]);
  });

  it.each(['password', 'host', 'header', 'api-key'])('SEC-R6 refuses the issuer %s, whose accounts are others', (issuer) => {
    expect(check({ signIn: { tickets: [{ issuer, jwksUrl: 'https://a.test/' }] } }).problems).toEqual([
      expect.stringMatching(/^signIn\.tickets\[0\]\.issuer: /),
    ]);
  });

  it('refuses an issuer that is listed twice', () => {
    const ticket = { issuer: ISSUER, jwksUrl: 'https://a.test/' };
    expect(check({ signIn: { tickets: [ticket, { ...ticket, loginPrefix: 'b-' }] } }).problems).toEqual([
      expect.stringContaining('is the issuer of signIn.tickets[0] too'),
    ]);
  });
});

describe('loginPrefix', () => {
  const both = (...prefixes: (string | undefined)[]): string[] =>
    check({
      signIn: {
        tickets: prefixes.map((loginPrefix, index) => ({ issuer: `https://app-${index}.test`, jwksUrl: 'https://a.test/', loginPrefix })),
      },
    }).problems;

  it('SEC-R6 is needed by every issuer but the first', () => {
    expect(both(undefined, 'b-')).toEqual([]);
    expect(both('a-', 'b-')).toEqual([]);
    expect(both(undefined, undefined)).toEqual([expect.stringMatching(/^signIn\.tickets\[1\]\.loginPrefix: is missing/)]);
  });

  it('SEC-R6 may not begin as another one does', () => {
    expect(both(undefined, 'b-', 'b-c-')).toEqual([
      expect.stringMatching(/^signIn\.tickets\[2\]\.loginPrefix: begins as that of signIn\.tickets\[1\]/),
    ]);
    expect(both('B-', 'b-')).toEqual([expect.stringContaining('two logins could be the same')]);
  });
});

describe('algorithms', () => {
  it('SEC-J1 never takes a shared secret for public key algorithms, nor the other way round', () => {
    expect(check(withTicket({ secret: SECRET })).problems).toEqual([
      expect.stringContaining('does not fit a shared secret (EdDSA). Write [HS256]'),
    ]);
    expect(check(withTicket({ jwksUrl: 'https://a.test/', algorithms: ['HS256'] })).problems).toEqual([
      expect.stringContaining('does not fit public keys (HS256)'),
    ]);
  });

  it.each([[['EdDSA', 'HS256']], [['EdDSA', 'ES256']], [['RS256', 'ES256']]])('SEC-D5.1 are of one family: refuses %j', (algorithms) => {
    expect(check(withTicket({ jwksUrl: 'https://a.test/', algorithms })).problems).toEqual([expect.stringContaining('mixes families')]);
  });

  it('can be several of one family', () => {
    expect(check(withTicket({ jwksUrl: 'https://a.test/', algorithms: ['RS256', 'PS256'] })).problems).toEqual([]);
  });

  it('refuses "none" and what is not known', () => {
    expect(check(withTicket({ jwksUrl: 'https://a.test/', algorithms: ['none'] })).problems).toEqual([
      expect.stringMatching(/^signIn\.tickets\[0\]\.algorithms\[0\]: /),
    ]);
  });
});

describe('shared secrets', () => {
  it('SEC-J2 have at least 32 bytes', () => {
    const [ticket] = resolved(withTicket({ secret: OTHER_SECRET.slice(0, 32), algorithms: ['HS256'] })).signIn.tickets;
    expect(ticket?.keys).toMatchObject({ kind: 'files', format: 'secret', files: [], keys: [{ algorithms: ['HS256'] }] });
  });

  it.each([
    ['HS256', SECRET.slice(0, 31), 32],
    ['HS384', SECRET, 48],
    ['HS512', SECRET, 64],
  ])('SEC-J2 refuses a short one for %s', (algorithm, secret, bytes) => {
    expect(check(withTicket({ secret, algorithms: [algorithm] })).problems).toEqual([
      expect.stringContaining(`is shorter than ${bytes} bytes`),
    ]);
  });

  it('SEC-D10.2 refuses one secret for two purposes', () => {
    const tickets = [{ issuer: ISSUER, secret: OTHER_SECRET, algorithms: ['HS256'] }];
    expect(check({ signIn: { tickets }, session: { secret: SECRET } }).problems).toEqual([]);
    expect(check({ signIn: { tickets }, session: { secret: OTHER_SECRET } }).problems).toEqual([
      expect.stringContaining('is that of session.secret too'),
    ]);
    const two = [...tickets, { issuer: 'https://b.test', secret: OTHER_SECRET, algorithms: ['HS256'], loginPrefix: 'b-' }];
    expect(check({ signIn: { tickets: two } }).problems).toEqual([
      expect.stringContaining('is that of issuer "https://app.example.com" too'),
    ]);
  });
});

describe('jwksUrl', () => {
  it('SEC-J3 is https, or http on loopback', () => {
    expect(check(withTicket({ jwksUrl: 'http://localhost:8001/jwks' })).problems).toEqual([]);
    expect(check(withTicket({ jwksUrl: 'http://app.example.com/jwks' })).problems).toEqual([
      expect.stringContaining('uses http outside loopback'),
    ]);
  });

  it.each(['file:///keys', 'https://u:p@a.test/', 'https://169.254.169.254/', 'https://a.test/#x', 'a.test/keys'])(
    'SEC-J3 refuses %s',
    (jwksUrl) => {
      expect(check(withTicket({ jwksUrl })).problems).toEqual([expect.stringMatching(/^signIn\.tickets\[0\]\.jwksUrl: /)]);
    },
  );
});

describe('jwksUrl in a private network', () => {
  it.each(['https://10.1.2.3/', 'https://192.168.0.1/jwks', 'https://[fd12::1]/', 'https://172.16.0.9:8443/'])(
    'SEC-J3 refuses %s unless allowPrivateAddress says so',
    (jwksUrl) => {
      expect(check(withTicket({ jwksUrl })).problems).toEqual([expect.stringContaining('is an address of a private network')]);
      expect(check(withTicket({ jwksUrl, allowPrivateAddress: true })).problems).toEqual([]);
    },
  );

  it('SEC-J3 refuses a link-local address in any case', () => {
    expect(check(withTicket({ jwksUrl: 'https://169.254.169.254/', allowPrivateAddress: true })).problems).toHaveLength(1);
  });
});

describe('maxStale', () => {
  const jwksUrl = 'https://a.test/';

  it('SEC-B15.2 is what is written, 10m to 24h', () => {
    expect(resolved(withTicket({ jwksUrl, maxStale: '2h' })).signIn.tickets[0]?.keys).toMatchObject({ maxStaleMs: 7_200_000 });
    for (const maxStale of ['9m', '25h', '0s', 'long']) expect(check(withTicket({ jwksUrl, maxStale })).problems).toHaveLength(1);
  });

  it('is for jwksUrl only', () => {
    const cwd = makeFolder({ key: setOf(jwkOf(ed.publicKey)) });
    expect(check(withTicket({ jwksFile: 'key', maxStale: '1h' }), { cwd }).problems).toEqual([
      expect.stringContaining('is for jwksUrl only'),
    ]);
  });
});

describe('claims and roles', () => {
  const jwksUrl = 'https://a.test/';

  it('are names of claims, each with its default', () => {
    const claims = { login: 'preferred_username', groups: 'realm_access.roles', role: 'grafana_role' };
    expect(resolved(withTicket({ jwksUrl, claims, roles: { editors: 'Editor' } })).signIn.tickets[0]).toMatchObject({
      claims: { login: 'preferred_username', displayName: 'name', email: 'email', groups: 'realm_access.roles', role: 'grafana_role' },
      roles: new Map([['editors', 'Editor']]),
    });
  });

  it('refuses roles without a claim that they are for', () => {
    expect(check(withTicket({ jwksUrl, roles: { editors: 'Editor' } })).problems).toEqual([
      expect.stringMatching(/^signIn\.tickets\[0\]\.roles: maps a claim that is not named/),
    ]);
  });

  it('refuses a role that no upstream knows, and an odd name of a claim', () => {
    expect(check(withTicket({ jwksUrl, claims: { role: 'r' }, roles: { root: 'GrafanaAdmin' } })).problems).toHaveLength(1);
    expect(check(withTicket({ jwksUrl, claims: { groups: 'a\nb' } })).problems).toHaveLength(1);
    expect(check(withTicket({ jwksUrl, claims: { dashboards: 'd' } })).problems).toEqual([expect.stringContaining('is not a known key')]);
  });
});

describe('allowInUrl', () => {
  it('SEC-B14.16 is off, and `check` warns where it is on', () => {
    const jwksUrl = 'https://a.test/';
    expect(check(withTicket({ jwksUrl })).warnings).toEqual([]);
    const { warnings, problems } = check(withTicket({ jwksUrl, allowInUrl: true }));
    expect(problems).toEqual([]);
    expect(warnings).toEqual([expect.stringMatching(/^signIn\.tickets\[0\]\.allowInUrl: takes tickets from addresses/)]);
  });
});

describe('several keys for a while', () => {
  it('takes a list of public keys, and of secrets', () => {
    const cwd = makeFolder({
      a: pemOf(ed.publicKey),
      b: pemOf(generateKeyPairSync('ed25519').publicKey),
      s: OTHER_SECRET,
      t: [...OTHER_SECRET].reverse().join(''),
    });
    const keysOf = (ticket: object) => resolved(withTicket(ticket), { cwd }).signIn.tickets[0]?.keys;
    expect(keysOf({ publicKeyFile: ['a', 'b'] })).toMatchObject({ files: [join(cwd, 'a'), join(cwd, 'b')], keys: [{}, {}] });
    const more = { algorithms: ['HS256'] };
    expect(keysOf({ secretFile: ['s', 't'], ...more })).toMatchObject({ files: [join(cwd, 's'), join(cwd, 't')], keys: [{}, {}] });
    expect(keysOf({ secret: [OTHER_SECRET], ...more })).toMatchObject({ files: [], keys: [{}] });
  });

  it('SEC-J2 judges each of them, and says nothing of what it is', () => {
    const { problems } = check(withTicket({ secret: [OTHER_SECRET, 'canary-7f3a91'], algorithms: ['HS256'] }));
    expect(problems).toEqual([expect.stringContaining('is shorter than 32 bytes')]);
    expect(problems.join()).not.toContain('canary');
  });
});

describe('publicKeyFile', () => {
  it.each([
    ['EdDSA', ed],
    ['ES256', ec],
    ['RS256', rsa],
  ])('takes a public key for %s', (algorithm, pair) => {
    const cwd = makeFolder({ key: pemOf(pair.publicKey) });
    expect(resolved(withTicket({ publicKeyFile: 'key', algorithms: [algorithm] }), { cwd }).signIn.tickets[0]?.keys).toMatchObject({
      kind: 'files',
      format: 'pem',
      files: [join(cwd, 'key')],
      keys: [{ kid: undefined, algorithms: expect.arrayContaining([algorithm]), key: { type: 'public' } }],
    });
  });

  it.each([
    ['a private key', String(ed.privateKey.export({ format: 'pem', type: 'pkcs8' })), 'holds a private key'],
    [
      'a private key beside the public one',
      pemOf(ed.publicKey) + String(ed.privateKey.export({ format: 'pem', type: 'pkcs8' })),
      'holds a private key',
    ],
    ['two keys', pemOf(ed.publicKey) + pemOf(ec.publicKey), 'is not one public key'],
    ['a certificate', '-----BEGIN CERTIFICATE-----\nxx\n-----END CERTIFICATE-----\n', 'holds a certificate'],
    ['nonsense', 'canary-7f3a91', 'is not one public key'],
    ['a damaged key', '-----BEGIN PUBLIC KEY-----\ncanary\n-----END PUBLIC KEY-----\n', 'cannot be read as a public key'],
    ['a curve that no algorithm uses', pemOf(secp256k1.publicKey), 'is a key of a kind that is not used'],
  ])('refuses %s', (_name, content, says) => {
    const problems = fileProblems('publicKeyFile', content);
    expect(problems).toEqual([expect.stringContaining(says)]);
    expect(problems.join()).not.toContain('canary');
  });

  it('SEC-D5.3 refuses RSA below 2048 bits', () => {
    expect(fileProblems('publicKeyFile', pemOf(weakRsa.publicKey), { algorithms: ['RS256'] })).toEqual([
      expect.stringContaining('is an RSA key of 1024 bits'),
    ]);
  });

  it('refuses algorithms that the key cannot verify', () => {
    expect(fileProblems('publicKeyFile', pemOf(rsa.publicKey))).toEqual([
      expect.stringMatching(/does not fit the algorithms, as its keys verify RS256, PS256\. Write algorithms: \[RS256\]/),
    ]);
  });
});

describe('jwksFile', () => {
  it('takes public keys by kid', () => {
    const cwd = makeFolder({ key: setOf(jwkOf(ed.publicKey), jwkOf(ed.publicKey, { kid: 'k2' })) });
    expect(resolved(withTicket({ jwksFile: 'key' }), { cwd }).signIn.tickets[0]?.keys).toMatchObject({
      kind: 'files',
      format: 'key-set',
      keys: [{ kid: 'k1' }, { kid: 'k2' }],
    });
  });

  it.each([
    ['a private key', setOf(jwkOf(ed.privateKey)), 'keys[0] is a private key'],
    ['a shared secret', setOf({ kty: 'oct', k: 'Y2FuYXJ5', kid: 'k' }), 'keys[0] is a shared secret'],
    ['a key without kid', setOf(jwkOf(ed.publicKey, { kid: undefined })), 'keys[0] has no kid'],
    ['one kid twice', setOf(jwkOf(ed.publicKey), jwkOf(ec.publicKey)), 'keys[0] has the kid of another key'],
    ['a key for encryption', setOf(jwkOf(ed.publicKey, { use: 'enc' })), 'keys[0] is not for signatures'],
    ['an alg of another kind', setOf(jwkOf(ed.publicKey, { alg: 'ES256' })), 'keys[0] has an alg that does not fit its kind'],
    ['a weak RSA key', setOf(jwkOf(weakRsa.publicKey)), 'keys[0] is an RSA key of 1024 bits'],
    ['a damaged key', setOf({ kty: 'OKP', crv: 'Ed25519', x: '!', kid: 'k' }), 'keys[0] cannot be read'],
    ['no keys', setOf(), 'is not a JWK set'],
    ['one bare key', JSON.stringify(jwkOf(ed.publicKey)), 'is not a JWK set'],
    ['no JSON', 'canary-7f3a91', 'is not JSON'],
    ['null', 'null', 'is not a JWK set'],
    [
      'too many keys',
      setOf(...Array.from({ length: 101 }, (_, index) => jwkOf(ed.publicKey, { kid: String(index) }))),
      'holds more than 100 keys',
    ],
  ])('refuses %s', (_name, content, says) => {
    const problems = fileProblems('jwksFile', content);
    expect(problems).toEqual([expect.stringContaining(says)]);
    expect(problems.join()).not.toMatch(/canary|Y2FuYXJ5/);
  });

  it('refuses a set in which no key fits the algorithms', () => {
    expect(fileProblems('jwksFile', setOf(jwkOf(ec.publicKey)))).toEqual([
      expect.stringMatching(/does not fit the algorithms, as its keys verify ES256\. Write algorithms: \[ES256\]/),
    ]);
  });
});
