// One policy of logins for all sign-in methods: an upstream sees logins, whoever vouches.

import type { Config } from '../config/config.ts';
import { presetFor } from '../presets/index.ts';
import { createLoginPolicy, type LoginPolicy } from '../sign-in/login-policy.ts';

export function composeLogins({ upstreams, rules, signIn }: Pick<Config, 'upstreams' | 'rules' | 'signIn'>): LoginPolicy {
  const issuers = [...signIn.tickets, ...signIn.oidc, ...(signIn.header === undefined ? [] : [signIn.header])];
  return createLoginPolicy({
    builtInAdmins: upstreams.flatMap(({ preset }) => presetFor(preset).builtInAdmins),
    rules,
    users: signIn.users,
    prefixes: issuers.filter(({ loginPrefix }) => loginPrefix !== ''),
  });
}
