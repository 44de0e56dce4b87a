// The store is away: who was signed in goes on for a while, nobody is let in and nobody is taken for signed out.

import { describe, expect, it } from 'vitest';
import { FramegateError } from '../../src/kernel/errors.ts';
import { closeKits, createSharedStore, identityOf, MINUTE_MS, MovableClock, type SessionKit, startSessions } from './kit.ts';

closeKits();

const UNAVAILABLE = { code: 'FRAMEGATE_STORE_UNAVAILABLE' };
const readOf = async (kit: SessionKit, cookie: string) => kit.sessions.read(cookie, false);

async function start(count: number) {
  const clock = new MovableClock();
  const states = Array.from({ length: count }, () => createSharedStore(clock));
  // One state, with a way of its own to it for each instance: an outage is an instance's.
  const [first = createSharedStore(clock)] = states;
  for (const state of states.slice(1)) {
    for (const method of ['get', 'getMany', 'set', 'add', 'replace', 'take', 'count', 'append', 'read'] as const) {
      const reach = first[method] as (...args: unknown[]) => Promise<unknown>;
      const own = state[method] as (...args: unknown[]) => Promise<unknown>;
      (state as unknown as Record<string, unknown>)[method] = (...args: unknown[]) => (state.isAway ? own(...args) : reach(...args));
    }
    Object.assign(state, { watch: () => () => {} });
  }
  const kits = await Promise.all(states.map((state) => startSessions({ clock, state })));
  return { clock, states, kits };
}

async function startOne() {
  const { clock, states, kits } = await start(1);
  const [state] = states;
  const [kit] = kits;
  if (state === undefined || kit === undefined) throw new Error('one was started');
  return { clock, state, kit };
}

