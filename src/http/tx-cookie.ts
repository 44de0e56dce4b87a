// The cookie that ties what somebody does before a session to one browser: forms of ours, and sign-ins that are under
// way at an identity provider (SEC-D1.3).

import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

const COOKIE_NAME = '__Host-framegate-tx';
/** Ten minutes; every page of the sign-in starts them anew. */
const COOKIE_MAX_AGE_SECONDS = 10 * 60;
// Lax: a provider sends the browser back by a navigation from another site.
const COOKIE_ATTRIBUTES = 'Path=/; HttpOnly; Secure; SameSite=Lax';
/** 256 random bits, base64url. */
const COOKIE_VALUE = /^[A-Za-z0-9_-]{43}$/;

/** The cookie's value; undefined when there is none, or more than one (cookie tossing, SEC-B5.2), or it is not ours. */
export function readTxCookie(req: IncomingMessage): string | undefined {
  const values = (req.headers.cookie ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${COOKIE_NAME}=`))
    .map((pair) => pair.slice(COOKIE_NAME.length + 1));
  const [value] = values;
  return values.length === 1 && value !== undefined && COOKIE_VALUE.test(value) ? value : undefined;
}

/** The value for the next page. It stays the same, so that a second window of the same browser does not make the first one useless. */
export function keepTxCookie(req: IncomingMessage, res: ServerResponse): string {
  const value = readTxCookie(req) ?? randomBytes(32).toString('base64url');
  setCookie(res, value, COOKIE_MAX_AGE_SECONDS);
  return value;
}

/** A sign-in uses it up. */
export function clearTxCookie(res: ServerResponse): void {
  setCookie(res, '', 0);
}

function setCookie(res: ServerResponse, value: string, maxAgeSeconds: number): void {
  res.appendHeader('Set-Cookie', `${COOKIE_NAME}=${value}; ${COOKIE_ATTRIBUTES}; Max-Age=${maxAgeSeconds}`);
}
