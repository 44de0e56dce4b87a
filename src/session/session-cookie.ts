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

/** Values of the session cookies in a Cookie header. */
export function findSessionCookies(cookieHeader: string | undefined): string[] {
  const values: string[] = [];
  for (const pair of cookieHeader?.split(';') ?? []) {
    const equals = pair.indexOf('=');
    if (equals !== -1 && pair.slice(0, equals).trim() === SESSION_COOKIE) values.push(pair.slice(equals + 1).trim());
  }
  return values;
}
