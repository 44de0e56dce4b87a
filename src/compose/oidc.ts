// Sign-in with identity providers, ready to be asked: each is looked up at once, so that what is wrong with one shows in
// the log before anybody needs it. One that is down stops nothing.

import type { Config } from '../config/config.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import type { StateStore } from '../kernel/state-store.ts';
import type { LoginPolicy } from '../sign-in/login-policy.ts';
import type { OidcSignIn } from '../sign-in/oidc-ports.ts';
import { createOidcSignIn } from '../sign-in/oidc-sign-in.ts';

interface OidcParts {
  readonly logins: LoginPolicy;
  readonly state: StateStore;
  readonly clock: Clock;
  readonly log: Log;
}

/** @returns undefined where no provider is configured. */
export function composeOidc({ signIn }: Pick<Config, 'signIn'>, { logins, ...parts }: OidcParts): OidcSignIn | undefined {
  if (signIn.oidc.length === 0) return undefined;
  const oidc = createOidcSignIn({ providers: signIn.oidc, admit: logins.admit, ...parts });
  void oidc.warmUp();
  return oidc;
}
