// framegate's sessions: express-session owns cookie and store on our own routes; the proxied road only reads.

import { randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { CookieOptions } from 'express';
import session from 'express-session';
import type { Config } from '../config/config.ts';
import type { Clock } from '../kernel/clock.ts';
import { deriveKey } from '../kernel/derive-key.ts';
import { identityKey, matchesIdentity } from '../kernel/identity.ts';
import type { Log } from '../kernel/log.ts';
import { isolateFromHost } from './host-session.ts';
import { hashSessionId, MemorySessionStore } from './memory-store.ts';
import type { ActiveSession, SessionEndReason, SessionStart, Sessions } from './session.ts';
import { createSessionIdReader, findSessionCookies, SESSION_COOKIE } from './session-cookie.ts';
import { endOf, type StoredSession } from './stored-session.ts';

/** How often activity is written at most, in milliseconds; more often only where the idle limit is below two minutes. */
const ACTIVITY_STEP_MS = 60_000;
/** How often ended sessions are looked for, in milliseconds; within the 2 s of SEC-B8.3. */
const SWEEP_MS = 1000;

type OwnRequest = IncomingMessage & {
  session?: session.Session & Partial<session.SessionData>;
  sessionID?: string;
  /** Express's. */
  res?: { clearCookie?(name: string, options: CookieOptions): unknown };
};

export interface SessionsOptions {
  readonly config: Pick<Config, 'session' | 'embed'>;
  readonly clock: Clock;
  readonly log: Log;
}

export function createSessions({ config, clock, log }: SessionsOptions): Sessions {
  const store = new MemorySessionStore(clock, config.session.maxSessions, (ended) => announce(ended, 'expired'));
  const keys = config.session.secrets.map((secret) => deriveKey(secret, 'session-cookie'));
  const cookie: session.CookieOptions = {
    path: '/',
    httpOnly: true,
    // Always: config refuses a publicUrl on which a browser would not take a Secure cookie (SEC-C13).
    secure: true,
    ...(config.embed.cookies === 'lax' ? { sameSite: 'lax' } : { sameSite: 'none', partitioned: true }),
  };
  // What browsers may hold from before `embed.hosts` was changed: beside ours it would make two, which are nobody's.
  const otherCookie: session.CookieOptions = {
    path: '/',
    httpOnly: true,
    secure: true,
    sameSite: 'none',
    partitioned: config.embed.cookies === 'lax',
  };
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
  const readHashedId = createSessionIdReader(keys, hashSessionId);
  const listeners = new Set<(ended: ActiveSession, reason: SessionEndReason) => void>();

  function announce(ended: ActiveSession, reason: SessionEndReason): void {
    log.info('session.ended', { reason, login: ended.identity.login, method: ended.method });
    for (const listener of listeners) listener(ended, reason);
  }

  // The timer's `unref` lets a process that only waits for it end.
  const sweeper = setInterval(() => store.sweep(), SWEEP_MS).unref();

  function living(stored: StoredSession | undefined): StoredSession | undefined {
    return stored !== undefined && endOf(stored) > clock.now() ? stored : undefined;
  }

  /** Taken out of the store by one request alone, so that of two that end a session at once only one tells of it. */
  function takeOwn(own: OwnRequest): StoredSession | undefined {
    return own.sessionID === undefined ? undefined : store.take(own.sessionID);
  }

  /** Before our own, which a browser that does not tell the two apart then keeps. */
  function clearOther(req: IncomingMessage): void {
    if (findSessionCookies(req.headers.cookie).length === 0) return;
    (req as OwnRequest).res?.clearCookie?.(SESSION_COOKIE, otherCookie as CookieOptions);
  }

  const sessions: Sessions = {
    middleware: isolateFromHost(middleware),

    read(cookieHeader, active) {
      const hashedId = readHashedId(cookieHeader);
      if (hashedId === undefined) return undefined;
      const stored = living(store.find(hashedId));
      if (stored === undefined) return undefined;
      const now = clock.now();
      if (
        active &&
        stored.idleTimeoutMs !== undefined &&
        now - stored.lastActiveAtMs >= Math.min(ACTIVITY_STEP_MS, stored.idleTimeoutMs / 2)
      ) {
        store.replace(hashedId, { ...stored, lastActiveAtMs: now });
      }
      return stored;
    },

    current(req) {
      // express-session takes the first of two cookies; here as in `read` they are nobody's (SEC-B5.2).
      if (findSessionCookies(req.headers.cookie).length > 1) return undefined;
      return living((req as OwnRequest).session?.framegate);
    },

    async start(req, start) {
      const own = req as OwnRequest;
      if (own.session === undefined) throw new Error('the request has not passed the session middleware');
      const current = sessions.current(req);
      const renews = current !== undefined && identityKey(current.identity) === identityKey(start.identity);
      const earlier = takeOwn(own);
      let goesOn = false;
      try {
        await callback((done) => own.session?.regenerate(done));
        const stored = newSession(start, renews ? current.key : randomUUID());
        own.session.framegate = stored;
        await callback((done) => own.session?.save(done));
        clearOther(req);
        goesOn = renews && earlier !== undefined;
        log.info('session.started', { login: stored.identity.login, method: stored.method, renewed: goesOn });
        return stored;
      } catch (error) {
        // No cookie for a session that was not stored.
        delete own.session;
        throw error;
      } finally {
        if (earlier !== undefined && !goesOn) announce(earlier, living(earlier) === undefined ? 'expired' : 'replaced');
      }
    },

    async end(req) {
      const own = req as OwnRequest;
      const ended = takeOwn(own);
      if (own.session !== undefined) await callback((done) => own.session?.destroy(done));
      clearOther(req);
      own.res?.clearCookie?.(SESSION_COOKIE, cookie as CookieOptions);
      if (ended !== undefined) announce(ended, living(ended) === undefined ? 'expired' : 'signed-out');
    },

    async revoke(which) {
      if (Object.keys(which).length === 0) return 0;
      const ended = store.destroyWhere(({ identity }) => matchesIdentity(which, identity));
      for (const stored of ended) announce(stored, 'revoked');
      return ended.length;
    },

    async *list() {
      for (const stored of store.allSessions()) {
        const { identity, key, method, startedAtMs, lastActiveAtMs } = stored;
        const { login, issuer, subject } = identity;
        const endsAtMs = endOf(stored);
        yield { key, login, issuer, subject, method, startedAtMs, lastActiveAtMs, endsAtMs, address: undefined, userAgent: undefined };
      }
    },

    onEnd(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },

    get size() {
      return store.size;
    },

    close() {
      clearInterval(sweeper);
      listeners.clear();
    },
  };
  return sessions;

  function newSession(start: SessionStart, key: string): StoredSession {
    const now = clock.now();
    const absoluteEnd = now + config.session.absoluteTimeoutMs;
    return {
      key,
      identity: start.identity,
      method: start.method,
      startedAtMs: now,
      endsAtMs: Math.min(absoluteEnd, start.endsAtMs ?? absoluteEnd),
      idleTimeoutMs: start.method === 'password' ? config.session.idleTimeoutMs : config.session.ticketIdleTimeoutMs,
      lastActiveAtMs: now,
    };
  }
}

function callback(run: (done: (error?: unknown) => void) => unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    run((error) => {
      if (error === undefined || error === null) resolve();
      else reject(error);
    });
  });
}
