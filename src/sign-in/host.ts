// The identity that a host application's `identify(req)` returns, read strictly: a slip there must neither let
// somebody in under another name nor be guessed around.

import { FramegateError } from '../kernel/errors.ts';
import type { Identity } from '../kernel/identity.ts';
import { parseLogin } from '../kernel/login.ts';
import { readDisplayName, readEmail, readGroups } from './attributes.ts';

const DEFAULT_ISSUER = 'host';
const KEYS = ['login', 'email', 'displayName', 'groups', 'issuer', 'subject'];
const MAX_ISSUER_LENGTH = 512;
const MAX_SUBJECT_LENGTH = 255;

/** What a host application's `identify` may return; null or undefined: nobody is signed in. */
export interface HostIdentity {
  /** Becomes X-WEBAUTH-USER: 1 to 255 of `A-Z a-z 0-9 . _ @ + | : / = ~ -`. */
  readonly login: string;
  readonly email?: string;
  /** Any text. */
  readonly displayName?: string;
  readonly groups?: readonly string[];
  /** Default `host`. */
  readonly issuer?: string;
  /** Default: the login. */
  readonly subject?: string;
}

/**
 * Reads `{ login, email?, displayName?, groups?, issuer?, subject? }`; null or undefined: nobody is signed in.
 * `issuer` is `host` and `subject` the login unless given. Null or undefined for an optional key is the same as absent;
 * an unusable e-mail address is left out (SEC-R5).
 * @throws {FramegateError} FRAMEGATE_INTERNAL for anything else; the message, for the log, says what to return.
 */
export function readHostIdentity(value: unknown): Identity | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'object' || Array.isArray(value)) throw misuse(`a value of type ${nameType(value)}`);
  if (typeof (value as { then?: unknown }).then === 'function') throw misuse('a promise that nobody awaited');
  const unknownKey = Object.keys(value).find((key) => !KEYS.includes(key));
  if (unknownKey !== undefined) throw misuse(`an object with the unknown key ${JSON.stringify(unknownKey.slice(0, 64))}`);

  const given = value as Record<string, unknown>;
  const login = parseLogin(given['login']);
  if (login === undefined) {
    throw misuse('a "login" that is not text of 1 to 255 letters, digits and . _ @ + | : / = ~ -, beginning with a letter or digit');
  }
  const issuer = readText(given, 'issuer', MAX_ISSUER_LENGTH) ?? DEFAULT_ISSUER;
  if (issuer === 'password') throw misuse('the "issuer" that stands for accounts of the users file; leave it out or choose another');
  const email = readEmail(readText(given, 'email'));
  const displayName = readDisplayName(readText(given, 'displayName'));
  const groups = readGroups(given['groups'] ?? undefined);
  if (groups === undefined) {
    throw misuse('"groups" that are not a list of at most 100 texts of 1 to 256 characters without commas and control characters');
  }
  return {
    issuer,
    subject: readText(given, 'subject', MAX_SUBJECT_LENGTH) ?? login,
    login,
    ...(email === undefined ? {} : { email, emailVerified: true }),
    ...(displayName === undefined ? {} : { displayName }),
    groups,
  };
}

function readText(given: Record<string, unknown>, key: string, maxLength?: number): string | undefined {
  const value = given[key] ?? undefined;
  if (value === undefined) return undefined;
  if (typeof value !== 'string') throw misuse(`${article(key)} "${key}" of type ${nameType(value)} instead of text`);
  if (maxLength !== undefined && (value === '' || value.length > maxLength)) {
    throw misuse(`${article(key)} "${key}" that is not 1 to ${maxLength} characters long`);
  }
  return value;
}

function article(key: string): string {
  return /^[aeiou]/.test(key) ? 'an' : 'a';
}

function nameType(value: unknown): string {
  return Array.isArray(value) ? 'array' : typeof value;
}

/** Says types and keys, never values. */
function misuse(returned: string): FramegateError {
  return new FramegateError('FRAMEGATE_INTERNAL', {
    reason: 'identify-misuse',
    message: `identify() returned ${returned}. Return { login: 'alice', email, displayName, groups: ['operators'] } for who is signed in (login alone is enough), or undefined for nobody.`,
  });
}
