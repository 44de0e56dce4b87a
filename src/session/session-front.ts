// What of the sessions a browser meets: the cookie, its signature, and express-session between the two. Made anew with
// each configuration; the sessions behind it stay.

import { randomBytes } from 'node:crypto';
import type { RequestHandler } from 'express';
import session from 'express-session';
import type { Config } from '../config/config.ts';
import { deriveKey } from '../kernel/derive-key.ts';
import { ExpressStore } from './express-store.ts';
import { isolateFromHost } from './host-session.ts';
import { createSessionIdReader, SESSION_COOKIE } from './session-cookie.ts';
import type { SessionHolder } from './session-holder.ts';
import { hashSessionId } from './session-id.ts';

export interface SessionFrontConfig {
  readonly session: Pick<Config['session'], 'secrets'>;
  readonly embed: Pick<Config['embed'], 'cookies'>;
}

interface SessionFront {
  readonly middleware: RequestHandler;
  readonly cookie: session.CookieOptions;
  /** What browsers may hold from before `embed.hosts` was changed: beside ours it would make two, which are nobody's. */
  readonly otherCookie: session.CookieOptions;
  /** The hashed id of a Cookie header; undefined: there is no cookie of ours in it, or it is not signed by us. */
  readonly readHashedId: (cookieHeader: string | undefined) => string | undefined;
  /** Gives a request a new id and an empty session. */
  generate(req: object): void;
}

export function createSessionFront(config: SessionFrontConfig, holder: SessionHolder): SessionFront {
  const keys = config.session.secrets.map((secret) => deriveKey(secret, 'session-cookie'));
  const cookie: session.CookieOptions = {
    path: '/',
    httpOnly: true,
    // Always: config refuses a publicUrl on which a browser would not take a Secure cookie (SEC-C13).
    secure: true,
    ...(config.embed.cookies === 'lax' ? { sameSite: 'lax' } : { sameSite: 'none', partitioned: true }),
  };
  const otherCookie: session.CookieOptions = {
    path: '/',
    httpOnly: true,
    secure: true,
    sameSite: 'none',
    partitioned: config.embed.cookies === 'lax',
  };
  const store = new ExpressStore(holder, cookie);
  const middleware = session({
    name: SESSION_COOKIE,
    secret: keys,
    store,
    cookie,
    genid: () => randomBytes(32).toString('base64url'),
    resave: false,
    rolling: false,
    saveUninitialized: false,
    unset: 'destroy',
  });
  return {
    middleware: isolateFromHost(middleware),
    cookie,
    otherCookie,
    readHashedId: createSessionIdReader(keys, hashSessionId),
    generate: (req) => store.generate(req),
  };
}
