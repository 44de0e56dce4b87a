// What a JSON Web Key Set must be before one of its keys judges a ticket (RFC 7517).

import type { JSONWebKeySet } from 'jose';

const MAX_KEYS = 100;
/** Members that only private (RFC 7518 section 6) or symmetric keys have. */
const SECRET_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'];

/**
 * The key set, if it holds 1 to 100 public keys.
 * A set with a private or symmetric key is refused as a whole: whoever can read it could sign tickets (SEC-B15.6).
 * @throws {Error} whose message says what is wrong, without key material.
 */
export function checkKeySet(value: unknown): JSONWebKeySet {
  const keys: unknown = isRecord(value) ? value['keys'] : undefined;
  if (!Array.isArray(keys)) throw new Error('The key set is not a JSON object with a list "keys"');
  if (keys.length === 0) throw new Error('The key set is empty');
  if (keys.length > MAX_KEYS) throw new Error(`The key set has more than ${MAX_KEYS} keys`);
  for (const key of keys) {
    if (!isRecord(key) || typeof key['kty'] !== 'string') throw new Error('The key set holds something that is not a key');
    if (key['kty'] === 'oct' || SECRET_MEMBERS.some((member) => Object.hasOwn(key, member))) {
      throw new Error('The key set holds a private or symmetric key. Publish public keys only, and replace this one');
    }
  }
  return value as JSONWebKeySet;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
