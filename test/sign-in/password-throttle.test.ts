// Guessing: SEC-B10. Real limits, a hasher that knows one password, and a pause that counts instead of waiting.
import { describe, expect, it } from 'vitest';
import type { PasswordUser } from '../../src/config/config.ts';
import { createPasswordSignIn } from '../../src/sign-in/password.ts';
import { attemptKeys, createPasswordThrottle } from '../../src/sign-in/password-throttle.ts';
import { createManualClock, LIMITS, refusalOf } from './kit.ts';

const alice: PasswordUser = {
  name: 'alice',
  passwordHash: '$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc',
  email: undefined,
  displayName: undefined,
  groups: [],
  disabled: false,
};

function setUp() {
  const pauses: number[] = [];
  let checked = 0;
  const signIn = createPasswordSignIn({
    users: [alice],
    limits: LIMITS,
    clock: createManualClock(),
    hasher: {
      verify: async (_phc, password) => {
        checked += 1;
        return password === 'right';
      },
    },
    pause: async (ms) => void pauses.push(ms),
  });
  const guess = async (username: string, password: string, address: string): Promise<number> => {
    const outcome = signIn.verify({ username, password, address });
    return outcome.then(
      () => 200,
      async () => (await refusalOf(outcome)).status,
    );
  };
  return { signIn, guess, pauses, checked: () => checked };
}

describe('guessing passwords', () => {
  it.each([
    { name: 'a user', username: 'alice' },
    { name: 'an unknown user', username: 'nobody' },
  ])('SEC-B10.1 answers the sixth wrong password for $name with 429 and Retry-After, unchecked', async ({ username }) => {
    const { signIn, guess, checked } = setUp();
    for (let attempt = 1; attempt <= 5; attempt += 1) expect(await guess(username, 'wrong', '192.0.2.1')).toBe(401);
    const refusal = await refusalOf(signIn.verify({ username, password: 'wrong', address: '192.0.2.1' }));
    expect(refusal).toMatchObject({ code: 'FRAMEGATE_TOO_MANY', status: 429, retryAfterSeconds: expect.closeTo(900, -1) });
    expect(checked()).toBe(5);
  });

  it('does not let the right password in from where five wrong ones came', async () => {
    const { guess } = setUp();
    for (let attempt = 1; attempt <= 5; attempt += 1) await guess('alice', 'wrong', '192.0.2.1');
    expect(await guess('alice', 'right', '192.0.2.1')).toBe(429);
  });

  it('SEC-B10.2 lets the right password in from another address under the soft lock, a second later', async () => {
    const { guess, pauses } = setUp();
    for (let attempt = 1; attempt <= 5; attempt += 1) await guess('alice', 'wrong', '192.0.2.1');
    expect(pauses).toEqual([]);
    expect(await guess('alice', 'right', '198.51.100.1')).toBe(200);
    expect(pauses).toEqual([1000]);
  });

  it.each(['alice', 'nobody'])('SEC-B10.1 answers the sixth wrong password for %s with 429 from another address too', async (username) => {
    const { signIn, guess } = setUp();
    for (let attempt = 1; attempt <= 5; attempt += 1) await guess(username, 'wrong', '192.0.2.1');
    const refusal = await refusalOf(signIn.verify({ username, password: 'wrong', address: '198.51.100.1' }));
    expect(refusal).toMatchObject({ code: 'FRAMEGATE_TOO_MANY', reason: 'user-slowed', retryAfterSeconds: expect.closeTo(900, -1) });
  });

  it('does not count a success', async () => {
    const { guess } = setUp();
    for (let attempt = 1; attempt <= 30; attempt += 1) expect(await guess('alice', 'right', '192.0.2.1')).toBe(200);
    for (let attempt = 1; attempt <= 5; attempt += 1) expect(await guess('alice', 'wrong', '192.0.2.1')).toBe(401);
  });

  it('gives a burst of guesses no more checks than a slow client', async () => {
    const { guess, checked } = setUp();
    const answers = await Promise.all(Array.from({ length: 30 }, () => guess('alice', 'wrong', '192.0.2.1')));
    expect(answers.filter((status) => status === 401)).toHaveLength(5);
    expect(answers.filter((status) => status === 429)).toHaveLength(25);
    expect(checked()).toBe(5);
  });

  it('SEC-B10.3 stops one address that tries many users', async () => {
    const { guess, checked } = setUp();
    const answers = [];
    for (let user = 1; user <= 100; user += 1) answers.push(await guess(`user${user}`, 'wrong', '192.0.2.1'));
    expect(answers.slice(0, 20)).toEqual(Array.from({ length: 20 }, () => 401));
    expect(answers.slice(20)).toEqual(Array.from({ length: 80 }, () => 429));
    expect(checked()).toBe(20);
    expect(await guess('alice', 'right', '192.0.2.2')).toBe(200);
  });

  it('SEC-D8.2 counts a whole IPv6 /64 as one address', async () => {
    const { guess } = setUp();
    for (let user = 1; user <= 20; user += 1) await guess(`user${user}`, 'wrong', `2001:db8:1:2::${user}`);
    expect(await guess('user21', 'wrong', '2001:db8:1:2:ffff::1')).toBe(429);
    expect(await guess('user21', 'wrong', '2001:db8:1:3::1')).toBe(401);
  });

  it('SEC-B10.4 counts names that people cannot tell apart as one', async () => {
    const { guess } = setUp();
    const spellings = ['Alice', 'alice ', 'ALICE', '\uff41\uff4c\uff49\uff43\uff45', '\talice'];
    for (const username of spellings) expect(await guess(username, 'wrong', '192.0.2.1')).toBe(401);
    expect(await guess('alice', 'right', '192.0.2.1')).toBe(429);
    expect(await guess('bob', 'wrong', '192.0.2.1')).toBe(401);
  });

  it('keeps a locked user from using up the address of others', async () => {
    const { guess } = setUp();
    for (let attempt = 1; attempt <= 50; attempt += 1) await guess('bob', 'wrong', '192.0.2.1');
    expect(await guess('alice', 'right', '192.0.2.1')).toBe(200);
  });
});

