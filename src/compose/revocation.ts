// The ends of sessions and the connections that hang on them.

import { matchesIdentity } from '../kernel/identity.ts';
import type { Meters } from '../observe/meters.ts';
import { type LiveConnections, POLICY_VIOLATION } from '../proxy/live-connections.ts';
import type { RevocationLimits, RevocationTarget, Sessions } from '../session/session.ts';

export type Revoke = (which: RevocationTarget, limits?: RevocationLimits) => Promise<number>;

/** @returns what ends sessions and connections here and on every instance. */
export function connectSessions(sessions: Sessions, live: LiveConnections, meters: Meters): Revoke {
  /** Of people who are named anew on every request: they have no session, only connections. */
  function closeConnections(which: RevocationTarget): number {
    if (which.key !== undefined || which.providerSid !== undefined) return 0;
    return live.closeWhere((identity) => matchesIdentity(which, identity), POLICY_VIOLATION);
  }

  sessions.onEnd((session, reason) => {
    meters.endedSessions.add(reason);
    live.closeSession(session.key, POLICY_VIOLATION);
  });
  sessions.onRevoke((which) => {
    meters.revocations.add('other-instance');
    closeConnections(which);
  });

  return async function revoke(which, limits) {
    if (Object.values(which).every((value) => value === undefined)) return 0;
    meters.revocations.add('here');
    let ended = 0;
    try {
      ended = await sessions.revoke(which, limits);
    } finally {
      // Also while the store is away: here it holds at once.
      ended += closeConnections(which);
    }
    return ended;
  };
}
