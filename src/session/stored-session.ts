// What is kept of a session, and when it ends: pure rules.

import type { ActiveSession } from './session.ts';

export interface StoredSession extends ActiveSession {
  /** Milliseconds since the epoch; recorded at most once a minute. */
  readonly lastActiveAtMs: number;
  /** Where the sign-in came from. */
  readonly address?: string;
  readonly userAgent?: string;
}

/** The earlier of absolute end and idle end, in milliseconds since the epoch (SEC-D2.1, SEC-B11.4). */
export function endOf(stored: StoredSession): number {
  if (stored.idleTimeoutMs === undefined) return stored.endsAtMs;
  return Math.min(stored.endsAtMs, stored.lastActiveAtMs + stored.idleTimeoutMs);
}

/** How often activity is written at most, in milliseconds; more often only where the idle limit is below two minutes. */
const ACTIVITY_STEP_MS = 60_000;

/** Whether activity at a moment has to be written down: what is recorded is old enough. */
export function isActivityDue(stored: StoredSession, atMs: number): boolean {
  const { idleTimeoutMs = Number.POSITIVE_INFINITY, lastActiveAtMs } = stored;
  return atMs - lastActiveAtMs >= Math.min(ACTIVITY_STEP_MS, idleTimeoutMs / 2);
}
