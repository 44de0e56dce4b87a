// Instances whose clocks differ: what ends on one ends on the other all the same, and nothing lives longer for it.

import { describe, expect, it } from 'vitest';
import { closeKits, createSharedStore, HOUR_MS, MINUTE_MS, MovableClock, startSessions } from './kit.ts';
import { readLogin } from './pair.ts';

closeKits();

/** Two instances over one store; the clock of the second one is ahead. */
async function startSkewed(aheadMs: number) {
  const [early, late] = [new MovableClock(), new MovableClock()];
  late.nowMs += aheadMs;
  const state = createSharedStore(early);
  return { a: await startSessions({ clock: early, state }), b: await startSessions({ clock: late, state }) };
}

describe('an instance whose clock is ahead', () => {
  it('SEC-D2.4 keeps no session that another one has revoked, though it began later by that clock', async () => {
    const { a, b } = await startSkewed(20_000);
    const { cookie } = await b.signIn();
    a.clock.nowMs += 1000;
    await a.sessions.revoke({ login: 'alice' });
    await expect.poll(() => b.ended).toMatchObject([{ login: 'alice', reason: 'revoked' }]);
    for (const kit of [a, b]) expect(await readLogin(kit, cookie)).toBeUndefined();
    for (const kit of [a, b]) {
      const again = await kit.signIn();
      for (const each of [a, b]) await expect.poll(() => readLogin(each, again.cookie)).toBe('alice');
    }
  });

  it('SEC-D2.1 and revokes somebody makes nobody else live longer', async () => {
    const { a, b } = await startSkewed(24 * HOUR_MS);
    await b.sessions.revoke({ login: 'bob' });
    await expect.poll(async () => (await a.signIn()).session.startedAtMs).toBeGreaterThan(b.clock.nowMs);
    const { cookie, session } = await a.signIn();
    expect(session.endsAtMs).toBe(a.clock.nowMs + 8 * HOUR_MS);
    a.clock.nowMs += 30 * MINUTE_MS;
    expect(await readLogin(a, cookie)).toBeUndefined();
  });
});
