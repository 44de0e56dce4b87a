import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createAttemptLimit } from '../../src/sign-in/attempt-limit.ts';

describe('createAttemptLimit', () => {
  it('locks a key from the last allowed failure on, and no other key', async () => {
    const limit = createAttemptLimit({ count: 2, windowMs: 60_000 });
    expect(await limit.countFailure('a')).toBeUndefined();
    expect(await limit.secondsLocked('a')).toBeUndefined();
    expect(await limit.countFailure('a')).toBeUndefined();
    expect(await limit.secondsLocked('a')).toEqual(expect.closeTo(60, -1));
    expect(await limit.secondsLocked('b')).toBeUndefined();
  });

  it('says how long to wait when a failure is one more than allowed', async () => {
    const limit = createAttemptLimit({ count: 1, windowMs: 60_000 });
    expect(await limit.countFailure('a')).toBeUndefined();
    expect(await limit.countFailure('a')).toEqual(expect.closeTo(60, -1));
  });

  it('does not prolong the window by asking or failing again', async () => {
    const limit = createAttemptLimit({ count: 1, windowMs: 1000 });
    await limit.countFailure('a');
    await wait(200);
    await limit.countFailure('a');
    await wait(850);
    expect(await limit.secondsLocked('a')).toBeUndefined();
  });

  it('keeps a lock whose window is longer than a timer can wait', async () => {
    const limit = createAttemptLimit({ count: 1, windowMs: 90 * 24 * 3_600_000 });
    await limit.countFailure('a');
    await wait(20);
    expect(await limit.secondsLocked('a')).toBeGreaterThan(20 * 24 * 3600);
  });
});