describe('the soft lock', () => {
  const keysFrom = (host: number) => attemptKeys('alice', `192.0.2.${host}`);

  it('spaces attempts by a second, lets ten wait and refuses the next', async () => {
    const clock = createManualClock();
    const pauses: number[] = [];
    const throttle = createPasswordThrottle({ limits: LIMITS, clock, pause: async (ms) => void pauses.push(ms) });
    for (let host = 1; host <= 5; host += 1) await throttle.countFailure(keysFrom(host));
    for (let host = 6; host <= 15; host += 1) await throttle.slowDown(keysFrom(host));
    expect(pauses).toEqual([1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000, 9000, 10_000]);
    expect(await refusalOf(throttle.slowDown(keysFrom(16)))).toMatchObject({ code: 'FRAMEGATE_TOO_MANY', retryAfterSeconds: 10 });
    clock.advance(3000);
    await throttle.slowDown(keysFrom(16));
    expect(pauses.at(-1)).toBe(8000);
  });

  it('delays nobody else', async () => {
    const pauses: number[] = [];
    const throttle = createPasswordThrottle({ limits: LIMITS, clock: createManualClock(), pause: async (ms) => void pauses.push(ms) });
    for (let host = 1; host <= 5; host += 1) await throttle.countFailure(keysFrom(host));
    await throttle.slowDown(attemptKeys('bob', '192.0.2.6'));
    expect(pauses).toEqual([]);
  });

  it('lets 100 attempts wait in all and refuses the next as busy', async () => {
    let end = (): void => {};
    const ended = new Promise<void>((resolve) => (end = resolve));
    const throttle = createPasswordThrottle({ limits: LIMITS, clock: createManualClock(), pause: () => ended });
    const names = Array.from({ length: 11 }, (_, index) => attemptKeys(`user${index}`, '192.0.2.1'));
    for (const keys of names) for (let count = 1; count <= 5; count += 1) await throttle.countFailure(keys);
    const waiting = names.slice(0, 10).flatMap((keys) => Array.from({ length: 10 }, () => throttle.slowDown(keys)));
    await new Promise((resolve) => setImmediate(resolve));
    expect((await refusalOf(throttle.slowDown(names[10] ?? keysFrom(1)))).code).toBe('FRAMEGATE_BUSY');
    end();
    await Promise.all(waiting);
  });
});
