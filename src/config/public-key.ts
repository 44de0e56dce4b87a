// Public keys of host applications. A private key has no business here: it would let whoever reads it sign tickets.

import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import type { JSONWebKeySet, JWK } from 'jose';

/** What is wrong with key material; never quotes it. */
export interface KeyFault {
  readonly what: string;
  readonly wayOut: string;
}

const MIN_RSA_BITS = 2048;
const MAX_KEYS = 100;
/** RFC 7518 section 6. */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'priv'];
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

const isFault = (value: KeyObject | KeyFault): value is KeyFault => 'what' in value;

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
    return { what: 'is not one public key as PEM', wayOut: 'Give one block "-----BEGIN PUBLIC KEY-----"; for several keys use jwksFile' };
  }
  return importPublicKey(() => createPublicKey(text));
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

export interface ParsedKeySet {
  readonly jwks: JSONWebKeySet;
  /** Algorithms that some key can verify. */
  readonly algorithms: ReadonlySet<string>;
}

/** A JWK set (RFC 7517 section 5) of public keys, each with a `kid` of its own. */
export function parseKeySet(text: string): ParsedKeySet | KeyFault {
  const wayOut = 'Write {"keys": [...]} with the public keys, as `framegate keygen` does';
  let keys: unknown;
  try {
    keys = (JSON.parse(text) as { keys?: unknown } | null)?.keys;
  } catch {
    return { what: 'is not JSON', wayOut };
  }
  if (!Array.isArray(keys) || keys.length === 0) return { what: 'is not a JWK set with at least one key', wayOut };
  if (keys.length > MAX_KEYS) return { what: `holds more than ${MAX_KEYS} keys`, wayOut: 'Remove those that no longer sign' };
  const kids = new Set<string>();
  const algorithms = new Set<string>();
  for (const [index, jwk] of keys.entries()) {
    const fault = checkJwk(jwk, kids, algorithms);
    if (fault !== undefined) return { what: `keys[${index}] ${fault.what}`, wayOut: fault.wayOut };
  }
  return { jwks: { keys: keys as JWK[] }, algorithms };
}

/** Adds the key's `kid` and algorithms to what is known. */
function checkJwk(jwk: unknown, kids: Set<string>, algorithms: Set<string>): KeyFault | undefined {
  if (typeof jwk !== 'object' || jwk === null) return { what: 'is not a mapping', wayOut: 'Write one JWK per entry' };
  const { kty, kid, alg } = jwk as Record<string, unknown>;
  if (kty === 'oct' || Object.hasOwn(jwk, 'k'))
    return { what: 'is a shared secret', wayOut: 'Use secretFile for it, and list public keys here' };
  if (PRIVATE_MEMBERS.some((member) => Object.hasOwn(jwk, member)))
    return { what: 'is a private key', wayOut: 'Keep that with the host application; list its public half here' };
  if (typeof kid !== 'string' || kid === '') return { what: 'has no kid', wayOut: 'Give each key an id of its own; tickets name it' };
  if (kids.has(kid)) return { what: 'has the kid of another key', wayOut: 'Give each key an id of its own' };
  const key = importPublicKey(() => createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' }));
  if (isFault(key)) return key;
  const usable = algorithmsOf(key).filter((name) => alg === undefined || alg === name);
  if (usable.length === 0) return { what: 'has an alg that does not fit its kind', wayOut: `Write ${algorithmsOf(key).join(' or ')}` };
  kids.add(kid);
  for (const name of usable) algorithms.add(name);
  return undefined;
}
