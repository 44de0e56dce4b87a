import { describe, expect, it } from 'vitest';
import { createAttemptLimit } from '../../src/sign-in/attempt-limit.ts';
import { createMemoryStore } from '../../src/state/memory-store.ts';
import { createFallibleStore, createManualClock, refusalOf } from './kit.ts';

function setUp(count: number, windowMs = 60_000) {
  const clock = createManualClock();
  const { state, fail, heal } = createFallibleStore(clock);
  const make = (name = 'guesses') => createAttemptLimit({ state, clock, name, rate: { count, windowMs } });
  return { clock, state, fail, heal, make, limit: make() };
}

describe('createAttemptLimit', () => {
  it('locks a key from the last allowed attempt on, and no other key', async () => {
    const { limit } = setUp(2);
    expect(await limit.count('a')).toBeUndefined();
    expect(await limit.secondsLocked('a')).toBeUndefined();
    expect(await limit.count('a')).toBeUndefined();
    expect(await limit.secondsLocked('a')).toBe(60);
    expect(await limit.secondsLocked('b')).toBeUndefined();
  });

  it('says how long to wait when an attempt is one more than allowed', async () => {
    const { limit, clock } = setUp(1);
    expect(await limit.count('a')).toBeUndefined();
    clock.advance(20_500);
    expect(await limit.count('a')).toBe(40);
  });

  it('does not prolong the window by asking or trying again', async () => {
    const { limit, clock } = setUp(1);
    await limit.count('a');
    clock.advance(50_000);
    await limit.count('a');
    await limit.secondsLocked('a');
    clock.advance(10_000);
    expect(await limit.secondsLocked('a')).toBeUndefined();
  });

  it('forgets an attempt that is taken back', async () => {
    const { limit } = setUp(1);
    await limit.count('a');
    await limit.takeBack('a');
    expect(await limit.secondsLocked('a')).toBeUndefined();
  });

  it('counts together what instances with one store count, and apart what has another name', async () => {
    const { limit, make } = setUp(1);
    await make().count('a');
    expect(await limit.secondsLocked('a')).toBe(60);
    expect(await make('others').secondsLocked('a')).toBeUndefined();
  });

  it('takes keys of any text and length', async () => {
    const { limit } = setUp(1);
    for (const key of ['', '\u540d\r\n', 'x'.repeat(5000), '__proto__']) {
      await limit.count(key);
      expect(await limit.secondsLocked(key)).toBe(60);
    }
  });

  it('tells a wait within the window, however late or early the clock of the store is', async () => {
    const clock = createManualClock();
    const late = createMemoryStore({ clock: createManualClock(clock.now() - 3_600_000) });
    const early = createMemoryStore({ clock: createManualClock(clock.now() + 3_600_000) });
    const seconds = async (state: typeof late) => {
      const limit = createAttemptLimit({ state, clock, name: 'guesses', rate: { count: 1, windowMs: 60_000 } });
      await limit.count('a');
      return limit.secondsLocked('a');
    };
    expect([await seconds(late), await seconds(early)]).toEqual([1, 60]);
  });

  it('fails where the store does: nobody is told that nothing was counted', async () => {
    const { limit, fail } = setUp(1);
    fail();
    for (const call of [limit.count('a'), limit.secondsLocked('a'), limit.takeBack('a')])
      expect((await refusalOf(call)).code).toBe('FRAMEGATE_STORE_UNAVAILABLE');
  });
});
