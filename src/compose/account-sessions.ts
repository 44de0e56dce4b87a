// Sessions held against the accounts and issuers of the configuration in force, at every reading of one (SEC-D2.4). A
// revocation ends what it finds; what it cannot find is a session from a store that outlived the account or its password,
// or one that was being started from a sign-in of before (a one-time code of the popup lives for 60 s).

import { isDeepStrictEqual } from 'node:util';
import type { Config, PasswordUser } from '../config/config.ts';
import { deriveKey } from '../kernel/derive-key.ts';
import { type Identity, identityKey } from '../kernel/identity.ts';
import type { ActiveSession, SessionStart, Sessions } from '../session/session.ts';
import { identityOf } from '../sign-in/password.ts';
import { createPasswordMarks } from './password-marks.ts';

/**
 * The same sessions, without those of accounts that are gone, disabled, of another password or other than the session says,
 * which end when met; and without those of issuers that are not configured, which may be on other instances.
 */
export function limitToAccounts(sessions: Sessions, { signIn, session: { secrets } }: Pick<Config, 'signIn' | 'session'>): Sessions {
  const marks = createPasswordMarks(secrets.map((secret) => deriveKey(secret, 'password-mark')));
  const accounts = new Map(signIn.users?.map((user) => [user.name.toLowerCase(), user]));
  const issuers = new Set([...signIn.tickets, ...signIn.oidc].map(({ issuer }) => issuer));
  const judged = new WeakMap<ActiveSession, boolean>();

  function isHeld(session: ActiveSession): boolean {
    const { identity, passwordMark } = session;
    const account = accounts.get(identity.login.toLowerCase());
    if (identity.issuer === 'password')
      return account !== undefined && isSameAccount(identity, account) && marks.isOf(passwordMark, account);
    // One login is one person (SEC-R6): whoever else carries it has to be linked to the account.
    if (account === undefined) return true;
    return !account.disabled && (account.links ?? []).some((link) => identityKey(link) === identityKey(identity));
  }

  function judge(session: ActiveSession | undefined): ActiveSession | undefined {
    if (session === undefined) return undefined;
    let held = judged.get(session);
    if (held === undefined) {
      held = isHeld(session);
      judged.set(session, held);
    }
    if (held) return session.identity.issuer === 'password' || issuers.has(session.identity.issuer) ? session : undefined;
    // Told to other instances when the store is back; here it is refused each time anyway.
    void sessions.revoke({ key: session.key }).catch(() => {});
    return undefined;
  }

  function mark(start: SessionStart): SessionStart {
    const account = start.identity.issuer === 'password' ? accounts.get(start.identity.login.toLowerCase()) : undefined;
    return account === undefined || start.parent !== undefined ? start : { ...start, passwordMark: marks.of(account) };
  }

  return {
    ...sessions,
    read(cookieHeader, active) {
      const found = sessions.read(cookieHeader, active);
      return found instanceof Promise ? found.then(judge) : judge(found);
    },
    current: (req) => judge(sessions.current(req)),
    start: (req, start) => sessions.start(req, mark(start)),
    get size() {
      return sessions.size;
    },
  };
}

function isSameAccount(identity: Identity, account: PasswordUser): boolean {
  return !account.disabled && isDeepStrictEqual(rightsOf(identity), rightsOf(identityOf(account)));
}

/** What rules and upstreams judge a person by; the display name is for eyes only. */
function rightsOf({ displayName: _, groups, ...identity }: Identity): unknown {
  return { ...identity, groups: groups.toSorted() };
}
