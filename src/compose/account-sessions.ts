// Sessions held against the accounts of the configuration in force, at every reading of one (SEC-D2.4). A revocation ends
// what it finds; what it cannot find is a session from a store that outlived the account, or one that was being started
// from a sign-in of before (a one-time code of the popup lives for 60 s).

import { isDeepStrictEqual } from 'node:util';
import type { PasswordUser } from '../config/config.ts';
import { type Identity, identityKey } from '../kernel/identity.ts';
import type { ActiveSession, Sessions } from '../session/session.ts';
import { identityOf } from '../sign-in/password.ts';

/** The same sessions, without those of accounts that are gone, disabled or other than the session says; they end when met. */
export function limitToAccounts(sessions: Sessions, users: readonly PasswordUser[] | undefined): Sessions {
  const isHeld = createJudge(users ?? []);

  function judge(session: ActiveSession | undefined): ActiveSession | undefined {
    if (session === undefined || isHeld(session.identity)) return session;
    // Told to other instances when the store is back; here it is refused each time anyway.
    void sessions.revoke({ key: session.key }).catch(() => {});
    return undefined;
  }

  return {
    ...sessions,
    read(cookieHeader, active) {
      const found = sessions.read(cookieHeader, active);
      return found instanceof Promise ? found.then(judge) : judge(found);
    },
    current: (req) => judge(sessions.current(req)),
    get size() {
      return sessions.size;
    },
  };
}

function createJudge(users: readonly PasswordUser[]): (identity: Identity) => boolean {
  const accounts = new Map(users.map((user) => [user.name.toLowerCase(), user]));
  const judged = new WeakMap<Identity, boolean>();

  function judge(identity: Identity): boolean {
    const account = accounts.get(identity.login.toLowerCase());
    if (identity.issuer === 'password')
      return account !== undefined && !account.disabled && isDeepStrictEqual(rightsOf(identity), rightsOf(identityOf(account)));
    // One login is one person (SEC-R6): whoever else carries it has to be linked to the account.
    if (account === undefined) return true;
    return !account.disabled && (account.links ?? []).some((link) => identityKey(link) === identityKey(identity));
  }

  return function isHeld(identity) {
    const known = judged.get(identity) ?? judge(identity);
    judged.set(identity, known);
    return known;
  };
}

/** What rules and upstreams judge a person by; the display name is for eyes only. */
function rightsOf({ displayName: _, groups, ...identity }: Identity): unknown {
  return { ...identity, groups: groups.toSorted() };
}
