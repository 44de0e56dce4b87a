// Sessions of one process. The same class is express-session's store (own routes, with its write path) and what the
// proxied road reads from (without it).

import { createHash } from 'node:crypto';
import session from 'express-session';
import type { Clock } from '../kernel/clock.ts';
import { FramegateError } from '../kernel/errors.ts';
import { ExpiringMap } from '../kernel/expiring-map.ts';
import type { StoredSession } from './stored-session.ts';
import { endOf } from './stored-session.ts';

declare module 'express-session' {
  interface SessionData {
    framegate?: StoredSession;
  }
}

/** Ids are held only as SHA-256, so whoever reads the store's memory cannot present one (SEC-D1.5). */
export function hashSessionId(id: string): string {
  return createHash('sha256').update(id).digest('base64url');
}

type Callback = (error?: unknown) => void;

export class MemorySessionStore extends session.Store {
  readonly #sessions: ExpiringMap<{ cookie: session.SessionData['cookie']; stored: StoredSession }>;

  /** @param onExpired Called once for each session that ended by time. */
  constructor(clock: Clock, maxSessions: number, onExpired: (stored: StoredSession) => void) {
    super();
    this.#sessions = new ExpiringMap(clock, maxSessions, ({ stored }) => onExpired(stored));
  }

  override get(id: string, callback: (error: unknown, session?: session.SessionData | null) => void): void {
    const entry = this.#sessions.get(hashSessionId(id));
    // A host application may have declared fields of its own on SessionData; ours has none of them.
    callback(
      null,
      entry === undefined ? null : ({ cookie: structuredClone(entry.cookie), framegate: entry.stored } as session.SessionData),
    );
  }

  override set(id: string, data: session.SessionData, callback?: Callback): void {
    const stored = data.framegate;
    if (stored === undefined) {
      callback?.();
      return;
    }
    // Through JSON as any other store would: the live Cookie object belongs to its request.
    const cookie = JSON.parse(JSON.stringify(data.cookie)) as session.SessionData['cookie'];
    const kept = this.#sessions.set(hashSessionId(id), { cookie, stored }, endOf(stored));
    callback?.(kept ? undefined : new FramegateError('FRAMEGATE_BUSY', { reason: 'too-many-sessions' }));
  }

  override destroy(id: string, callback?: Callback): void {
    this.#sessions.delete(hashSessionId(id));
    callback?.();
  }

  /** A request is no activity by itself; see `Sessions.read`. */
  override touch(_id: string, _data: session.SessionData, callback?: () => void): void {
    callback?.();
  }

  /** The stored session of an id that `hashSessionId` hashed, without a write. */
  find(hashedId: string): StoredSession | undefined {
    return this.#sessions.get(hashedId)?.stored;
  }

  /** Removes a session, also one that has ended but was not swept yet. @returns it, to the one caller that removed it. */
  take(id: string): StoredSession | undefined {
    return this.#sessions.take(hashSessionId(id))?.stored;
  }

  /** Records activity. */
  replace(hashedId: string, stored: StoredSession): void {
    const entry = this.#sessions.get(hashedId);
    if (entry !== undefined) this.#sessions.set(hashedId, { cookie: entry.cookie, stored }, endOf(stored));
  }

  /** Ends what matches. @returns the ended sessions. */
  destroyWhere(matches: (stored: StoredSession) => boolean): StoredSession[] {
    const ended: StoredSession[] = [];
    for (const [key, { stored }] of this.#sessions.entries()) {
      if (!matches(stored)) continue;
      this.#sessions.delete(key);
      ended.push(stored);
    }
    return ended;
  }

  *allSessions(): IterableIterator<StoredSession> {
    for (const [, { stored }] of this.#sessions.entries()) yield stored;
  }

  /** Forgets what has ended by time. */
  sweep(): void {
    this.#sessions.sweep();
  }

  get size(): number {
    return this.#sessions.size;
  }
}
