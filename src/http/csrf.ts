// Forms of ours prove that they come from a page that we gave to this browser (SEC-D1.4, SEC-B12.2): the token is an
// HMAC of a cookie that scripts cannot read, so nothing has to be stored before somebody signs in.

import { createHmac, randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { deriveKey } from '../kernel/derive-key.ts';
import { Secret } from '../kernel/secret.ts';

const COOKIE_NAME = '__Host-framegate-tx';
/** Ten minutes (SEC-D1.3); every page of the sign-in starts them anew. */
const COOKIE_MAX_AGE_SECONDS = 10 * 60;
const COOKIE_ATTRIBUTES = 'Path=/; HttpOnly; Secure; SameSite=Lax';
/** 256 random bits, base64url. */
const COOKIE_VALUE = /^[A-Za-z0-9_-]{43}$/;

export interface Csrf {
  /** A token for the next page; sets its cookie on the answer. */
  issue(req: IncomingMessage, res: ServerResponse): string;
  verify(req: IncomingMessage, token: string | undefined): boolean;
  /** Ends the token: a sign-in uses it up. */
  clear(res: ServerResponse): void;
}

/** The cookie's value; undefined when there is none, or more than one (cookie tossing, SEC-B5.2), or it is not ours. */
function readCookie(req: IncomingMessage): string | undefined {
  const values = (req.headers.cookie ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${COOKIE_NAME}=`))
    .map((pair) => pair.slice(COOKIE_NAME.length + 1));
  const [value] = values;
  return values.length === 1 && value !== undefined && COOKIE_VALUE.test(value) ? value : undefined;
}

function setCookie(res: ServerResponse, value: string, maxAgeSeconds: number): void {
  res.appendHeader('Set-Cookie', `${COOKIE_NAME}=${value}; ${COOKIE_ATTRIBUTES}; Max-Age=${maxAgeSeconds}`);
}

/** @param secret Any secret of the deployment, at least 32 bytes; the key for tokens is derived from it (SEC-D10.2). */
export function createCsrf(secret: Secret): Csrf {
  const key = Buffer.from(deriveKey(secret, 'csrf'), 'hex');
  const sign = (value: string): string => createHmac('sha256', key).update(value).digest('base64url');

  return {
    issue(req, res) {
      // The same value goes on, so that a second window of the same browser does not make the first one useless.
      const value = readCookie(req) ?? randomBytes(32).toString('base64url');
      setCookie(res, value, COOKIE_MAX_AGE_SECONDS);
      return sign(value);
    },
    verify(req, token) {
      const value = readCookie(req);
      return value !== undefined && token !== undefined && new Secret(sign(value)).equals(new Secret(token));
    },
    clear(res) {
      setCookie(res, '', 0);
    },
  };
}
