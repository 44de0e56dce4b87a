import { createSecretKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader, type JWK } from 'jose';
import { describe, expect, it } from 'vitest';
import type { TicketIssuerConfig } from '../../src/config/config.ts';
import { MisuseError } from '../../src/kernel/errors.ts';
import { type CreateTicketOptions, createTicket } from '../../src/sign-in/create-ticket.ts';
import {
  AUDIENCE,
  ed25519,
  ed25519Issuer,
  from,
  ISSUER,
  jwkOf,
  p256,
  publicKeyIssuer,
  rsa,
  secret,
  secretIssuer,
  setUp,
} from './ticket-kit.ts';

const pemOf = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }) as string;
const options = (changes: Partial<CreateTicketOptions> = {}): CreateTicketOptions => ({
  issuer: ISSUER,
  audience: AUDIENCE,
  key: ed25519.privateKey,
  kid: 'k1',
  subject: 'alice',
  ...changes,
});
const byOneKey = (key: KeyObject, algorithm: string): TicketIssuerConfig => publicKeyIssuer(key, [algorithm]);
const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' });
const p521 = generateKeyPairSync('ec', { namedCurve: 'P-521' });

describe('createTicket', () => {
  it('makes a ticket that framegate takes', async () => {
    const { signIn, clock, nowSeconds } = setUp();
    const groups = ['operators'];
    const sessionEndsAtMs = clock.now() + 3_600_000;
    const ticket = await createTicket(options({ name: 'Alice', email: 'alice@example.com', groups, sessionEndsAtMs, clock }));
    expect(await signIn.verify(ticket, from)).toMatchObject({
      identity: { issuer: ISSUER, login: 'alice', displayName: 'Alice', email: 'alice@example.com', groups },
      endsAtMs: (nowSeconds() + 3600) * 1000,
    });
  });

  it('writes only the claims that were given, 60 seconds of life and a new jti each time', async () => {
    const { clock, nowSeconds } = setUp();
    const first = decodeJwt(await createTicket(options({ clock })));
    const second = decodeJwt(await createTicket(options({ clock })));
    expect(first).toEqual({ iss: ISSUER, aud: AUDIENCE, sub: 'alice', iat: nowSeconds(), exp: nowSeconds() + 60, jti: expect.any(String) });
    expect(second.jti).not.toBe(first.jti);
  });

  it.each<{ name: string; key: CreateTicketOptions['key']; issuer: TicketIssuerConfig; alg: string; given?: string }>([
    { name: 'Ed25519 as PEM', key: pemOf(ed25519.privateKey), issuer: ed25519Issuer, alg: 'EdDSA' },
    { name: 'Ed25519 as JWK', key: jwkOf(ed25519.privateKey, 'other'), issuer: ed25519Issuer, alg: 'EdDSA' },
    {
      name: 'Ed25519 by its newer name',
      key: ed25519.privateKey,
      issuer: byOneKey(ed25519.publicKey, 'Ed25519'),
      alg: 'Ed25519',
      given: 'Ed25519',
    },
    { name: 'P-256', key: p256.privateKey, issuer: byOneKey(p256.publicKey, 'ES256'), alg: 'ES256' },
    { name: 'P-384', key: pemOf(p384.privateKey), issuer: byOneKey(p384.publicKey, 'ES384'), alg: 'ES384' },
    { name: 'P-521', key: p521.privateKey, issuer: byOneKey(p521.publicKey, 'ES512'), alg: 'ES512' },
    { name: 'RSA', key: pemOf(rsa.privateKey), issuer: byOneKey(rsa.publicKey, 'RS256'), alg: 'RS256' },
    { name: 'RSA with PSS', key: rsa.privateKey, issuer: byOneKey(rsa.publicKey, 'PS256'), alg: 'PS256', given: 'PS256' },
    { name: 'a secret as bytes', key: secret, issuer: secretIssuer, alg: 'HS256' },
    { name: 'a secret as KeyObject', key: createSecretKey(secret), issuer: secretIssuer, alg: 'HS256' },
    { name: 'a secret as JWK', key: { kty: 'oct', k: secret.toString('base64url') }, issuer: secretIssuer, alg: 'HS256' },
    {
      name: 'a CryptoKey',
      key: ed25519.privateKey.toCryptoKey('Ed25519', false, ['sign']),
      issuer: ed25519Issuer,
      alg: 'EdDSA',
      given: 'EdDSA',
    },
  ])('signs with $name', async ({ key, issuer, alg, given }) => {
    const { signIn, clock } = setUp({ issuers: [issuer] });
    const ticket = await createTicket(options({ key, algorithm: given, clock }));
    expect(decodeProtectedHeader(ticket)).toEqual({ alg, typ: 'framegate-ticket+jwt', kid: 'k1' });
    await expect(signIn.verify(ticket, from)).resolves.toMatchObject({ identity: { login: 'alice' } });
  });

  it('signs with a secret as text', async () => {
    const header = decodeProtectedHeader(await createTicket(options({ key: 's'.repeat(32), kid: undefined })));
    expect(header).toEqual({ alg: 'HS256', typ: 'framegate-ticket+jwt' });
  });

  it('takes kid and algorithm from a JWK unless they are given', async () => {
    const key: JWK = { ...jwkOf(rsa.privateKey, 'from-jwk'), alg: 'PS256' };
    expect(decodeProtectedHeader(await createTicket(options({ key, kid: undefined })))).toMatchObject({ kid: 'from-jwk', alg: 'PS256' });
  });

  it('SEC-J6 names dashboards, and further claims, as framegate reads them', async () => {
    const issuer = { ...ed25519Issuer, claims: { ...ed25519Issuer.claims, role: 'grafana.role' } };
    const { signIn, clock } = setUp({ issuers: [issuer] });
    const ticket = await createTicket(options({ dashboards: ['plant-a'], claims: { grafana: { role: 'Editor' } }, clock }));
    expect(await signIn.verify(ticket, from)).toMatchObject({ identity: { role: 'Editor' }, narrowing: { dashboards: ['plant-a'] } });
  });

  it('takes the times from 1 to 120 seconds', async () => {
    for (const lifetimeSeconds of [1, 120]) {
      const { exp = 0, iat = 0 } = decodeJwt(await createTicket(options({ lifetimeSeconds })));
      expect(exp - iat).toBe(lifetimeSeconds);
    }
  });

  it.each<{ name: string; changes: Record<string, unknown>; says: string }>([
    { name: 'no issuer', changes: { issuer: '' }, says: '"issuer"' },
    { name: 'no audience', changes: { audience: undefined }, says: '"audience"' },
    { name: 'a subject with a space', changes: { subject: 'alice a' }, says: '"subject"' },
    { name: 'a number as subject', changes: { subject: 7 }, says: '"subject"' },
    { name: 'SEC-D5.2 a lifetime of 121 seconds', changes: { lifetimeSeconds: 121 }, says: '"lifetimeSeconds"' },
    { name: 'a lifetime of 0', changes: { lifetimeSeconds: 0 }, says: '"lifetimeSeconds"' },
    { name: 'a lifetime that is no number', changes: { lifetimeSeconds: Number.NaN }, says: '"lifetimeSeconds"' },
    { name: 'a group with a comma', changes: { groups: ['a,b'] }, says: '"groups"' },
    {
      name: 'groups that make it larger than 8192 bytes',
      changes: { groups: Array.from({ length: 100 }, (_, index) => `${index}`.padEnd(200, 'g')) },
      says: '8192',
    },
    { name: 'a pattern of dashboards', changes: { dashboards: ['plant-*'] }, says: '"dashboards"' },
    { name: 'an empty list of dashboards', changes: { dashboards: [] }, says: '"dashboards"' },
    { name: 'a claim that has an option of its own', changes: { claims: { sub: 'admin' } }, says: '"claims" holds sub' },
    { name: 'no key', changes: { key: undefined }, says: '"key"' },
    { name: 'SEC-J2 a short secret', changes: { key: 'changeme' }, says: '32 bytes' },
    { name: 'SEC-J2 a short secret as JWK', changes: { key: { kty: 'oct', k: 'AAAA' } }, says: '32 bytes' },
    { name: 'a public key', changes: { key: ed25519.publicKey }, says: 'public key' },
    { name: 'a public JWK', changes: { key: jwkOf(ed25519.publicKey, 'k1') }, says: '"key"' },
    { name: 'a PEM that is none', changes: { key: '-----BEGIN PRIVATE KEY-----\nCANARY\n-----END PRIVATE KEY-----' }, says: '"key"' },
    { name: 'an X25519 key', changes: { key: generateKeyPairSync('x25519').privateKey }, says: 'cannot sign' },
    {
      name: 'a CryptoKey without an algorithm',
      changes: { key: ed25519.privateKey.toCryptoKey('Ed25519', false, ['sign']) },
      says: '"algorithm"',
    },
  ])('refuses $name and says so', async ({ changes, says }) => {
    const error: unknown = await createTicket({ ...options(), ...changes } as CreateTicketOptions).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(MisuseError);
    expect((error as MisuseError).message).toContain(says);
    expect((error as MisuseError).message).not.toContain('CANARY');
    expect(error).not.toHaveProperty('cause');
  });
});
