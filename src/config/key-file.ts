// A file with keys that judge tickets, read when the gate starts and again whenever it changes.

import { createSecretKey } from 'node:crypto';
import { withoutLineEnd } from './file-text.ts';
import { parseKeySet } from './key-set.ts';
import { algorithmsOf, isFault, type KeyFault, parsePublicKeyPem } from './public-key.ts';
import type { KeyFileFormat, VerificationKey } from './ticket-issuer.ts';
import { findWeakness } from './weak-secret.ts';

/** HMAC with SHA-2 needs a key as long as its hash, in bytes (RFC 7518 3.2). */
const HMAC_KEY_BYTES = new Map([
  ['HS256', 32],
  ['HS384', 48],
  ['HS512', 64],
]);

export const isHmac = (algorithm: string): boolean => HMAC_KEY_BYTES.has(algorithm);

/** Shortest secret for all of the algorithms, in bytes. */
export function secretBytesFor(algorithms: readonly string[]): number {
  return Math.max(...algorithms.map((name) => HMAC_KEY_BYTES.get(name) ?? 0));
}

export function verificationKeyOf(secret: Buffer): VerificationKey {
  const algorithms = [...HMAC_KEY_BYTES].flatMap(([name, bytes]) => (secret.length >= bytes ? [name] : []));
  return { kid: undefined, algorithms, key: createSecretKey(secret) };
}

/**
 * The keys of a file: at least one of them can verify one of the algorithms.
 * @param algorithms Of one family; for secrets they decide how long one has to be.
 */
export function parseKeyFile(format: KeyFileFormat, bytes: Buffer, algorithms: readonly string[]): readonly VerificationKey[] | KeyFault {
  const keys = format === 'secret' ? parseSecret(bytes, algorithms) : parsePublicKeys(format, bytes.toString('utf8'));
  if (isFault(keys)) return keys;
  const able = keys.flatMap((key) => key.algorithms);
  if (able.some((name) => algorithms.includes(name))) return keys;
  return { what: `does not fit the algorithms, as its keys verify ${able.join(', ')}`, wayOut: `Write algorithms: [${able[0] ?? ''}]` };
}

function parsePublicKeys(format: 'key-set' | 'pem', text: string): readonly VerificationKey[] | KeyFault {
  if (format === 'key-set') return parseKeySet(text, 'refuse');
  const key = parsePublicKeyPem(text);
  return isFault(key) ? key : [{ kid: undefined, algorithms: algorithmsOf(key), key }];
}

function parseSecret(bytes: Buffer, algorithms: readonly string[]): readonly VerificationKey[] | KeyFault {
  const secret = withoutLineEnd(bytes);
  const weakness = findWeakness(secret, secretBytesFor(algorithms));
  if (weakness !== undefined) return { what: weakness, wayOut: 'Make one with `framegate keygen --secret --out FILE`' };
  return [verificationKeyOf(secret)];
}
