// Two instances over one store: each knows the other's sessions, and what ends on one ends on the other (SEC-B8.3).

import { describe, expect, it } from 'vitest';
import { closeKits, identityOf, MINUTE_MS, startSessions } from './kit.ts';
import { counted, keysOf, readLogin, startPair } from './pair.ts';

closeKits();

describe('reading', () => {
  it('knows a session that another instance started, then answers without the store and without a promise', async () => {
    const { a, b, state } = await startPair();
    const { cookie, session } = await a.signIn();
    const asked = counted(state, 'get');
    expect(await b.sessions.read(cookie, false)).toMatchObject({ key: session.key });
    expect(b.sessions.read(cookie, false)).toMatchObject({ key: session.key });
    expect(asked).toHaveLength(1);
  });

  it('asks the store again after 10 s, once for all who ask at the same time', async () => {
    const { a, clock, state } = await startPair();
    const { cookie } = await a.signIn();
    const asked = counted(state, 'get');
    clock.nowMs += 10_000;
    const all = await Promise.all(Array.from({ length: 50 }, () => a.sessions.read(cookie, false)));
    expect(all.every((session) => session !== undefined)).toBe(true);
    expect(asked).toHaveLength(1);
  });

  it('does not ask the store for an id whose signature is not ours, and asks each time for a signed one that is nobody', async () => {
    const { a, b, state } = await startPair();
    const { cookie } = await a.signIn();
    await a.signOut(cookie);
    await expect.poll(() => b.sessions.read(cookie, false)).toBeUndefined();
    const asked = counted(state, 'get');
    for (let index = 0; index < 50; index += 1) await b.sessions.read(`__Host-framegate=s%3A${'x'.repeat(43)}.${index}`, false);
    expect(asked).toHaveLength(0);
    await b.sessions.read(cookie, false);
    await b.sessions.read(cookie, false);
    expect(asked).toHaveLength(2);
  });

  it('of memory answers without a promise', async () => {
    const kit = await startSessions();
    const { cookie } = await kit.signIn();
    expect(kit.sessions.read(cookie, true)).toMatchObject({ method: 'password' });
    expect(kit.sessions.read(undefined, true)).toBeUndefined();
  });
});

describe('activity', () => {
  it('SEC-D2.1 on one instance keeps the session on the other, whose copy is older', async () => {
    const { a, b, clock } = await startPair();
    const { cookie } = await a.signIn();
    await b.act(cookie);
    clock.nowMs += 20 * MINUTE_MS;
    await a.act(cookie);
    clock.nowMs += 20 * MINUTE_MS;
    expect(await readLogin(b, cookie)).toBe('alice');
    clock.nowMs += 10 * MINUTE_MS;
    expect(await readLogin(b, cookie)).toBeUndefined();
    await expect.poll(() => [...a.ended, ...b.ended].map(({ reason }) => reason), { timeout: 4000 }).toEqual(['expired', 'expired']);
  });

  it('is written once a minute at most, by whichever instance sees it', async () => {
    const { a, b, clock, state } = await startPair();
    const { cookie } = await a.signIn();
    await b.act(cookie);
    const written = counted(state, 'replace');
    clock.nowMs += MINUTE_MS;
    for (const kit of [a, b, a, b]) await kit.act(cookie);
    expect(written).toHaveLength(1);
  });

  it('does not revive what has ended elsewhere', async () => {
    const { a, b, clock, state } = await startPair();
    const { cookie } = await a.signIn();
    await b.act(cookie);
    clock.nowMs += MINUTE_MS;
    const active = b.sessions.read(cookie, true);
    await a.signOut(cookie);
    await active;
    await new Promise(setImmediate);
    expect(await keysOf(state, 'session:')).toEqual([]);
    expect(await readLogin(b, cookie)).toBeUndefined();
  });
});

describe('the end on one instance', () => {
  it('SEC-B5.5 is not undone by an answer of the store that was on its way meanwhile', async () => {
    const { a, b, clock, state } = await startPair();
    const { cookie } = await a.signIn();
    const { get } = state;
    let release: (() => void) | undefined;
    state.get = async (key) => {
      const record = await get(key);
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      return record;
    };
    clock.nowMs += 10_000;
    const reading = a.sessions.read(cookie, false);
    await expect.poll(() => release).toBeDefined();
    state.get = get;
    await b.signOut(cookie);
    await expect.poll(() => a.ended).toHaveLength(1);
    release?.();
    expect(await reading).toBeUndefined();
    expect(await readLogin(a, cookie)).toBeUndefined();
  });

  it('SEC-B8.3 by sign-out is told on the other, with its reason, once', async () => {
    const { a, b } = await startPair();
    const { cookie, session } = await a.signIn();
    await readLogin(b, cookie);
    await a.signOut(cookie);
    await expect.poll(() => b.ended).toEqual([{ login: 'alice', key: session.key, reason: 'signed-out' }]);
    expect(a.ended).toEqual(b.ended);
    expect(await readLogin(b, cookie)).toBeUndefined();
  });

  it('by another person in the same browser is told on the other', async () => {
    const { a, b } = await startPair();
    const first = await a.signIn();
    await readLogin(b, first.cookie);
    await a.signIn({ login: 'bob' }, first.cookie);
    await expect.poll(() => b.ended).toEqual([{ login: 'alice', key: first.session.key, reason: 'replaced' }]);
  });

  it('SEC-R9 a renewal is none: the old id is nobody, the key goes on, and its end is told on the other all the same', async () => {
    const { a, b } = await startPair();
    const first = await a.signIn({ method: 'ticket' });
    await readLogin(b, first.cookie);
    const second = await a.signIn({ method: 'ticket' }, first.cookie);
    await expect.poll(() => b.sessions.read(first.cookie, false)).toBeUndefined();
    expect(second.session.key).toBe(first.session.key);
    expect([...a.ended, ...b.ended]).toEqual([]);
    // The other instance has never seen the new id; what is open there hangs on the key.
    await a.signOut(second.cookie);
    await expect.poll(() => b.ended).toEqual([{ login: 'alice', key: first.session.key, reason: 'signed-out' }]);
  });

  it('SEC-B11.3, SEC-D2.3 a sign-in with other groups or limits ends what was judged by the old ones', async () => {
    const { a } = await startPair();
    const first = await a.signIn({ identity: identityOf('alice', { groups: ['x', 'y'] }) });
    const same = await a.signIn({ identity: identityOf('alice', { groups: ['y', 'x'], displayName: 'Alice' }) }, first.cookie);
    expect(same.session.key).toBe(first.session.key);
    expect(same.cookie).not.toBe(first.cookie);
    const other = await a.signIn({ identity: identityOf('alice', { groups: ['x'] }) }, same.cookie);
    const narrowed = await a.signIn({ identity: identityOf('alice', { groups: ['x'] }), narrowing: { dashboards: ['one'] } }, other.cookie);
    expect(new Set([first, other, narrowed].map(({ session }) => session.key)).size).toBe(3);
    expect(a.ended.map(({ reason }) => reason)).toEqual(['replaced', 'replaced']);
  });
});
