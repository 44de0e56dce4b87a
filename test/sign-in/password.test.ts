import { describe, expect, it } from 'vitest';
import type { PasswordUser } from '../../src/config/config.ts';
import { parsePasswordHash } from '../../src/kernel/password-hash.ts';
import { hashPassword } from '../../src/sign-in/argon2id.ts';
import { createPasswordSignIn, type PasswordHasher, type PasswordSignInOptions } from '../../src/sign-in/password.ts';
import { createMemoryStore } from '../../src/state/memory-store.ts';
import { createManualClock, LIMITS, refusalOf } from './kit.ts';

const PHC = '$argon2id$v=19$m=12288,t=3,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';
const alice: PasswordUser = {
  name: 'alice',
  passwordHash: PHC,
  email: 'alice@example.com',
  displayName: 'Alice A',
  groups: ['operators'],
  disabled: false,
};
const gone: PasswordUser = { ...alice, name: 'gone', disabled: true };
const address = '192.0.2.1';

/** Takes `right` for every hash of the users file, and counts. */
function createCountingHasher() {
  const seen: string[] = [];
  const hasher: PasswordHasher = {
    verify: async (phc, password) => {
      seen.push(phc);
      return phc === PHC && password === 'right';
    },
  };
  return { hasher, seen };
}

function setUp(options: Partial<PasswordSignInOptions> = {}) {
  const { hasher, seen } = createCountingHasher();
  const clock = createManualClock();
  const signIn = createPasswordSignIn({
    users: [alice, gone],
    limits: LIMITS,
    state: createMemoryStore({ clock }),
    clock,
    hasher,
    pause: async () => {},
    ...options,
  });
  return { signIn, seen };
}

