// Private keys that framegate signs with.

import { createHash, createPrivateKey, createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import type { JWK } from 'jose';
import { algorithmsOf, isFault, type KeyFault } from './public-key.ts';
import type { IdentitySigningKey } from './signed-identity.ts';

const MIN_RSA_BITS = 2048;

/** Members that make the thumbprint of a key, in the order that RFC 7638 section 3 wants. */
const THUMBPRINT_MEMBERS: Readonly<Record<string, readonly string[]>> = {
  EC: ['crv', 'kty', 'x', 'y'],
  OKP: ['crv', 'kty', 'x'],
  RSA: ['e', 'kty', 'n'],
};

/** A private key as PEM (PKCS 8) or JWK, with the algorithm it signs by. Its `kid` is that of the JWK, else the thumbprint (RFC 7638). */
export function parseSigningKey(text: string): IdentitySigningKey | KeyFault {
  const names = text.trimStart().startsWith('{') ? readNames(text) : {};
  if (isFault(names)) return names;
  const privateKey = importPrivateKey(text, names);
  if (isFault(privateKey)) return privateKey;
  const publicKey = createPublicKey(privateKey);
  const able = algorithmsOf(publicKey);
  const algorithm = names.alg ?? able[0];
  if (algorithm === undefined) return { what: 'holds a key of a kind that is not used', wayOut: 'Use Ed25519, P-256, P-384, P-521 or RSA' };
  if (!able.includes(algorithm)) return { what: 'holds a JWK with an alg that does not fit it', wayOut: `Write ${able.join(' or ')}` };
  const bits = publicKey.asymmetricKeyDetails?.modulusLength;
  if (bits !== undefined && bits < MIN_RSA_BITS)
    return { what: `holds an RSA key of ${bits} bits`, wayOut: `Use at least ${MIN_RSA_BITS} bits, or Ed25519` };
  const jwk = publicKey.export({ format: 'jwk' }) as JWK;
  const kid = names.kid ?? thumbprintOf(jwk);
  return { kid, algorithm, privateKey, publicJwk: { ...jwk, kid, alg: algorithm, use: 'sig' } };
}

function readNames(text: string): (JsonWebKey & { kid?: string; alg?: string }) | KeyFault {
  try {
    const jwk = JSON.parse(text) as JsonWebKey & { kid?: string; alg?: string };
    const isText = (value: unknown): boolean => value === undefined || (typeof value === 'string' && value !== '' && value.length <= 255);
    if (isText(jwk.kid) && isText(jwk.alg)) return jwk;
    return { what: 'holds a JWK whose kid or alg is no text', wayOut: 'Write the JWK as `framegate keygen` does' };
  } catch {
    return { what: 'is not JSON', wayOut: 'Write one private JWK as `framegate keygen` does, or a PEM' };
  }
}

/** The cause of a failure is left out: it may quote what it could not read. */
function importPrivateKey(text: string, jwk: JsonWebKey): KeyObject | KeyFault {
  try {
    return jwk.kty === undefined ? createPrivateKey(text) : createPrivateKey({ key: jwk, format: 'jwk' });
  } catch {
    if (/-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(text))
      return { what: 'holds an encrypted private key', wayOut: 'Write it without a passphrase, readable by framegate alone' };
    return { what: 'holds no private key that can be read', wayOut: 'Write a PEM or a private JWK; `framegate keygen` makes one' };
  }
}

function thumbprintOf(jwk: JWK): string {
  const members = (THUMBPRINT_MEMBERS[jwk.kty ?? ''] ?? []).map((name) => [name, jwk[name as keyof JWK]]);
  return createHash('sha256')
    .update(JSON.stringify(Object.fromEntries(members)))
    .digest('base64url');
}
