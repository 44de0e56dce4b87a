import { isDeepStrictEqual } from 'node:util';
import { type Identity, identityKey } from '../kernel/identity.ts';
import type { ActiveSession, SessionStart } from './session.ts';

/** What the rules and the upstream judge a person by; the display name is for eyes only. */
function rightsOf({ displayName: _, groups, ...identity }: Identity): unknown {
  return { ...identity, groups: [...groups].sort() };
}

/**
 * Whether a sign-in renews the session of its browser: the same person with the same rights. With other rights it is
 * another session, so that WebSockets which were judged by the old ones end (SEC-B8.4, SEC-B11.3).
 */
export function isRenewal(current: ActiveSession, start: SessionStart): boolean {
  return (
    identityKey(current.identity) === identityKey(start.identity) &&
    isDeepStrictEqual(rightsOf(current.identity), rightsOf(start.identity)) &&
    isDeepStrictEqual(current.narrowing, start.narrowing)
  );
}
