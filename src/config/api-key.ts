// An API key as it is in force, and how one is written.

import { createHash } from 'node:crypto';
import type { Narrowing } from '../kernel/identity.ts';

/** One key of the keys file. */
export interface ApiKeyConfig {
  readonly id: string;
  /** SHA-256 of the whole key as text. */
  readonly hash: Buffer;
  readonly login: string;
  readonly groups: readonly string[];
  /** Milliseconds since the epoch; undefined: never. */
  readonly expiresAtMs: number | undefined;
  readonly scope: Narrowing | undefined;
  readonly disabled: boolean;
}

/** The keys file: where it is, and what stood in it at the start. */
export interface ApiKeysFile {
  /** Absolute path. */
  readonly path: string;
  readonly keys: readonly ApiKeyConfig[];
}

/** No `_`: it stands between id and secret. */
export const API_KEY_ID = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}[A-Za-z0-9])?$/;

/** 256 random bits as base64url have 43 characters. */
const API_KEY = /^fg_([A-Za-z0-9](?:[A-Za-z0-9-]{0,62}[A-Za-z0-9])?)_[A-Za-z0-9_-]{43}$/;

/** The id in a key; undefined: not of the form of a key. */
export function apiKeyId(key: string): string | undefined {
  return API_KEY.exec(key)?.[1];
}

export function formatApiKey(id: string, secret: Buffer): string {
  return `fg_${id}_${secret.toString('base64url')}`;
}

/**
 * One round of SHA-256: a slow hash makes guesses at passwords dear, and 256 random bits cannot be guessed; a fast one
 * costs a request a microsecond.
 */
export function hashApiKey(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
