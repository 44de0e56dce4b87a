// Sessions of one process.

import type { Clock } from '../kernel/clock.ts';
import { FramegateError } from '../kernel/errors.ts';
import { ExpiringMap } from '../kernel/expiring-map.ts';
import { LONGEST_SIGN_IN_MS, RevocationMarks, revokes } from './revocation.ts';
import type { HolderEvents, SessionHolder } from './session-holder.ts';
import { endOf, type StoredSession } from './stored-session.ts';

/** How much longer than a sign-in can be under way a revocation is remembered, in milliseconds. */
const MARGIN_MS = 60_000;

export function createMemoryHolder(clock: Clock, maxSessions: number, events: HolderEvents): SessionHolder {
  const sessions = new ExpiringMap<StoredSession>(clock, maxSessions, (stored) => events.ended(stored, 'expired'));
  /** For sign-ins that are under way; the sessions themselves end at once. */
  const marks = new RevocationMarks();
  const startMoment = (): number => marks.firstMomentAfter(clock.now());

  function endRevoked(hashedId: string, stored: StoredSession): void {
    sessions.delete(hashedId);
    events.ended(stored, 'revoked');
  }

  return {
    find: (hashedId) => sessions.get(hashedId),
    fetch: async (hashedId) => sessions.get(hashedId),
    async put(hashedId, stored) {
      if (!sessions.set(hashedId, stored, endOf(stored))) throw new FramegateError('FRAMEGATE_BUSY', { reason: 'too-many-sessions' });
      if (marks.revoke(stored)) endRevoked(hashedId, stored);
    },
    take: async (hashedId) => sessions.take(hashedId),
    end: async (hashedId) => sessions.take(hashedId),
    async tellEnded() {},
    async tellRenewed() {},
    touch(hashedId, stored) {
      if (sessions.get(hashedId) !== undefined) sessions.set(hashedId, stored, endOf(stored));
    },
    async revoke(which, { startedUntilMs = Number.POSITIVE_INFINITY, vouchedUntilMs = clock.now() }) {
      const revocation = { atMs: Math.min(startMoment(), startedUntilMs), vouchedUntilMs, which };
      marks.add(revocation);
      const reached = [...sessions.entries()].filter(([, stored]) => revokes(revocation, stored));
      for (const [hashedId, stored] of reached) endRevoked(hashedId, stored);
      return reached.length;
    },
    isRevoked: (session) => marks.revoke(session),
    async *all() {
      for (const [, stored] of sessions.entries()) if (endOf(stored) > clock.now()) yield stored;
    },
    startMoment,
    tick() {
      sessions.sweep();
      marks.forgetBefore(clock.now() - LONGEST_SIGN_IN_MS - MARGIN_MS);
    },
    get size() {
      return sessions.size;
    },
    close() {},
  };
}
