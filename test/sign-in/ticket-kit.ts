// Host applications for the tests: real keys, and tickets that can be wrong in any one way.

import { generateKeyPairSync, type KeyObject, randomBytes, randomUUID, sign as signBytes } from 'node:crypto';
import type { JSONWebKeySet, JWK } from 'jose';
import { parseKeyFile } from '../../src/config/key-file.ts';
import { isFault } from '../../src/config/public-key.ts';
import type { KeyFileFormat, TicketIssuerConfig, TicketKeys } from '../../src/config/ticket-issuer.ts';
import { createTicketSignIn, type TicketSignInOptions } from '../../src/sign-in/ticket.ts';
import { createMemoryStore } from '../../src/state/memory-store.ts';
import { createManualClock, LIMITS, type ManualClock } from './kit.ts';

export const ISSUER = 'https://host.test';
export const AUDIENCE = 'https://p.test';
export const from = { address: '192.0.2.1' };

export const ed25519 = generateKeyPairSync('ed25519');
export const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
export const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
export const weakRsa = generateKeyPairSync('rsa', { modulusLength: 1024 });
export const secret = Buffer.from(randomBytes(32).toString('base64url'));

export function jwkOf(key: KeyObject, kid: string): JWK {
  return { ...(key.export({ format: 'jwk' }) as JWK), kid };
}

export function keySetOf(...keys: JWK[]): JSONWebKeySet {
  return { keys };
}

export function issuerWith(keys: TicketIssuerConfig['keys'], algorithms: readonly string[] = ['EdDSA']): TicketIssuerConfig {
  const claims = { login: 'sub', displayName: 'name', email: 'email', groups: 'groups', role: undefined, orgId: undefined };
  return { issuer: ISSUER, audience: AUDIENCE, algorithms, keys, loginPrefix: '', claims, roles: undefined, allowInUrl: false };
}

/** Keys as the configuration reads them, without a file that could change. */
function fixedKeys(format: KeyFileFormat, bytes: Buffer, algorithms: readonly string[]): TicketKeys {
  const keys = parseKeyFile(format, bytes, algorithms);
  if (isFault(keys)) throw new Error(keys.what);
  return { kind: 'files', format, files: [], keys };
}

export function keySetIssuer(keySet: JSONWebKeySet, algorithms: readonly string[] = ['EdDSA']): TicketIssuerConfig {
  return issuerWith(fixedKeys('key-set', Buffer.from(JSON.stringify(keySet)), algorithms), algorithms);
}

/** One public key, whatever the `kid`. */
export function publicKeyIssuer(key: KeyObject, algorithms: readonly string[] = ['EdDSA']): TicketIssuerConfig {
  return issuerWith(fixedKeys('pem', Buffer.from(pemOf(key)), algorithms), algorithms);
}

export const pemOf = (key: KeyObject): string => String(key.export({ format: 'pem', type: 'spki' }));

export const ed25519Issuer = keySetIssuer(keySetOf(jwkOf(ed25519.publicKey, 'k1')));
export const secretIssuer = issuerWith(fixedKeys('secret', secret, ['HS256']), ['HS256']);

/** @param options `room`: how many used tickets the store takes. */
export function setUp({ room, ...options }: Partial<TicketSignInOptions> & { clock?: ManualClock; room?: number } = {}) {
  const clock = options.clock ?? createManualClock();
  const state = options.state ?? createMemoryStore({ clock, maxEntries: room ?? 100_000 });
  const signIn = createTicketSignIn({
    issuers: [ed25519Issuer],
    admit: (identity) => identity,
    limits: LIMITS,
    ...options,
    state,
    clock,
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
  return { signIn, clock, state, nowSeconds, claims, ticket };
}

/** A compact JWS over exactly these texts, by Ed25519 unless told otherwise. */
export function signRaw(header: string, payload: string, sign: (input: Buffer) => Buffer = signEd25519): string {
  const input = `${Buffer.from(header).toString('base64url')}.${Buffer.from(payload).toString('base64url')}`;
  return `${input}.${sign(Buffer.from(input)).toString('base64url')}`;
}

function signEd25519(input: Buffer): Buffer {
  return signBytes(null, input, ed25519.privateKey);
}
