// Host applications for the tests: real keys, and tickets that can be wrong in any one way.

import { generateKeyPairSync, type KeyObject, randomBytes, randomUUID, sign as signBytes } from 'node:crypto';
import type { JSONWebKeySet, JWK } from 'jose';
import type { TicketIssuerConfig } from '../../src/config/config.ts';
import { Secret } from '../../src/kernel/secret.ts';
import { createTicketSignIn, type TicketSignInOptions } from '../../src/sign-in/ticket.ts';
import { createManualClock, LIMITS } from './kit.ts';

export const ISSUER = 'https://host.test';
export const AUDIENCE = 'https://p.test';
export const from = { address: '192.0.2.1' };

export const ed25519 = generateKeyPairSync('ed25519');
export const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
export const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
export const weakRsa = generateKeyPairSync('rsa', { modulusLength: 1024 });
export const secret = randomBytes(32);

export function jwkOf(key: KeyObject, kid: string): JWK {
  return { ...(key.export({ format: 'jwk' }) as JWK), kid };
}

export function keySetOf(...keys: JWK[]): JSONWebKeySet {
  return { keys };
}

export function issuerWith(keys: TicketIssuerConfig['keys'], algorithms: readonly string[] = ['EdDSA']): TicketIssuerConfig {
  return { issuer: ISSUER, audience: AUDIENCE, algorithms, keys, loginPrefix: '' };
}

export const ed25519Issuer = issuerWith({ kind: 'jwks', jwks: keySetOf(jwkOf(ed25519.publicKey, 'k1')) });
export const secretIssuer = issuerWith({ kind: 'secret', secret: new Secret(secret) }, ['HS256']);

export function setUp(options: Partial<TicketSignInOptions> = {}) {
  const clock = createManualClock();
  const signIn = createTicketSignIn({
    issuers: [ed25519Issuer],
    isPasswordAccount: () => false,
    isRefusedLogin: () => false,
    limits: LIMITS,
    clock,
    ...options,
  });
  const nowSeconds = (): number => Math.floor(clock.now() / 1000);
  const claims = (changes: Record<string, unknown> = {}): Record<string, unknown> => ({
    iss: ISSUER,
    aud: AUDIENCE,
    sub: 'alice',
    iat: nowSeconds(),
    exp: nowSeconds() + 60,
    jti: randomUUID(),
    ...changes,
  });
  /** A ticket of the Ed25519 issuer. A member set to undefined is left out. */
  const ticket = (changes: Record<string, unknown> = {}, header: Record<string, unknown> = {}): string =>
    signRaw(JSON.stringify({ alg: 'EdDSA', typ: 'framegate-ticket+jwt', kid: 'k1', ...header }), JSON.stringify(claims(changes)));
  return { signIn, clock, nowSeconds, claims, ticket };
}

/** A compact JWS over exactly these texts, by Ed25519 unless told otherwise. */
export function signRaw(header: string, payload: string, sign: (input: Buffer) => Buffer = signEd25519): string {
  const input = `${Buffer.from(header).toString('base64url')}.${Buffer.from(payload).toString('base64url')}`;
  return `${input}.${sign(Buffer.from(input)).toString('base64url')}`;
}

function signEd25519(input: Buffer): Buffer {
  return signBytes(null, input, ed25519.privateKey);
}
