// framegate's sessions: express-session owns cookie and store on our own routes; the proxied road only reads.

import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { CookieOptions } from 'express';
import type session from 'express-session';
import type { Config } from '../config/config.ts';
import type { Clock } from '../kernel/clock.ts';
import { FramegateError } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import type { StateStore } from '../kernel/state-store.ts';
import { createHolder, type HolderSettings } from './create-holder.ts';
import { PersonSlots } from './person-slots.ts';
import { refuseRevoked } from './refused-start.ts';
import { isRenewal } from './renewal.ts';
import { namesNobody } from './revocation.ts';
import type { ActiveSession, ParentSession, RevocationTarget, SessionEndReason, SessionStart, Sessions } from './session.ts';
import { findSessionCookies, SESSION_COOKIE } from './session-cookie.ts';
import { createSessionFront, type SessionFrontConfig } from './session-front.ts';
import type { HolderEvents } from './session-holder.ts';
import { hashSessionId } from './session-id.ts';
import { endOf, isActivityDue, type StoredSession } from './stored-session.ts';
import { summarise } from './summary.ts';

/** How often ended sessions are looked for, in milliseconds; within the 2 s of SEC-B8.3. */
const TICK_MS = 1000;
/** Longest User-Agent that is kept, in characters. */
const MAX_USER_AGENT_LENGTH = 256;

type OwnRequest = IncomingMessage & {
  session?: session.Session & Partial<session.SessionData>;
  sessionID?: string;
  /** Express's. */
  res?: { clearCookie?(name: string, options: CookieOptions): unknown };
};

type Settings = HolderSettings & Pick<Config['session'], 'idleTimeoutMs' | 'ticketIdleTimeoutMs' | 'maxPerUser'>;

interface SessionsConfig extends SessionFrontConfig {
  readonly session: Settings;
}

/** Sessions that outlive a reload of the configuration. */
export interface ConfiguredSessions extends Sessions {
  /** For sessions that start from now on; how many there may be, and where they are kept, stays as it was. */
  reconfigure(config: SessionsConfig): void;
}

export interface SessionsOptions {
  readonly config: SessionsConfig;
  /** Where sessions are kept if it is shared; else they are in the memory of this process. */
  readonly state: StateStore;
  /** For the operator's list of sessions. */
  clientAddress(req: IncomingMessage): string;
  readonly clock: Clock;
  readonly log: Log;
}

