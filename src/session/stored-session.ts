// What the store holds of a session, and when it ends: two pure rules.

import type { ActiveSession } from './session.ts';

export interface StoredSession extends ActiveSession {
  /** Milliseconds since the epoch; recorded at most once a minute. */
  readonly lastActiveAtMs: number;
}

/** The earlier of absolute end and idle end, in milliseconds since the epoch (SEC-D2.1, SEC-B11.4). */
export function endOf(stored: StoredSession): number {
  if (stored.idleTimeoutMs === undefined) return stored.endsAtMs;
  return Math.min(stored.endsAtMs, stored.lastActiveAtMs + stored.idleTimeoutMs);
}
