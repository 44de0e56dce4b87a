// The key that signs tickets, in whatever form the host application keeps it.

import { createPrivateKey, KeyObject } from 'node:crypto';
import type { CryptoKey, JWK } from 'jose';
import { MisuseError } from '../kernel/errors.ts';

const MIN_SECRET_BYTES = 32;

export type SigningKeyInput = string | Uint8Array | KeyObject | CryptoKey | JWK;

export interface SigningKey {
  readonly key: KeyObject | CryptoKey | Uint8Array;
  readonly algorithm: string;
  readonly kid: string | undefined;
}

const EC_ALGORITHMS = new Map([
  ['prime256v1', 'ES256'],
  ['secp384r1', 'ES384'],
  ['secp521r1', 'ES512'],
]);

/**
 * @param caller The function that was given the key, for messages.
 * @throws {MisuseError} when the key cannot sign; the message holds nothing of the key.
 */
export function readSigningKey(
  input: SigningKeyInput,
  { algorithm, kid }: { readonly algorithm?: string | undefined; readonly kid?: string | undefined },
  caller: string,
): SigningKey {
  if (input instanceof Uint8Array) return { key: checkSecret(input, caller), algorithm: algorithm ?? 'HS256', kid };
  if (typeof input === 'string') {
    if (!input.trimStart().startsWith('-----BEGIN'))
      return { key: checkSecret(Buffer.from(input), caller), algorithm: algorithm ?? 'HS256', kid };
    const key = parsePrivateKey(input, caller);
    return { key, algorithm: algorithm ?? algorithmOf(key, caller), kid };
  }
  if (input instanceof KeyObject) {
    if (input.type === 'secret') return { key: checkSecret(input.export(), caller), algorithm: algorithm ?? 'HS256', kid };
    if (input.type === 'public') throw new MisuseError(`${caller}: "key" is a public key. Give the private one`);
    return { key: input, algorithm: algorithm ?? algorithmOf(input, caller), kid };
  }
  if (isJwk(input)) {
    const names = { algorithm: algorithm ?? input.alg, kid: kid ?? input.kid };
    if (input.kty === 'oct') return readSigningKey(Buffer.from(input.k ?? '', 'base64url'), names, caller);
    return readSigningKey(parsePrivateKey(input, caller), names, caller);
  }
  if (typeof input !== 'object' || input === null)
    throw new MisuseError(`${caller}: "key" is missing. Give a private key or the shared secret`);
  if (algorithm === undefined) throw new MisuseError(`${caller}: "algorithm" is missing. A CryptoKey needs it, for example "EdDSA"`);
  return { key: input as CryptoKey, algorithm, kid };
}

function isJwk(input: CryptoKey | JWK): input is JWK & { kty: string } {
  return typeof input === 'object' && input !== null && typeof (input as JWK).kty === 'string';
}

function checkSecret(secret: Uint8Array, caller: string): Uint8Array {
  if (secret.byteLength >= MIN_SECRET_BYTES) return secret;
  throw new MisuseError(`${caller}: the shared secret is shorter than ${MIN_SECRET_BYTES} bytes. Make a random one`);
}

function parsePrivateKey(source: string | JWK, caller: string): KeyObject {
  try {
    return typeof source === 'string' ? createPrivateKey(source) : createPrivateKey({ key: { ...source }, format: 'jwk' });
  } catch {
    // The cause is left out: it may quote what it could not read.
    throw new MisuseError(`${caller}: "key" is not a private key that can be read. Give an unencrypted PKCS 8 PEM or a private JWK`);
  }
}

function algorithmOf(key: KeyObject, caller: string): string {
  const type = key.asymmetricKeyType;
  if (type === 'ed25519') return 'EdDSA';
  if (type === 'rsa') return 'RS256';
  if (type === 'rsa-pss') return 'PS256';
  const algorithm = EC_ALGORITHMS.get(key.asymmetricKeyDetails?.namedCurve ?? '');
  if (algorithm === undefined) throw new MisuseError(`${caller}: "key" is of a type that cannot sign tickets. Use Ed25519, P-256 or RSA`);
  return algorithm;
}
