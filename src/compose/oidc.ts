// Sign-in with identity providers, ready to be asked: each is looked up at once, so that what is wrong with one shows in
// the log before anybody needs it. One that is down stops nothing.

import type { Config } from '../config/config.ts';
import type { Clock } from '../kernel/clock.ts';
import { deriveKey } from '../kernel/derive-key.ts';
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
export function composeOidc(
  { signIn, session }: Pick<Config, 'signIn' | 'session'>,
  { logins, ...parts }: OidcParts,
): OidcSignIn | undefined {
  if (signIn.oidc.length === 0) return undefined;
  const keys = session.secrets.map((secret) => deriveKey(secret, 'oidc-sign-in'));
  const oidc = createOidcSignIn({ providers: signIn.oidc, admit: logins.admit, keys, ...parts });
  void oidc.warmUp();
  return oidc;
}
