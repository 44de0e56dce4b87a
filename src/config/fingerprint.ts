// Whether two parts of a configuration say the same, secrets included, and a name for the whole that tells nothing of it.

import { createHmac, KeyObject } from 'node:crypto';
import { deriveKey } from '../kernel/derive-key.ts';
import { Secret } from '../kernel/secret.ts';
import type { Config } from './config.ts';

/** True where both are of the same content; the order of keys does not count, that of lists does. */
export function isSame(one: unknown, other: unknown): boolean {
  return one === other || canonicalText(one) === canonicalText(other);
}

/**
 * 12 hexadecimal digits; the same on every instance with the same configuration and session secret. Keyed, so that a
 * weak secret among its contents cannot be guessed from it.
 */
export function nameRevision(config: Config): string {
  const [secret] = config.session.secrets;
  const key = secret === undefined ? '' : deriveKey(secret, 'config-revision');
  return createHmac('sha256', key).update(canonicalText(config)).digest('hex').slice(0, 12);
}

/** Unambiguous, and with the values of secrets in it: compare it, never show it. */
export function canonicalText(value: unknown): string {
  return JSON.stringify(canonical(value)) ?? 'undefined';
}

function canonical(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
  if (value instanceof Secret) return { secret: value.reveal().toString('hex') };
  if (value instanceof KeyObject) return { key: exportKey(value) };
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('hex') };
  if (value instanceof Map) return { map: [...value].map(canonical) };
  if (value instanceof Set) return { set: [...value].map(canonical) };
  if (Array.isArray(value)) return value.map(canonical);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, canonical(inner)]));
}

function exportKey(key: KeyObject): string {
  if (key.type === 'secret') return key.export().toString('hex');
  return key.export({ format: 'der', type: key.type === 'public' ? 'spki' : 'pkcs8' }).toString('hex');
}
