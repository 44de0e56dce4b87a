// Whether two parts of a configuration say the same, secrets included.

import { KeyObject } from 'node:crypto';
import { Secret } from '../kernel/secret.ts';

/** True where both are of the same content; the order of keys does not count, that of lists does. */
export function isSame(one: unknown, other: unknown): boolean {
  return one === other || canonicalText(one) === canonicalText(other);
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
