// What express-session asks of a store, of every store that sessions can be in. Two stores stand for two instances.

import type { SessionData } from 'express-session';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/kernel/clock.ts';
import { silentLog } from '../../src/kernel/log.ts';
import type { StateStore } from '../../src/kernel/state-store.ts';
import { createHolder } from '../../src/session/create-holder.ts';
import { ExpressStore } from '../../src/session/express-store.ts';
import type { StoredSession } from '../../src/session/stored-session.ts';
import { FIRST_SECRET, HOUR_MS, identityOf, MINUTE_MS } from './kit.ts';
import { STORE_CASES } from './stores.ts';

const SETTINGS = { secrets: [FIRST_SECRET], absoluteTimeoutMs: 8 * HOUR_MS, outageWindowMs: 5 * MINUTE_MS, maxSessions: 100 };
const COOKIE = { path: '/', httpOnly: true, secure: true } as const;

function storedFor(lifetimeMs = MINUTE_MS, over: Partial<StoredSession> = {}): StoredSession {
  const now = systemClock.now();
  return {
    key: 'key',
    identity: identityOf('alice', { email: 'a@b@c', displayName: '\u{1f600} "A"', groups: ['__proto__', 'operators'] }),
    method: 'ticket',
    startedAtMs: now,
    endsAtMs: now + lifetimeMs,
    idleTimeoutMs: undefined,
    lastActiveAtMs: now,
    narrowing: { dashboards: ['plant-a'] },
    provider: { id: 'corp', sid: 's', idToken: 't' },
    address: '192.0.2.1',
    userAgent: 'a browser',
    ...over,
  };
}

const dataOf = (framegate?: StoredSession): SessionData => ({ cookie: { originalMaxAge: null }, framegate }) as SessionData;
const get = (store: ExpressStore, id: string) =>
  new Promise<SessionData | null | undefined>((resolve, reject) =>
    store.get(id, (error, found) => (error === null ? resolve(found) : reject(error))),
  );
const done = (call: (callback: (error?: unknown) => void) => void) =>
  new Promise<void>((resolve, reject) => call((error) => (error === undefined || error === null ? resolve() : reject(error))));

describe.each(STORE_CASES)('express-session over the $name store', ({ open, name }) => {
  let states: [StateStore, StateStore];
  let a: ExpressStore;
  let b: ExpressStore;

  function createStore(state: StateStore, maxSessions = SETTINGS.maxSessions): ExpressStore {
    const events = { ended() {}, revoked() {} };
    const holder = createHolder({ ...SETTINGS, maxSessions }, { state, clock: systemClock, log: silentLog, events });
    onTestFinished(() => holder.close());
    return new ExpressStore(holder, COOKIE);
  }

  beforeEach(async () => {
    const access = await open(systemClock);
    states = [access(), access()];
    a = createStore(states[0]);
    // Of one process there is one instance.
    b = name === 'memory' ? a : createStore(states[1]);
  });

  it('gives null for an id that it does not know', async () => {
    expect(await get(a, 'nobody')).toBeNull();
  });

  it('gives back what was set, on every instance', async () => {
    const stored = storedFor();
    await done((callback) => a.set('id', dataOf(stored), callback));
    for (const store of [a, b]) expect((await get(store, 'id'))?.framegate).toEqual(stored);
  });

  it("gives each request a cookie of its own, with the configuration's attributes", async () => {
    await done((callback) => a.set('id', dataOf(storedFor()), callback));
    const found = await get(a, 'id');
    expect(found?.cookie).toEqual({ ...COOKIE, originalMaxAge: null });
    if (found) found.cookie.path = '/changed';
    expect((await get(a, 'id'))?.cookie.path).toBe('/');
  });

  it('keeps nothing of a session in which nobody is signed in', async () => {
    await done((callback) => a.set('id', dataOf(), callback));
    expect(await get(b, 'id')).toBeNull();
  });

  it('SEC-R9 destroys, on every instance, also what is not there', async () => {
    await done((callback) => a.set('id', dataOf(storedFor()), callback));
    expect(await get(b, 'id')).not.toBeNull();
    await done((callback) => a.destroy('id', callback));
    await done((callback) => a.destroy('id', callback));
    for (const store of [a, b]) expect(await get(store, 'id')).toBeNull();
  });

  it('does not bring back what was destroyed, when express-session saves once more at the end of the request', async () => {
    const data = dataOf(storedFor());
    await done((callback) => a.set('id', data, callback));
    await done((callback) => b.destroy('id', callback));
    await done((callback) => a.set('id', data, callback));
    expect(await get(b, 'id')).toBeNull();
  });

  it('SEC-D2.1 gives null once the time is over, and touch does not move it', async () => {
    const stored = storedFor(150);
    await done((callback) => a.set('id', dataOf(stored), callback));
    await done((callback) => a.touch('id', dataOf(storedFor()), callback));
    for (const store of [a, b]) await expect.poll(() => get(store, 'id')).toBeNull();
    expect(systemClock.now()).toBeGreaterThanOrEqual(stored.endsAtMs);
  });

  it('needs no callbacks', async () => {
    a.set('id', dataOf(storedFor()));
    await expect.poll(() => get(a, 'id')).not.toBeNull();
    a.destroy('id');
    await expect.poll(() => get(a, 'id')).toBeNull();
  });

  it('SEC-B11.2 takes no more than maxSessions, over all instances, and room that became free', async () => {
    const [one, other] = [createStore(states[0], 2), createStore(states[1], 2)];
    const second = name === 'memory' ? one : other;
    await done((callback) => one.set('1', dataOf(storedFor()), callback));
    await done((callback) => second.set('2', dataOf(storedFor()), callback));
    const third = (store: ExpressStore) => done((callback) => store.set('3', dataOf(storedFor()), callback));
    await expect(third(one)).rejects.toMatchObject({ code: 'FRAMEGATE_BUSY' });
    await expect(third(second)).rejects.toMatchObject({ code: 'FRAMEGATE_BUSY' });
    await done((callback) => second.destroy('1', callback));
    await third(one);
    expect(await get(second, '3')).not.toBeNull();
  });
});