export function createSessions({ config, state, clientAddress, clock, log }: SessionsOptions): ConfiguredSessions {
  let settings = config.session;
  const endListeners = new Set<(ended: ActiveSession, reason: SessionEndReason) => void>();
  const revokeListeners = new Set<(which: RevocationTarget) => void>();

  function announce(ended: ActiveSession, reason: SessionEndReason): void {
    log.info('session.ended', { reason, login: ended.identity.login, method: ended.method });
    for (const listener of endListeners) listener(ended, reason);
  }

  const events: HolderEvents = {
    ended: announce,
    revoked: (which) => {
      for (const listener of revokeListeners) listener(which);
    },
  };
  const holder = createHolder(settings, { state, clock, log, events });
  let slots = createSlots(config.session);
  let front = createSessionFront(config, holder);
  // The timer's `unref` lets a process that only waits for it end.
  const ticker = setInterval(() => holder.tick(), TICK_MS).unref();

  function createSlots({ maxPerUser }: Settings): PersonSlots | undefined {
    if (maxPerUser === undefined) return undefined;
    return new PersonSlots({
      state,
      maxPerUser,
      isLiving: async (hashedId) => (await holder.fetch(hashedId)) !== undefined,
      async end(hashedId) {
        const ended = await holder.end(hashedId, 'replaced');
        if (ended !== undefined) announce(ended, endReason(ended, 'replaced'));
      },
    });
  }

  function living(stored: StoredSession | undefined): StoredSession | undefined {
    return stored !== undefined && endOf(stored) > clock.now() ? stored : undefined;
  }

  function endReason(ended: StoredSession, reason: SessionEndReason): SessionEndReason {
    return living(ended) === undefined ? 'expired' : reason;
  }

  /** Before our own, which a browser that does not tell the two apart then keeps. */
  function clearOther(req: IncomingMessage): void {
    if (findSessionCookies(req.headers.cookie).length === 0) return;
    (req as OwnRequest).res?.clearCookie?.(SESSION_COOKIE, front.otherCookie as CookieOptions);
  }

  function noteActivity(hashedId: string, stored: StoredSession): void {
    const now = clock.now();
    if (isActivityDue(stored, now)) holder.touch(hashedId, { ...stored, lastActiveAtMs: now });
  }

  /** The id under which the request's session lies; undefined: it has none. */
  function findOwnId(own: OwnRequest): string | undefined {
    return own.session?.framegate === undefined || own.sessionID === undefined ? undefined : hashSessionId(own.sessionID);
  }

  const sessions: ConfiguredSessions = {
    middleware: (req, res, next) => front.middleware(req, res, next),

    read(cookieHeader, active) {
      const hashedId = front.readHashedId(cookieHeader);
      if (hashedId === undefined) return undefined;
      const found = holder.find(hashedId);
      if (!active || found === undefined) return found;
      if (!(found instanceof Promise)) {
        noteActivity(hashedId, found);
        return found;
      }
      return found.then((stored) => {
        if (stored !== undefined) noteActivity(hashedId, stored);
        return stored;
      });
    },

    current(req) {
      // express-session takes the first of two cookies; here as in `read` they are nobody's (SEC-B5.2).
      if (findSessionCookies(req.headers.cookie).length > 1) return undefined;
      return living((req as OwnRequest).session?.framegate);
    },

    parent(req) {
      const hashedId = findOwnId(req as OwnRequest);
      const current = sessions.current(req);
      if (hashedId === undefined || current === undefined) return undefined;
      return { hashedId, ...originOf(current) };
    },

    moment: () => holder.startMoment(),

    async start(req, { parent, beganAtMs, ...start }) {
      const own = req as OwnRequest;
      if (own.session === undefined) throw new Error('the request has not passed the session middleware');
      if (parent !== undefined) await assertLiving(parent);
      const origin = parent === undefined ? { startedAtMs: beganAtMs ?? holder.startMoment() } : originOf(parent);
      const from = { address: clientAddress(req), userAgent: req.headers['user-agent'] };
      const begun = newSession({ ...from, ...start, ...origin });
      const judging = holder.isRevoked(begun);
      if ((judging instanceof Promise ? await judging : judging) === true) throw refuseRevoked(start.method);
      const current = sessions.current(req);
      const renews = current !== undefined && isRenewal(current, start);
      const earlierId = findOwnId(own);
      let earlier: StoredSession | undefined;
      let goesOn = false;
      front.generate(own);
      const hashedId = hashSessionId(own.sessionID ?? '');
      try {
        // Told first: an instance that misses the old id must know that the session goes on.
        if (renews && earlierId !== undefined) await holder.tellRenewed(earlierId, hashedId);
        earlier = earlierId === undefined ? undefined : await holder.take(earlierId);
        const stored = renews ? { ...begun, key: current.key } : begun;
        own.session.framegate = stored;
        await callback((done) => own.session?.save(done));
        await slots?.claim(hashedId, stored);
        clearOther(req);
        goesOn = renews && earlier !== undefined;
        log.info('session.started', { login: stored.identity.login, method: stored.method, renewed: goesOn });
        return stored;
      } catch (error) {
        // No cookie for a session that was not stored.
        delete own.session;
        throw error;
      } finally {
        if (earlier !== undefined && earlierId !== undefined && !goesOn) {
          announce(earlier, endReason(earlier, 'replaced'));
          await holder.tellEnded(renews ? hashedId : earlierId, 'replaced');
        }
      }
    },

    async end(req) {
      const own = req as OwnRequest;
      const hashedId = findOwnId(own);
      const ended = hashedId === undefined ? undefined : await holder.end(hashedId, 'signed-out');
      delete own.session;
      clearOther(req);
      own.res?.clearCookie?.(SESSION_COOKIE, front.cookie as CookieOptions);
      if (ended !== undefined) announce(ended, endReason(ended, 'signed-out'));
    },

    revoke: async (which, limits = {}) => (namesNobody(which) ? 0 : holder.revoke(which, limits)),

    async *list() {
      for await (const stored of holder.all()) yield summarise(stored);
    },

    onEnd(listener) {
      endListeners.add(listener);
      return () => endListeners.delete(listener);
    },

    onRevoke(listener) {
      revokeListeners.add(listener);
      return () => revokeListeners.delete(listener);
    },

    get size() {
      return holder.size;
    },

    reconfigure(next) {
      settings = next.session;
      slots = createSlots(settings);
      front = createSessionFront(next, holder);
    },

    close() {
      clearInterval(ticker);
      holder.close();
      endListeners.clear();
      revokeListeners.clear();
    },
  };
  return sessions;

  async function assertLiving({ hashedId }: ParentSession): Promise<void> {
    if ((await holder.fetch(hashedId)) === undefined) throw new FramegateError('FRAMEGATE_CODE_REFUSED', { reason: 'session-ended' });
  }

  type NewSession = Omit<SessionStart, 'userAgent' | 'parent' | 'beganAtMs'> & {
    readonly userAgent: string | undefined;
    readonly startedAtMs: number;
  };

  function newSession(start: NewSession): StoredSession {
    const { endsAtMs = Number.POSITIVE_INFINITY, userAgent, ...rest } = start;
    // The start may lie ahead of our clock (`startMoment`), which must not make the session longer.
    const now = clock.now();
    return {
      ...rest,
      ...(userAgent !== undefined && { userAgent: userAgent.slice(0, MAX_USER_AGENT_LENGTH) }),
      key: randomUUID(),
      endsAtMs: Math.min(now + settings.absoluteTimeoutMs, endsAtMs),
      // Tickets and the host application's sessions are renewed by somebody else, who knows whether a person is there.
      idleTimeoutMs: start.method === 'password' || start.method === 'oidc' ? settings.idleTimeoutMs : settings.ticketIdleTimeoutMs,
      lastActiveAtMs: now,
    };
  }
}

type Origin = Omit<ParentSession, 'hashedId'>;

/** What a session has from its sign-in, and hands on. */
function originOf({ startedAtMs, vouchedAtMs, passwordMark }: Origin): Origin {
  return { startedAtMs, ...(vouchedAtMs !== undefined && { vouchedAtMs }), ...(passwordMark !== undefined && { passwordMark }) };
}

function callback(run: (done: (error?: unknown) => void) => unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    run((error) => {
      if (error === undefined || error === null) resolve();
      else reject(error);
    });
  });
}
