// Guessing: SEC-B10. Real limits, a hasher that knows one password, and a pause that counts instead of waiting.
import { describe, expect, it } from 'vitest';
import type { PasswordUser } from '../../src/config/config.ts';
import type { StateStore } from '../../src/kernel/state-store.ts';
import { createPasswordSignIn } from '../../src/sign-in/password.ts';
import { attemptKeys, createPasswordThrottle } from '../../src/sign-in/password-throttle.ts';
import { createMemoryStore } from '../../src/state/memory-store.ts';
import { createFallibleStore, createManualClock, LIMITS, refusalOf } from './kit.ts';

const alice: PasswordUser = {
  name: 'alice',
  passwordHash: '$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc',
  email: undefined,
  displayName: undefined,
  groups: [],
  disabled: false,
};

function setUp({ limits = {}, state }: { limits?: Partial<typeof LIMITS>; state?: StateStore } = {}) {
  const clock = createManualClock();
  const pauses: number[] = [];
  let checked = 0;
  const signIn = createPasswordSignIn({
    users: [alice],
    limits: { ...LIMITS, ...limits },
    clock,
    state: state ?? createMemoryStore({ clock }),
    hasher: {
      verify: async (_phc, password) => {
        checked += 1;
        await null;
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
  ])('SEC-B10.1, SEC-D8.1 answers the sixth wrong password for $name with 429 and Retry-After, unchecked', async ({ username }) => {
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

  function setUpLock(pause?: (ms: number) => Promise<void>) {
    const clock = createManualClock();
    const state = createMemoryStore({ clock });
    const pauses: number[] = [];
    const make = () => createPasswordThrottle({ limits: LIMITS, state, clock, pause: pause ?? (async (ms) => void pauses.push(ms)) });
    return { clock, pauses, make, throttle: make() };
  }

  it('spaces attempts by a second, lets ten wait and refuses the next', async () => {
    const { throttle, clock, pauses } = setUpLock();
    for (let host = 1; host <= 5; host += 1) await throttle.count(keysFrom(host));
    for (let host = 6; host <= 15; host += 1) await throttle.slowDown(keysFrom(host));
    expect(pauses).toEqual([1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000, 9000, 10_000]);
    clock.advance(3000);
    expect(await refusalOf(throttle.slowDown(keysFrom(16)))).toMatchObject({ code: 'FRAMEGATE_TOO_MANY', retryAfterSeconds: 7 });
    clock.advance(7000);
    await throttle.slowDown(keysFrom(16));
    expect(pauses.at(-1)).toBe(1000);
  });

  it('spaces attempts at all instances together', async () => {
    const { throttle, make, pauses } = setUpLock();
    for (let host = 1; host <= 5; host += 1) await throttle.count(keysFrom(host));
    for (const instance of [throttle, make(), throttle, make()]) await instance.slowDown(keysFrom(6));
    expect(pauses).toEqual([1000, 2000, 3000, 4000]);
  });

  it('delays nobody else', async () => {
    const { throttle, pauses } = setUpLock();
    for (let host = 1; host <= 5; host += 1) await throttle.count(keysFrom(host));
    await throttle.slowDown(attemptKeys('bob', '192.0.2.6'));
    expect(pauses).toEqual([]);
  });

  it('lets 100 attempts wait in all and refuses the next as busy', async () => {
    let end = (): void => {};
    const ended = new Promise<void>((resolve) => (end = resolve));
    const { throttle } = setUpLock(() => ended);
    const names = Array.from({ length: 11 }, (_, index) => index);
    // Each from an address of its own, as one address has no more than 20 guesses.
    for (const user of names)
      for (let count = 1; count <= 5; count += 1) await throttle.count(attemptKeys(`user${user}`, `10.0.0.${user}`));
    const waiting = names
      .slice(0, 10)
      .flatMap((user) => Array.from({ length: 10 }, () => throttle.slowDown(attemptKeys(`user${user}`, '::1'))));
    await new Promise((resolve) => setImmediate(resolve));
    expect((await refusalOf(throttle.slowDown(attemptKeys('user10', '::1')))).code).toBe('FRAMEGATE_BUSY');
    end();
    await Promise.all(waiting);
  });
});

describe('limits.passwordRate', () => {
  it('SEC-D8.3 answers 503 and checks nothing once everybody together has had that many checks in a minute', async () => {
    const { signIn, guess, checked } = setUp({ limits: { passwordRate: { count: 3, windowMs: 60_000 } } });
    for (let user = 1; user <= 3; user += 1) await guess(`user${user}`, 'wrong', `192.0.2.${user}`);
    expect(await refusalOf(signIn.verify({ username: 'alice', password: 'right', address: '192.0.2.4' }))).toMatchObject({
      code: 'FRAMEGATE_BUSY',
      status: 503,
      retryAfterSeconds: 60,
    });
    expect(checked()).toBe(3);
  });

  it('SEC-D8.3 counts no attempt that was locked and so not checked', async () => {
    const { guess } = setUp({ limits: { passwordRate: { count: 7, windowMs: 3_600_000 } } });
    for (let attempt = 1; attempt <= 50; attempt += 1) await guess('bob', 'wrong', '192.0.2.1');
    expect(await guess('alice', 'right', '192.0.2.2')).toBe(200);
  });
});

describe('counts that instances share', () => {
  it('give a burst over two instances no more guesses than one client has', async () => {
    const state = createMemoryStore({ clock: createManualClock() });
    const [one, two] = [setUp({ state }), setUp({ state })];
    const guesses = Array.from({ length: 30 }, (_, index) => (index % 2 === 0 ? one : two).guess('alice', 'wrong', '192.0.2.1'));
    const answers = await Promise.all(guesses);
    expect(answers.filter((status) => status === 401)).toHaveLength(5);
    expect(one.checked() + two.checked()).toBe(5);
  });

  it('make no guess free while they cannot be reached: right or wrong, nobody learns it', async () => {
    const store = createFallibleStore(createManualClock());
    const { signIn, checked } = setUp({ state: store.state });
    store.fail();
    for (const password of ['right', 'wrong']) {
      const refusal = await refusalOf(signIn.verify({ username: 'alice', password, address: '192.0.2.1' }));
      expect(refusal).toMatchObject({ code: 'FRAMEGATE_STORE_UNAVAILABLE', status: 503 });
    }
    expect(checked()).toBe(0);
  });
});
