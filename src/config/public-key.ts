// Public keys of host applications. A private key has no business here: it would let whoever reads it sign tickets.

import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';

/** What is wrong with key material; never quotes it. */
export interface KeyFault {
  readonly what: string;
  readonly wayOut: string;
}

const MIN_RSA_BITS = 2048;
const CURVE_ALGORITHMS = new Map([
  ['prime256v1', ['ES256']],
  ['secp384r1', ['ES384']],
  ['secp521r1', ['ES512']],
]);

/** JWA names (RFC 7518 3.1, RFC 8037, RFC 9864) that a public key can verify; empty for a kind that is not used. */
export function algorithmsOf(key: KeyObject): readonly string[] {
  switch (key.asymmetricKeyType) {
    case 'ed25519':
      return ['EdDSA', 'Ed25519'];
    case 'ec':
      return CURVE_ALGORITHMS.get(key.asymmetricKeyDetails?.namedCurve ?? '') ?? [];
    case 'rsa':
      return ['RS256', 'PS256'];
    default:
      return [];
  }
}

export const isFault = (value: object): value is KeyFault => 'what' in value && 'wayOut' in value;

/** One public key as PEM (SPKI, RFC 7468 section 13). */
export function parsePublicKeyPem(text: string): KeyObject | KeyFault {
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) {
    return {
      what: 'holds a private key',
      wayOut: 'Keep that with the host application; write its public half with `openssl pkey -pubout`',
    };
  }
  if (text.includes('-----BEGIN CERTIFICATE-----')) {
    return { what: 'holds a certificate', wayOut: 'Write its public key with `openssl x509 -pubkey -noout`' };
  }
  const blocks = text.match(/-----BEGIN /g)?.length ?? 0;
  if (blocks !== 1 || !text.includes('-----BEGIN PUBLIC KEY-----')) {
    return {
      what: 'is not one public key as PEM',
      wayOut: 'Give one block "-----BEGIN PUBLIC KEY-----" for each file; several keys are a list of files, or a jwksFile',
    };
  }
  return importPublicKey(() => createPublicKey(text));
}

/** One JWK (RFC 7517 section 4) that is known to hold no private part. */
export function importJwk(jwk: object): KeyObject | KeyFault {
  return importPublicKey(() => createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' }));
}

function importPublicKey(create: () => KeyObject): KeyObject | KeyFault {
  let key: KeyObject;
  try {
    key = create();
  } catch {
    return { what: 'cannot be read as a public key', wayOut: 'Make a pair with `framegate keygen`' };
  }
  const bits = key.asymmetricKeyDetails?.modulusLength;
  if (bits !== undefined && bits < MIN_RSA_BITS)
    return { what: `is an RSA key of ${bits} bits`, wayOut: `Use at least ${MIN_RSA_BITS} bits, or EdDSA` };
  if (algorithmsOf(key).length === 0)
    return { what: 'is a key of a kind that is not used', wayOut: 'Use Ed25519, P-256, P-384, P-521 or RSA' };
  return key;
}
