// The one session cookie. Its attributes follow from the configuration alone, never from the connection (SEC-F7).

import { unsign } from 'cookie-signature';

export const SESSION_COOKIE = '__Host-framegate';

/**
 * The session id of a Cookie header whose signature one of the keys made. Two session cookies are nobody's: one of
 * them may have been tossed in from a sub-domain (SEC-B5.2).
 */
export function readSessionId(cookieHeader: string | undefined, keys: readonly string[]): string | undefined {
  const [value, ...others] = findSessionCookies(cookieHeader);
  if (value === undefined || others.length > 0) return undefined;
  let decoded: string;
  try {
    decoded = decodeURIComponent(value);
  } catch {
    return undefined;
  }
  if (!decoded.startsWith('s:')) return undefined;
  for (const key of keys) {
    const id = unsign(decoded.slice(2), key);
    if (id !== false) return id;
  }
  return undefined;
}

/** Remembered cookie values at most; all are forgotten when there are more. */
const MAX_REMEMBERED = 10_000;
/** Longest Cookie header that is remembered, in characters. */
const MAX_REMEMBERED_LENGTH = 2048;

/**
 * `readSessionId` that verifies the signature of one cookie value once, and hands back what the store keys by. Whether
 * the session still lives is asked of the store each time, so nothing that has ended is remembered as living.
 */
export function createSessionIdReader(
  keys: readonly string[],
  hash: (id: string) => string,
): (cookieHeader: string | undefined) => string | undefined {
  const remembered = new Map<string, string>();
  return function readHashedId(cookieHeader) {
    if (cookieHeader === undefined) return undefined;
    const known = remembered.get(cookieHeader);
    if (known !== undefined) return known;
    const id = readSessionId(cookieHeader, keys);
    if (id === undefined) return undefined;
    const hashed = hash(id);
    if (cookieHeader.length <= MAX_REMEMBERED_LENGTH) {
      if (remembered.size >= MAX_REMEMBERED) remembered.clear();
      remembered.set(cookieHeader, hashed);
    }
    return hashed;
  };
}

/** Values of the session cookies in a Cookie header. */
export function findSessionCookies(cookieHeader: string | undefined): string[] {
  const values: string[] = [];
  for (const pair of cookieHeader?.split(';') ?? []) {
    const equals = pair.indexOf('=');
    if (equals !== -1 && pair.slice(0, equals).trim() === SESSION_COOKIE) values.push(pair.slice(equals + 1).trim());
  }
  return values;
}
