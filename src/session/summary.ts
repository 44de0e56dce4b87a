import type { SessionSummary } from './session.ts';
import { endOf, type StoredSession } from './stored-session.ts';

/** What an operator may see of a session. */
export function summarise(stored: StoredSession): SessionSummary {
  const { key, identity, method, startedAtMs, lastActiveAtMs, address, userAgent } = stored;
  const { login, issuer, subject } = identity;
  return { key, login, issuer, subject, method, startedAtMs, lastActiveAtMs, endsAtMs: endOf(stored), address, userAgent };
}