describe('createPasswordSignIn', () => {
  it('gives the identity of the account', async () => {
    const { signIn } = setUp();
    expect(await signIn.verify({ username: 'alice', password: 'right', address })).toEqual({
      issuer: 'password',
      subject: 'alice',
      login: 'alice',
      email: 'alice@example.com',
      emailVerified: true,
      displayName: 'Alice A',
      groups: ['operators'],
    });
  });

  it('checks real argon2id hashes unless told otherwise', async () => {
    const users = [{ ...alice, passwordHash: await hashPassword('a real password') }];
    const clock = createManualClock();
    const signIn = createPasswordSignIn({ users, limits: LIMITS, state: createMemoryStore({ clock }), clock });
    await expect(signIn.verify({ username: 'alice', password: 'a real password', address })).resolves.toMatchObject({ login: 'alice' });
    const refusal = await refusalOf(signIn.verify({ username: 'alice', password: 'another', address }));
    expect(refusal.code).toBe('FRAMEGATE_SIGN_IN_REFUSED');
  });

  it('leaves out what the users file does not say, and an address that is none (SEC-R5)', async () => {
    const users = [{ ...alice, email: 'a@evil.test@example.com', displayName: undefined, groups: [] }];
    const { signIn } = setUp({ users });
    expect(await signIn.verify({ username: 'alice', password: 'right', address })).toEqual({
      issuer: 'password',
      subject: 'alice',
      login: 'alice',
      groups: [],
    });
  });

  it('SEC-R10 answers an unknown user, a disabled user and a wrong password alike, and works alike for each', async () => {
    const { signIn, seen } = setUp();
    const attempts = [
      { username: 'nobody', password: 'right' },
      { username: 'gone', password: 'right' },
      { username: 'alice', password: 'wrong' },
    ];
    const refusals = [];
    for (const attempt of attempts) refusals.push(await refusalOf(signIn.verify({ ...attempt, address })));
    expect(refusals.map(({ code, status, retryAfterSeconds }) => ({ code, status, retryAfterSeconds }))).toEqual(
      attempts.map(() => ({ code: 'FRAMEGATE_SIGN_IN_REFUSED', status: 401, retryAfterSeconds: undefined })),
    );
    expect(refusals.map(({ reason }) => reason)).toEqual(['unknown-user', 'account-disabled', 'wrong-password']);
    expect(seen).toHaveLength(3);
    expect(seen.map((phc) => parsePasswordHash(phc)?.cost)).toEqual(attempts.map(() => ({ memoryKib: 12288, passes: 3, lanes: 1 })));
    expect(seen[0]).not.toBe(PHC);
  });

  it('SEC-R10 refuses an unknown user even where the hasher takes the dummy hash', async () => {
    const { signIn } = setUp({ hasher: { verify: async () => true } });
    expect((await refusalOf(signIn.verify({ username: 'nobody', password: 'x', address }))).code).toBe('FRAMEGATE_SIGN_IN_REFUSED');
  });

  it('lets nobody in when the hasher breaks', async () => {
    const { signIn } = setUp({ hasher: { verify: async () => Promise.reject(new Error('no argon2')) } });
    await expect(signIn.verify({ username: 'alice', password: 'right', address })).rejects.toThrow('no argon2');
  });

  it('refuses a built-in administrator of the upstream with the same answer', async () => {
    const { signIn } = setUp({ users: [{ ...alice, name: 'admin' }], isRefusedLogin: (login) => login === 'admin' });
    const refusal = await refusalOf(signIn.verify({ username: 'admin', password: 'right', address }));
    expect(refusal).toMatchObject({ code: 'FRAMEGATE_SIGN_IN_REFUSED', reason: 'built-in-administrator' });
  });

  it.each([
    { name: 'SEC-B7.4 an object as user name', username: { $gt: '' }, password: 'right' },
    { name: 'SEC-B7.4 a list as user name', username: ['alice'], password: 'right' },
    { name: 'a list as password', username: 'alice', password: ['right'] },
    { name: 'no password', username: 'alice', password: undefined },
    { name: 'SEC-B10.5 a password of 1025 bytes', username: 'alice', password: 'x'.repeat(1025) },
    { name: 'SEC-B10.5 a password of 513 characters and 1026 bytes', username: 'alice', password: '\u00e9'.repeat(513) },
    { name: 'SEC-B10.5 a password of a megabyte', username: 'alice', password: 'x'.repeat(1 << 20) },
    { name: 'a user name of 1025 bytes', username: 'x'.repeat(1025), password: 'right' },
  ])('refuses $name before hashing', async ({ username, password }) => {
    const { signIn, seen } = setUp();
    const refusal = await refusalOf(signIn.verify({ username, password, address }));
    expect(refusal).toMatchObject({ code: 'FRAMEGATE_BAD_REQUEST', status: 400 });
    expect(seen).toHaveLength(0);
  });

  it.each(['__proto__', 'constructor', 'toString', '', 'alice\r\nx'])('SEC-B19.1 knows no user named %j', async (username) => {
    const { signIn, seen } = setUp();
    expect((await refusalOf(signIn.verify({ username, password: 'right', address }))).reason).toBe('unknown-user');
    expect(seen).toHaveLength(1);
  });

  it('SEC-B10.6 runs at most four checks at once and refuses what does not fit in the queue', async () => {
    let running = 0;
    let most = 0;
    const ends: (() => void)[] = [];
    const hasher: PasswordHasher = {
      verify: async () => {
        running += 1;
        most = Math.max(most, running);
        await new Promise<void>((resolve) => ends.push(resolve));
        running -= 1;
        return false;
      },
    };
    const { signIn } = setUp({ hasher, limits: { ...LIMITS, passwordRate: { count: 1000, windowMs: 60_000 } } });
    const codes = Array.from({ length: 110 }, (_, index) =>
      refusalOf(signIn.verify({ username: `user${index}`, password: 'x', address: `192.0.2.${index}` })).then(({ code }) => code),
    );
    const all = Promise.all(codes);
    let open = true;
    void all.finally(() => (open = false));
    while (open) {
      await new Promise((resolve) => setImmediate(resolve));
      ends.shift()?.();
    }
    const counted = (await all).reduce((counts, code) => counts.set(code, (counts.get(code) ?? 0) + 1), new Map<string, number>());
    expect(Object.fromEntries(counted)).toEqual({ FRAMEGATE_SIGN_IN_REFUSED: 104, FRAMEGATE_BUSY: 6 });
    expect(most).toBe(4);
  });
});
