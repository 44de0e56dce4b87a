// Sessions of one process.

import type { Clock } from '../kernel/clock.ts';
import { FramegateError } from '../kernel/errors.ts';
import { ExpiringMap } from '../kernel/expiring-map.ts';
import { matchesSession } from './revocation.ts';
import type { HolderEvents, SessionHolder } from './session-holder.ts';
import { endOf, type StoredSession } from './stored-session.ts';

export function createMemoryHolder(clock: Clock, maxSessions: number, events: HolderEvents): SessionHolder {
  const sessions = new ExpiringMap<StoredSession>(clock, maxSessions, (stored) => events.ended(stored, 'expired'));
  return {
    find: (hashedId) => sessions.get(hashedId),
    fetch: async (hashedId) => sessions.get(hashedId),
    async put(hashedId, stored) {
      if (!sessions.set(hashedId, stored, endOf(stored))) throw new FramegateError('FRAMEGATE_BUSY', { reason: 'too-many-sessions' });
    },
    take: async (hashedId) => sessions.take(hashedId),
    end: async (hashedId) => sessions.take(hashedId),
    async tellEnded() {},
    async tellRenewed() {},
    touch(hashedId, stored) {
      if (sessions.get(hashedId) !== undefined) sessions.set(hashedId, stored, endOf(stored));
    },
    async revoke(which, startedUntilMs = Number.POSITIVE_INFINITY) {
      let ended = 0;
      for (const [hashedId, stored] of sessions.entries()) {
        if (stored.startedAtMs > startedUntilMs || !matchesSession(which, stored)) continue;
        sessions.delete(hashedId);
        events.ended(stored, 'revoked');
        ended += 1;
      }
      return ended;
    },
    async *all() {
      for (const [, stored] of sessions.entries()) if (endOf(stored) > clock.now()) yield stored;
    },
    startMoment: () => clock.now(),
    tick: () => sessions.sweep(),
    get size() {
      return sessions.size;
    },
    close() {},
  };
}
