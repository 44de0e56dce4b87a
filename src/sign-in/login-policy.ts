// Which logins a sign-in method may not hand out.

import type { PasswordUser } from '../config/config.ts';
import type { Rule } from '../policy/rule.ts';

export interface LoginPolicyOptions {
  /** Logins of the upstreams' built-in administrators, lower case. */
  readonly builtInAdmins: readonly string[];
  readonly rules: readonly Rule[];
  /** Password accounts. Default: none. */
  readonly users?: readonly PasswordUser[] | undefined;
}

export interface LoginPolicy {
  /** True for a built-in administrator, in any case, unless a rule's `who.users` spells exactly this login. */
  isRefusedLogin(login: string): boolean;
  /**
   * True when a password account has this login, in any case, disabled or not: another method's person of that name
   * would be taken for the account by the upstream (SEC-R6).
   */
  isPasswordAccount(login: string): boolean;
}

export function createLoginPolicy({ builtInAdmins, rules, users = [] }: LoginPolicyOptions): LoginPolicy {
  const admins = new Set(builtInAdmins.map((login) => login.toLowerCase()));
  const named = new Set(rules.flatMap((rule) => rule.who.users));
  const accounts = new Set(users.map((user) => user.name.toLowerCase()));
  return {
    isRefusedLogin: (login) => admins.has(login.toLowerCase()) && !named.has(login),
    isPasswordAccount: (login) => accounts.has(login.toLowerCase()),
  };
}
