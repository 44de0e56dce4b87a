import { generateKeyPairSync } from 'node:crypto';
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
        keys: { kind: 'jwks-url', url: jwksUrl },
        loginPrefix: '',
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

  it.each(['password', 'host'])('SEC-R6 refuses the issuer %s, whose accounts are others', (issuer) => {
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
    expect(ticket?.keys).toMatchObject({ kind: 'secret', secret: { length: 32 } });
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

describe('publicKeyFile', () => {
  it.each([
    ['EdDSA', ed],
    ['ES256', ec],
    ['RS256', rsa],
  ])('takes a public key for %s', (algorithm, pair) => {
    const cwd = makeFolder({ key: pemOf(pair.publicKey) });
    expect(resolved(withTicket({ publicKeyFile: 'key', algorithms: [algorithm] }), { cwd }).signIn.tickets[0]?.keys).toMatchObject({
      kind: 'public-key',
      key: { type: 'public' },
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
      expect.stringContaining('does not fit the key in publicKeyFile (EdDSA). Write [RS256]'),
    ]);
  });
});

describe('jwksFile', () => {
  it('takes public keys by kid', () => {
    const cwd = makeFolder({ key: setOf(jwkOf(ed.publicKey), jwkOf(ed.publicKey, { kid: 'k2' })) });
    expect(resolved(withTicket({ jwksFile: 'key' }), { cwd }).signIn.tickets[0]?.keys).toMatchObject({
      kind: 'jwks',
      jwks: { keys: [{ kid: 'k1' }, { kid: 'k2' }] },
    });
  });

  it.each([
    ['a private key', setOf(jwkOf(ed.privateKey)), 'keys[0] is a private key'],
    ['a shared secret', setOf({ kty: 'oct', k: 'Y2FuYXJ5', kid: 'k' }), 'keys[0] is a shared secret'],
    ['a key without kid', setOf(jwkOf(ed.publicKey, { kid: undefined })), 'keys[0] has no kid'],
    ['one kid twice', setOf(jwkOf(ed.publicKey), jwkOf(ec.publicKey)), 'keys[1] has the kid of another key'],
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
      expect.stringContaining('does not fit the key in jwksFile (EdDSA). Write [ES256]'),
    ]);
  });
});
