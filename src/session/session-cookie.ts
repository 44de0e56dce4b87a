// The one session cookie. Its attributes follow from the configuration alone, never from the connection (SEC-F7).

import { unsign } from 'cookie-signature';

export const SESSION_COOKIE = '__Host-framegate';

/**
 * The session id of a Cookie header whose signature one of the keys made. Two session cookies are nobody's: one of
 * them may have been tossed in from a sub-domain (SEC-B5.2).
 */
export function readSessionId(cookieHeader: string | undefined, keys: readonly string[]): string | undefined {
  const value = findOnlySessionCookie(cookieHeader);
  return value === undefined ? undefined : unsignValue(value, keys)?.id;
}

/** Remembered cookie values at most, as many as there are sessions by default and some; all are forgotten when there are more. */
const MAX_REMEMBERED = 120_000;

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
    const value = findOnlySessionCookie(cookieHeader);
    if (value === undefined) return undefined;
    const known = remembered.get(value);
    if (known !== undefined) return known;
    const read = unsignValue(value, keys);
    if (read === undefined) return undefined;
    const hashed = hash(read.id);
    // As we write it, and no other spelling: a client that has one cookie fills no memory. Also a text of its own, which
    // keeps no header.
    const written = encodeURIComponent(read.decoded);
    if (written === value) {
      if (remembered.size >= MAX_REMEMBERED) remembered.clear();
      remembered.set(written, hashed);
    }
    return hashed;
  };
}

function unsignValue(value: string, keys: readonly string[]): { readonly id: string; readonly decoded: string } | undefined {
  let decoded: string;
  try {
    decoded = decodeURIComponent(value);
  } catch {
    return undefined;
  }
  if (!decoded.startsWith('s:')) return undefined;
  for (const key of keys) {
    const id = unsign(decoded.slice(2), key);
    if (id !== false) return { id, decoded };
  }
  return undefined;
}

const NAMED = `${SESSION_COOKIE}=`;

/** undefined: there is none, or more than one. */
function findOnlySessionCookie(cookieHeader: string | undefined): string | undefined {
  if (cookieHeader === undefined) return undefined;
  const at = cookieHeader.indexOf(NAMED);
  // As browsers write it, and nothing else in the header looks like ours.
  const isPlain = at === 0 || (at > 1 && cookieHeader.startsWith('; ', at - 2));
  if (isPlain && cookieHeader.indexOf(SESSION_COOKIE) === at && cookieHeader.lastIndexOf(SESSION_COOKIE) === at) {
    const end = cookieHeader.indexOf(';', at);
    return cookieHeader.slice(at + NAMED.length, end === -1 ? undefined : end).trim();
  }
  const [value, ...others] = findSessionCookies(cookieHeader);
  return others.length > 0 ? undefined : value;
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
