// framegate's sessions: express-session owns cookie and store on our own routes; the proxied road only reads.

import { randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import session from 'express-session';
import type { Config } from '../config/config.ts';
import type { Clock } from '../kernel/clock.ts';
import { deriveKey } from '../kernel/derive-key.ts';
import { identityKey } from '../kernel/identity.ts';
import type { Log } from '../kernel/log.ts';
import { isolateFromHost } from './host-session.ts';
import { MemorySessionStore } from './memory-store.ts';
import type { ActiveSession, SessionEndReason, SessionStart, Sessions } from './session.ts';
import { readSessionId, SESSION_COOKIE } from './session-cookie.ts';
import { endOf, type StoredSession } from './stored-session.ts';

/** How often activity is written at most, in milliseconds. */
const ACTIVITY_STEP_MS = 60_000;
/** How often ended sessions are looked for, in milliseconds; within the 2 s of SEC-B8.3. */
const SWEEP_MS = 1000;

type OwnRequest = IncomingMessage & { session?: session.Session & Partial<session.SessionData>; sessionID?: string; res?: { clearCookie?: unknown } };

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

  const sessions: Sessions = {
    middleware: isolateFromHost(middleware),

    async read(cookieHeader, active) {
      const id = readSessionId(cookieHeader, keys);
      if (id === undefined) return undefined;
      const stored = living(store.find(id));
      if (stored === undefined) return undefined;
      const now = clock.now();
      if (active && stored.idleTimeoutMs !== undefined && now - stored.lastActiveAtMs >= ACTIVITY_STEP_MS) {
        store.replace(id, { ...stored, lastActiveAtMs: now });
      }
      return stored;
    },

    current(req) {
      return living((req as OwnRequest).session?.framegate);
    },

    async start(req, start) {
      const own = req as OwnRequest;
      const earlier = living(own.session?.framegate);
      const renews = earlier !== undefined && identityKey(earlier.identity) === identityKey(start.identity);
      await callback((done) => own.session?.regenerate(done));
      const stored = newSession(start, renews ? earlier.key : randomUUID());
      if (own.session === undefined) throw new Error('the request has not passed the session middleware');
      own.session.framegate = stored;
      try {
        await callback((done) => own.session?.save(done));
      } finally {
        if (earlier !== undefined && !renews) announce(earlier, 'replaced');
      }
      log.info('session.started', { login: stored.identity.login, method: stored.method, renewed: renews });
      return stored;
    },

    async end(req) {
      const own = req as OwnRequest;
      const stored = living(own.session?.framegate);
      if (own.session !== undefined) await callback((done) => own.session?.destroy(done));
      (own.res as import('express').Response | undefined)?.clearCookie(SESSION_COOKIE, cookie as import('express').CookieOptions);
      if (stored !== undefined) announce(stored, 'signed-out');
    },

    async revoke(which) {
      if (Object.keys(which).length === 0) return 0;
      const ended = store.destroyWhere(
        ({ identity }) =>
          (which.login === undefined || identity.login === which.login) &&
          (which.issuer === undefined || identity.issuer === which.issuer) &&
          (which.subject === undefined || identity.subject === which.subject),
      );
      for (const stored of ended) announce(stored, 'revoked');
      return ended.length;
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
