// Sign-in by user name and password. Whoever asks learns only "wrong": the answer and the work are the same for an
// unknown user, a disabled one and a wrong password (SEC-R10), and what slows them down is in password-throttle.ts.

import type { Config, PasswordUser } from '../config/config.ts';
import type { Clock } from '../kernel/clock.ts';
import { FramegateError } from '../kernel/errors.ts';
import type { Identity } from '../kernel/identity.ts';
import type { StateStore } from '../kernel/state-store.ts';
import { createDummyHash, verifyPassword } from './argon2id.ts';
import { readEmail } from './attributes.ts';
import { createCheckQueue } from './check-queue.ts';
import { attemptKeys, createPasswordThrottle, type PasswordThrottleOptions, tooMany } from './password-throttle.ts';
import type { PasswordAttempt, PasswordSignIn } from './ports.ts';

/** Longest user name and password in bytes of UTF-8 (SEC-B10.5): no work for a megabyte. */
const MAX_BYTES = 1024;
const MAX_WAITING_CHECKS = 100;

/** Whether a password belongs to a PHC string. */
export interface PasswordHasher {
  verify(phc: string, password: string): Promise<boolean>;
}

export interface PasswordSignInOptions {
  readonly users: readonly PasswordUser[];
  readonly limits: Pick<Config['limits'], 'failedLogins' | 'loginsPerAddress' | 'passwordRate' | 'passwordChecks'>;
  /** Attempts are counted in it. */
  readonly state: StateStore;
  readonly clock: Clock;
  /** Default: argon2id. */
  readonly hasher?: PasswordHasher;
  /** Logins that nobody may have; see `createLoginPolicy`. Default: none. */
  readonly isRefusedLogin?: (login: string) => boolean;
  /** Default: a timer. */
  readonly pause?: PasswordThrottleOptions['pause'];
}

export function createPasswordSignIn(options: PasswordSignInOptions): PasswordSignIn {
  const { users, limits } = options;
  const hasher = options.hasher ?? { verify: verifyPassword };
  const isRefusedLogin = options.isRefusedLogin ?? (() => false);
  const usersByName = new Map(users.map((user) => [user.name, user]));
  const dummyHash = createDummyHash(users.map((user) => user.passwordHash));
  const checks = createCheckQueue({ slots: limits.passwordChecks, places: MAX_WAITING_CHECKS });
  const throttle = createPasswordThrottle(options);

  async function verify(attempt: PasswordAttempt): Promise<Identity> {
    const username = readText(attempt.username);
    const password = readText(attempt.password);
    const keys = attemptKeys(username, attempt.address);
    await throttle.refuseLocked(keys);
    await throttle.slowDown(keys);
    return checks.run(keys.pair, async () => {
      // Others may have failed while this one waited.
      const counted = await throttle.count(keys);
      const user = usersByName.get(username);
      const matches = await hasher.verify(user?.passwordHash ?? dummyHash, password);
      const refusal = refusalReason(user, matches);
      if (user !== undefined && refusal === undefined) {
        await counted.takeBack();
        return identityOf(user);
      }
      if (counted.slowedSeconds !== undefined) throw tooMany('user-slowed', counted.slowedSeconds);
      throw new FramegateError('FRAMEGATE_SIGN_IN_REFUSED', { reason: refusal ?? 'unknown-user' });
    });
  }

  function refusalReason(user: PasswordUser | undefined, matches: boolean): string | undefined {
    if (user === undefined) return 'unknown-user';
    if (!matches) return 'wrong-password';
    if (user.disabled) return 'account-disabled';
    return isRefusedLogin(user.name) ? 'built-in-administrator' : undefined;
  }

  return { verify };
}

function readText(value: unknown): string {
  if (typeof value === 'string' && Buffer.byteLength(value) <= MAX_BYTES) return value;
  throw new FramegateError('FRAMEGATE_BAD_REQUEST', { reason: 'credentials-form' });
}

/** Who an account is. */
export function identityOf(user: PasswordUser): Identity {
  const email = readEmail(user.email);
  return {
    issuer: 'password',
    subject: user.name,
    login: user.name,
    ...(email === undefined ? {} : { email, emailVerified: true }),
    ...(user.displayName === undefined ? {} : { displayName: user.displayName }),
    groups: [...user.groups],
  };
}
