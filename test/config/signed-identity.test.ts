import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { calculateJwkThumbprint } from 'jose';
import { describe, expect, it } from 'vitest';
import { BASE, check, type Found, makeFolder, resolved } from './base-config.ts';

const ed = generateKeyPairSync('ed25519').privateKey;
const otherEd = generateKeyPairSync('ed25519').privateKey;
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const weakRsa = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey;
const secp256k1 = generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey;

const pemOf = (key: KeyObject): string => String(key.export({ format: 'pem', type: 'pkcs8' }));
const jwkOf = (key: KeyObject, more: object = {}): string => JSON.stringify({ ...key.export({ format: 'jwk' }), ...more });

const withSigned = (signedIdentity: object, more: object = {}): Record<string, unknown> => ({
  upstreams: { grafana: { ...BASE.upstreams['grafana'], signedIdentity: { privateKeyFile: 'key', ...signedIdentity }, ...more } },
});
const checkFiles = (files: Record<string, string>, signedIdentity: object = {}, more: object = {}): Found =>
  check(withSigned(signedIdentity, more), { cwd: makeFolder(files) });

describe('signedIdentity', () => {
  it('fills in what is left out', () => {
    const config = resolved(withSigned({}), { cwd: makeFolder({ key: pemOf(ed) }) });
    expect(config.upstreams[0]?.signedIdentity).toMatchObject({
      header: 'X-JWT-Assertion',
      audience: 'grafana',
      lifetimeMs: 60_000,
      claims: { name: 'name', email: 'email', groups: 'groups', role: 'role', orgId: 'orgId' },
      keys: [{ algorithm: 'EdDSA' }],
    });
  });

  it.each([
    { name: 'Ed25519', key: ed, algorithm: 'EdDSA' },
    { name: 'P-256', key: ec, algorithm: 'ES256' },
    { name: 'RSA', key: rsa, algorithm: 'RS256' },
  ])('takes $name as PEM or JWK, names it by its thumbprint, and publishes the public half alone', async ({ key, algorithm }) => {
    for (const text of [pemOf(key), jwkOf(key)]) {
      const [signing] = resolved(withSigned({}), { cwd: makeFolder({ key: text }) }).upstreams[0]?.signedIdentity?.keys ?? [];
      expect(signing?.publicJwk).toMatchObject({ kid: signing?.kid, alg: algorithm, use: 'sig' });
      expect(signing?.kid).toBe(await calculateJwkThumbprint(signing?.publicJwk ?? {}));
      for (const member of ['d', 'p', 'q', 'dp', 'dq', 'qi']) expect(signing?.publicJwk).not.toHaveProperty(member);
    }
  });

  it('takes kid and alg of a JWK', () => {
    const keys = resolved(withSigned({}), { cwd: makeFolder({ key: jwkOf(rsa, { kid: 'k1', alg: 'PS256' }) }) }).upstreams[0]
      ?.signedIdentity?.keys;
    expect(keys).toMatchObject([{ kid: 'k1', algorithm: 'PS256' }]);
  });

  it('takes a list, the first of which signs', () => {
    const files = { old: pemOf(ed), new: pemOf(otherEd) };
    const keys = checkFiles(files, { privateKeyFile: ['new', 'old'] }).config?.upstreams[0]?.signedIdentity?.keys;
    expect(keys?.[0].privateKey.equals(otherEd)).toBe(true);
    expect(keys).toHaveLength(2);
  });

  it('makes the identity headers needless, without a warning', () => {
    const { problems, warnings, config } = checkFiles({ key: pemOf(ed) }, {}, { identityHeaders: {} });
    expect({ problems, warnings }).toEqual({ problems: [], warnings: [] });
    expect(config?.upstreams[0]?.identityHeaders).toEqual({});
  });

  it.each([
    {
      name: 'a public key',
      text: String(generateKeyPairSync('ed25519').publicKey.export({ format: 'pem', type: 'spki' })),
      says: 'holds no private key',
    },
    {
      name: 'a public JWK',
      text: JSON.stringify(generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' })),
      says: 'holds no private key',
    },
    { name: 'a shared secret', text: JSON.stringify({ kty: 'oct', k: 'c2VjcmV0' }), says: 'holds no private key' },
    { name: 'a key set', text: JSON.stringify({ keys: [] }), says: 'holds no private key' },
    { name: 'SEC-J1 a weak RSA key', text: pemOf(weakRsa), says: 'holds an RSA key of 1024 bits' },
    { name: 'a curve that is not used', text: pemOf(secp256k1), says: 'of a kind that is not used' },
    { name: 'an alg that does not fit', text: jwkOf(ed, { alg: 'HS256' }), says: 'an alg that does not fit' },
    { name: 'a kid that is no text', text: jwkOf(ed, { kid: 7 }), says: 'kid or alg is no text' },
    {
      name: 'an encrypted key',
      text: String(ed.export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'x' })),
      says: 'encrypted',
    },
    { name: 'nothing', text: '', says: 'holds no private key' },
    { name: 'broken JSON', text: '{"kty":', says: 'is not JSON' },
  ])('refuses $name, and quotes nothing of it', ({ text, says }) => {
    const { problems } = checkFiles({ key: text });
    expect(problems).toEqual([expect.stringContaining(says)]);
    expect(problems[0]).toMatch(/^upstreams\.grafana\.signedIdentity\.privateKeyFile: /);
    for (const line of text.split('\n').filter((part) => part.length > 20)) expect(problems.join()).not.toContain(line.slice(2, 20));
  });

  it('refuses a key twice', () => {
    const { problems } = checkFiles({ key: pemOf(ed), same: jwkOf(ed) }, { privateKeyFile: ['key', 'same'] });
    expect(problems).toEqual([expect.stringMatching(/privateKeyFile\[1\]: holds a key that is listed already/)]);
  });

  it.each([
    {
      name: 'a header with a meaning of its own',
      fields: { header: 'Authorization' },
      says: /signedIdentity\.header: is a header with a meaning/,
    },
    { name: 'SEC-H2 an underscore', fields: { header: 'X_JWT' }, says: /signedIdentity\.header: is not a header name/ },
    { name: 'a life too short', fields: { lifetime: '5s' }, says: /signedIdentity\.lifetime: is too short/ },
    { name: 'a life too long', fields: { lifetime: '1h' }, says: /signedIdentity\.lifetime: is too long/ },
    { name: 'a claim of the format itself', fields: { claims: { name: 'sub' } }, says: /claims\.name: is a claim with a meaning/ },
    { name: 'SEC-B19.1 the claim __proto__', fields: { claims: { name: '__proto__' } }, says: /claims\.name: is not a claim name/ },
    { name: 'one claim for two values', fields: { claims: { name: 'n', email: 'n' } }, says: /claims\.email: is the claim of name too/ },
    { name: 'a mistyped key', fields: { keyFile: 'x' }, says: /is not a known key/ },
  ])('refuses $name', ({ fields, says }) => {
    expect(checkFiles({ key: pemOf(ed) }, fields).problems).toEqual([expect.stringMatching(says)]);
  });

  it('refuses the header of another value', () => {
    const { problems } = checkFiles({ key: pemOf(ed) }, { header: 'x-user' }, { identityHeaders: { user: 'X-User' } });
    expect(problems).toEqual([expect.stringContaining('is one of identityHeaders too')]);
  });
});
