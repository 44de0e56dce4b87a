// What a JSON Web Key Set must be before one of its keys judges a ticket (RFC 7517 section 5), whether it comes from a
// file or from a host application's address.

import { algorithmsOf, importJwk, isFault, type KeyFault } from './public-key.ts';
import type { VerificationKey } from './ticket-issuer.ts';

const MAX_KEYS = 100;
/** RFC 7518 section 6. */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'priv'];

/**
 * What to do with a key that cannot judge tickets: `refuse` the set, where an operator can mend it; or `skip` the key,
 * where the set serves other purposes too (RFC 7517 section 5). A private or symmetric key refuses the set in any case:
 * whoever can read it could sign tickets (SEC-B15.6).
 */
type UnusableKeys = 'refuse' | 'skip';

/** @returns 1 to 100 public keys, each with a `kid` of its own. */
export function parseKeySet(text: string, unusable: UnusableKeys): readonly VerificationKey[] | KeyFault {
  const wayOut = 'Write {"keys": [...]} with the public keys, as `framegate keygen` does';
  let jwks: unknown;
  try {
    jwks = (JSON.parse(text) as { keys?: unknown } | null)?.keys;
  } catch {
    return { what: 'is not JSON', wayOut };
  }
  if (!Array.isArray(jwks) || jwks.length === 0) return { what: 'is not a JWK set with at least one key', wayOut };
  if (jwks.length > MAX_KEYS) return { what: `holds more than ${MAX_KEYS} keys`, wayOut: 'Remove those that no longer sign' };
  const keys: VerificationKey[] = [];
  for (const [index, jwk] of jwks.entries()) {
    const secret = findSecret(jwk);
    const key = secret ?? readJwk(jwk, jwks);
    if (!isFault(key)) keys.push(key);
    else if (secret !== undefined || unusable === 'refuse') return { what: `keys[${index}] ${key.what}`, wayOut: key.wayOut };
  }
  return keys.length > 0 ? keys : { what: 'holds no key that can verify', wayOut: 'Publish an Ed25519, P-256 or RSA key with a kid' };
}

function findSecret(jwk: unknown): KeyFault | undefined {
  if (typeof jwk !== 'object' || jwk === null) return undefined;
  if ('kty' in jwk && jwk.kty === 'oct') return SHARED_SECRET;
  if (Object.hasOwn(jwk, 'k')) return SHARED_SECRET;
  if (PRIVATE_MEMBERS.some((member) => Object.hasOwn(jwk, member))) {
    return { what: 'is a private key', wayOut: 'Keep that with the host application, and replace it; list its public half here' };
  }
  return undefined;
}

const SHARED_SECRET: KeyFault = { what: 'is a shared secret', wayOut: 'Use secretFile for it, and list public keys here' };

function readJwk(jwk: unknown, all: readonly unknown[]): VerificationKey | KeyFault {
  if (typeof jwk !== 'object' || jwk === null) return { what: 'is not a mapping', wayOut: 'Write one JWK per entry' };
  const { kid, alg, use } = jwk as Record<string, unknown>;
  if (typeof kid !== 'string' || kid === '') return { what: 'has no kid', wayOut: 'Give each key an id of its own; tickets name it' };
  if (use !== undefined && use !== 'sig') return { what: 'is not for signatures', wayOut: 'Write "use": "sig", or leave it out' };
  // Neither of two keys with one id: which of them is meant would be a guess.
  if (all.filter((other) => (other as { kid?: unknown } | null)?.kid === kid).length > 1)
    return { what: 'has the kid of another key', wayOut: 'Give each key an id of its own' };
  const key = importJwk(jwk);
  if (isFault(key)) return key;
  const algorithms = algorithmsOf(key).filter((name) => alg === undefined || alg === name);
  if (algorithms.length === 0) return { what: 'has an alg that does not fit its kind', wayOut: `Write ${algorithmsOf(key).join(' or ')}` };
  return { kid, algorithms, key };
}
