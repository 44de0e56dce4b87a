// Who signs in by no way, whatever the rules say: the same switches as those of password accounts and API keys.

import type { Config } from '../config/config.ts';
import type { Identity, SignInMethod } from '../kernel/identity.ts';

export type SwitchedOff = 'account-disabled' | 'key-disabled' | 'key-expired';

interface Person {
  readonly identity: Identity;
  readonly signInMethod?: SignInMethod | undefined;
  readonly nowMs: number;
}

/** @returns undefined: nothing is switched off that is known of the person. */
export function findSwitch({ signIn }: Config, { identity, signInMethod, nowMs }: Person): SwitchedOff | undefined {
  // No other method brings the login of a password account, in any case of letters, save one that is linked to it.
  const account = signIn.users?.find(({ name }) => name.toLowerCase() === identity.login.toLowerCase());
  if (account?.disabled === true) return 'account-disabled';
  if (signInMethod !== 'api-key') return undefined;
  const keys = signIn.apiKeys?.keys.filter(({ login }) => login === identity.login) ?? [];
  const faults = keys.map(({ disabled, expiresAtMs }) => {
    if (disabled) return 'key-disabled';
    return expiresAtMs !== undefined && expiresAtMs <= nowMs ? 'key-expired' : undefined;
  });
  return faults.includes(undefined) ? undefined : faults[0];
}
