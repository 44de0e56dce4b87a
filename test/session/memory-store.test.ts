// The store as express-session uses it: through its own methods, with callbacks.

import type { SessionData } from 'express-session';
import { describe, expect, it } from 'vitest';
import { MemorySessionStore } from '../../src/session/memory-store.ts';
import type { StoredSession } from '../../src/session/stored-session.ts';
import { identityOf, MovableClock } from './kit.ts';

const clock = new MovableClock();
const stored = (over: Partial<StoredSession> = {}): StoredSession => ({
  key: 'key',
  identity: identityOf('alice'),
  method: 'ticket',
  startedAtMs: clock.nowMs,
  endsAtMs: clock.nowMs + 1000,
  idleTimeoutMs: undefined,
  lastActiveAtMs: clock.nowMs,
  ...over,
});
const data = (framegate?: StoredSession): SessionData => ({ cookie: { originalMaxAge: null }, framegate }) as unknown as SessionData;
const get = (store: MemorySessionStore, id: string) => new Promise((resolve) => store.get(id, (_error, found) => resolve(found)));

describe('MemorySessionStore', () => {
  it('keeps nothing of a session in which nobody is signed in', () => {
    const store = new MemorySessionStore(clock, 10, () => {});
    let error: unknown = 'not called';
    store.set('id', data(), (given) => {
      error = given;
    });
    expect(error).toBeUndefined();
    expect(store.size).toBe(0);
  });

  it('gives back what was stored, as a copy that a request may change', async () => {
    const store = new MemorySessionStore(clock, 10, () => {});
    store.set('id', data(stored()));
    const found = (await get(store, 'id')) as SessionData;
    expect(found.framegate?.identity.login).toBe('alice');
    found.cookie.path = '/changed';
    expect(((await get(store, 'id')) as SessionData).cookie.path).toBeUndefined();
  });

  it('is not kept alive by touch', async () => {
    const store = new MemorySessionStore(clock, 10, () => {});
    store.set('id', data(stored()));
    clock.nowMs += 999;
    await new Promise<void>((resolve) => store.touch('id', data(stored({ endsAtMs: clock.nowMs + 9999 })), resolve));
    clock.nowMs += 1;
    expect(await get(store, 'id')).toBeNull();
  });

  it('replaces nothing that has ended', () => {
    const store = new MemorySessionStore(clock, 10, () => {});
    store.set('id', data(stored()));
    clock.nowMs += 1000;
    store.replace('id', stored());
    expect(store.find('id')).toBeUndefined();
  });

  it('gives a session to the first that takes it and to nobody else, also one that has ended', () => {
    const ended: string[] = [];
    const store = new MemorySessionStore(clock, 10, ({ key }) => ended.push(key));
    store.set('id', data(stored()));
    clock.nowMs += 1000;
    expect(store.take('id')?.key).toBe('key');
    expect(store.take('id')).toBeUndefined();
    store.sweep();
    expect(ended).toEqual([]);
  });
});
