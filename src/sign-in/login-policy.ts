// Which login a person may carry upstream, whatever the sign-in method. The account is issuer + subject (SEC-R6), but an
// upstream knows logins only, and Grafana compares them without case: one login must never mean two people.

import type { PasswordUser } from '../config/config.ts';
import type { Identity } from '../kernel/identity.ts';
import { identityKey } from '../kernel/identity.ts';
import { listNamedUsers } from '../policy/named-users.ts';
import type { Rule } from '../policy/rule.ts';

/** Why somebody may not carry a login. */
export type LoginRefusal = 'built-in-administrator' | 'prefix-of-another-issuer' | 'password-account' | 'account-disabled';

export interface LoginPolicyOptions {
  /** Logins of the upstreams' built-in administrators, lower case. */
  readonly builtInAdmins: readonly string[];
  readonly rules: readonly Rule[];
  /** Password accounts. Default: none. */
  readonly users?: readonly PasswordUser[] | undefined;
  /** Every issuer that puts a prefix before its logins. Default: none. */
  readonly prefixes?: readonly IssuerPrefix[];
}

interface IssuerPrefix {
  readonly issuer: string;
  /** Not empty. */
  readonly loginPrefix: string;
}

export interface LoginPolicy {
  /** True for a built-in administrator, in any case, unless a grant's `who.users` spells exactly this login. */
  isRefusedLogin(login: string): boolean;
  /**
   * The identity that a method other than `password` vouches for, with the login it may carry: its own, or the name of
   * the password account that links to its issuer and subject. Else why not: the login is a built-in administrator's,
   * begins as those of another issuer do, or is a password account's, disabled or not, that does not link to it.
   */
  admit(identity: Identity): Identity | LoginRefusal;
  /**
   * The same, whether or not the login is a built-in administrator's: for people of the host application, whom the rules
   * deny at that upstream alone.
   */
  settleLogin(identity: Identity): Identity | LoginRefusal;
}

export function createLoginPolicy({ builtInAdmins, rules, users = [], prefixes = [] }: LoginPolicyOptions): LoginPolicy {
  const admins = new Set(builtInAdmins.map((login) => login.toLowerCase()));
  const named = listNamedUsers(rules);
  const accounts = new Set(users.map((user) => user.name.toLowerCase()));
  const linked = new Map(users.flatMap((user) => (user.links ?? []).map((link) => [identityKey(link), user] as const)));
  const isRefusedLogin = (login: string): boolean => admins.has(login.toLowerCase()) && !named.has(login);

  /** `b-x` is the `x` of the issuer with the prefix `b-`, even where another issuer has a person of that name. */
  function takesForeignPrefix({ login, issuer }: Identity): boolean {
    const folded = login.toLowerCase();
    return prefixes.some((other) => other.issuer !== issuer && folded.startsWith(other.loginPrefix.toLowerCase()));
  }

  function settleLogin(identity: Identity): Identity | LoginRefusal {
    const account = linked.get(identityKey(identity));
    if (account !== undefined) return account.disabled ? 'account-disabled' : { ...identity, login: account.name };
    if (takesForeignPrefix(identity)) return 'prefix-of-another-issuer';
    return accounts.has(identity.login.toLowerCase()) ? 'password-account' : identity;
  }

  function admit(identity: Identity): Identity | LoginRefusal {
    const settled = settleLogin(identity);
    if (settled === 'account-disabled') return settled;
    const { login } = typeof settled === 'string' ? identity : settled;
    return isRefusedLogin(login) ? 'built-in-administrator' : settled;
  }

  return { isRefusedLogin, settleLogin, admit };
}