describe('while the store is away', () => {
  it('those who are known go on for outageWindow from the last contact, then get 503 and no log-out', async () => {
    const { clock, state, kit } = await startOne();
    const { cookie } = await kit.signIn();
    state.isAway = true;
    clock.nowMs += 5 * MINUTE_MS - 1000;
    expect(await readOf(kit, cookie)).toMatchObject({ identity: { login: 'alice' } });
    clock.nowMs += 1001;
    await expect(readOf(kit, cookie)).rejects.toMatchObject(UNAVAILABLE);
    state.isAway = false;
    await expect.poll(() => readOf(kit, cookie).catch(() => 'refused'), { timeout: 4000 }).toMatchObject({ identity: { login: 'alice' } });
  });

  it('SEC-B8.3 connections end with the window, as nobody knows whether the session still lives', async () => {
    const { clock, state, kit } = await startOne();
    const { session } = await kit.signIn();
    state.isAway = true;
    clock.nowMs += 5 * MINUTE_MS + 1;
    await expect.poll(() => kit.ended, { timeout: 4000 }).toEqual([{ login: 'alice', key: session.key, reason: 'unverified' }]);
  });

  it('an id that is not known here gets 503, not 401', async () => {
    const { states, kits } = await start(2);
    const [a, b] = kits as [SessionKit, SessionKit];
    const { cookie } = await a.signIn();
    for (const state of states) state.isAway = true;
    b.clock.nowMs += 3000;
    await expect(readOf(b, cookie)).rejects.toMatchObject(UNAVAILABLE);
    const answer = await b.visit(cookie, async () => {});
    expect(answer).toMatchObject({ status: 503, setCookie: [] });
  });

  it('nobody signs in, and a renewal that fails leaves the session as it was', async () => {
    const { state, kit } = await startOne();
    const { cookie, session } = await kit.signIn();
    state.isAway = true;
    const signIn = (from?: string) =>
      kit.visit(from, (req) => kit.sessions.start(req, { identity: identityOf('alice'), method: 'password' }).then(() => {}));
    for (const from of [undefined, cookie])
      expect(await signIn(from)).toMatchObject({ text: 'FRAMEGATE_STORE_UNAVAILABLE', setCookie: [] });
    expect(kit.ended).toEqual([]);
    state.isAway = false;
    await expect.poll(() => readOf(kit, cookie).catch(() => 'refused')).toMatchObject({ key: session.key });
  });

  it('a copy whose record another instance has removed is believed no more', async () => {
    const { states, kits } = await start(2);
    const [a, b] = kits as [SessionKit, SessionKit];
    const { cookie } = await a.signIn();
    await readOf(b, cookie);
    const [, away] = states;
    if (away === undefined) throw new Error('two were started');
    // Told of no end by the log, as `b` reads it at its next tick only; the store is gone by then.
    const { read } = away;
    away.read = async () => {
      throw new FramegateError('FRAMEGATE_STORE_UNAVAILABLE', { reason: 'away' });
    };
    await a.signOut(cookie);
    await b.visit(cookie, async (req) => {
      away.isAway = false;
      await b.sessions.end(req);
      away.isAway = true;
    });
    b.clock.nowMs += 3000;
    await expect(readOf(b, cookie)).rejects.toMatchObject(UNAVAILABLE);
    Object.assign(away, { read, isAway: false });
  });

  it('whose idle time is over by the copy here gets 503, as the person may have been active elsewhere', async () => {
    const clock = new MovableClock();
    const state = createSharedStore(clock);
    const kit = await startSessions({ clock, state, session: { idleTimeoutMs: 2 * MINUTE_MS } });
    const { cookie } = await kit.signIn();
    state.isAway = true;
    clock.nowMs += 2 * MINUTE_MS;
    await expect(readOf(kit, cookie)).rejects.toMatchObject(UNAVAILABLE);
  });

  it('a sign-out holds here at once, and everywhere once the store is back', async () => {
    const { clock, states, kits } = await start(2);
    const [a, b] = kits as [SessionKit, SessionKit];
    const { cookie } = await a.signIn();
    await readOf(b, cookie);
    const [away] = states;
    if (away) away.isAway = true;
    const { status, setCookie } = await a.signOut(cookie);
    expect(status).toBe(204);
    expect(setCookie.at(-1)).toContain('__Host-framegate=;');
    expect(a.ended).toMatchObject([{ reason: 'signed-out' }]);
    await expect(readOf(a, cookie)).rejects.toMatchObject(UNAVAILABLE);
    clock.nowMs += 1;
    if (away) away.isAway = false;
    await expect.poll(() => b.ended, { timeout: 4000 }).toMatchObject([{ reason: 'revoked' }]);
    for (const kit of kits) expect(await readOf(kit, cookie)).toBeUndefined();
  });

  it('a revocation holds here at once, says that it does not elsewhere yet, and is told once the store is back', async () => {
    const { clock, states, kits } = await start(2);
    const [a, b] = kits as [SessionKit, SessionKit];
    const { cookie } = await b.signIn();
    await readOf(a, cookie);
    const [away] = states;
    if (away) away.isAway = true;
    clock.nowMs += 1;
    await expect(a.sessions.revoke({ login: 'alice' })).rejects.toMatchObject(UNAVAILABLE);
    expect(a.ended).toMatchObject([{ reason: 'revoked' }]);
    expect(await readOf(b, cookie)).toBeDefined();
    if (away) away.isAway = false;
    await expect.poll(() => b.ended, { timeout: 4000 }).toMatchObject([{ reason: 'revoked' }]);
  });
});

describe('once the store is back', () => {
  it('what was revoked meanwhile is refused by the first read: the log comes before the table', async () => {
    const { clock, states, kits } = await start(2);
    const [a, b] = kits as [SessionKit, SessionKit];
    const { cookie } = await a.signIn();
    await readOf(b, cookie);
    const away = states[1];
    if (away) away.isAway = true;
    clock.nowMs += 3000;
    expect(await readOf(b, cookie)).toBeDefined();
    await a.sessions.revoke({ login: 'alice' });
    // Past what its last failure vouches for.
    clock.nowMs += 3000;
    if (away) away.isAway = false;
    expect(await readOf(b, cookie)).toBeUndefined();
    expect(b.ended).toMatchObject([{ reason: 'revoked' }]);
  });

  it('a session goes on after the process was asleep, once the log has been read', async () => {
    const { clock, kit } = await startOne();
    const { cookie } = await kit.signIn();
    clock.nowMs += 20 * MINUTE_MS;
    expect(await readOf(kit, cookie)).toBeDefined();
  });
});
