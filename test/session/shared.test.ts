// Two instances over one store: what one does holds on the other within 2 s (SEC-D2.4, SEC-B8.3), and nothing in the
// store can make anybody somebody else.

import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Log, silentLog } from '../../src/kernel/log.ts';
import type { RevocationTarget } from '../../src/session/session.ts';
import {
  closeKits,
  createSharedStore,
  FIRST_SECRET,
  HOUR_MS,
  identityOf,
  type KitOptions,
  MINUTE_MS,
  MovableClock,
  SECOND_SECRET,
  type SessionKit,
  type SharedStore,
  startSessions,
} from './kit.ts';

closeKits();

interface Pair {
  readonly clock: MovableClock;
  readonly state: SharedStore;
  readonly a: SessionKit;
  readonly b: SessionKit;
  /** Names of log lines of both. */
  readonly logged: string[];
}

async function startPair(options: KitOptions = {}): Promise<Pair> {
  const clock = new MovableClock();
  const state = createSharedStore(clock);
  const logged: string[] = [];
  const log: Log = { ...silentLog, warn: (event) => logged.push(event), info: (event) => logged.push(event) };
  const [a, b] = await Promise.all([1, 2].map(() => startSessions({ clock, state, log, ...options })));
  if (a === undefined || b === undefined) throw new Error('two were started');
  return { clock, state, a, b, logged };
}

const readLogin = async (kit: SessionKit, cookie: string) => (await kit.sessions.read(cookie, false))?.identity.login;
const keysOf = async (state: SharedStore, prefix: string): Promise<[string, string][]> => {
  const found: [string, string][] = [];
  for await (const [key, value] of state.entries(prefix)) found.push([key, value]);
  return found;
};
const counted = (state: SharedStore, method: 'get' | 'replace') => {
  const original = state[method] as (...args: unknown[]) => Promise<unknown>;
  const calls: unknown[][] = [];
  (state as unknown as Record<string, unknown>)[method] = (...args: unknown[]) => {
    calls.push(args);
    return original(...args);
  };
  return calls;
};

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

  it('SEC-B11.3 a sign-in with other groups or limits ends what was judged by the old ones', async () => {
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

describe('revoke (SEC-D2.4)', () => {
  const provider = { id: 'corp', sid: 'sid-1' };

  it.each<{ name: string; which: (key: string) => RevocationTarget }>([
    { name: 'the session', which: (key) => ({ key }) },
    { name: 'the login', which: () => ({ login: 'alice' }) },
    { name: 'the issuer', which: () => ({ issuer: 'https://host.test' }) },
    { name: 'issuer and subject', which: () => ({ issuer: 'https://host.test', subject: 'alice' }) },
    { name: "the provider's session", which: () => ({ providerSid: 'sid-1' }) },
    { name: 'everybody', which: () => ({ everyone: true }) },
  ])('by $name ends a session on every instance, also one whose record alone is there', async ({ which }) => {
    const { a, b, state, clock } = await startPair();
    const { cookie, session } = await a.signIn({ method: 'oidc', provider });
    const away = await startSessions({ clock, state });
    clock.nowMs += 1;
    expect(await b.sessions.revoke(which(session.key))).toBe(0);
    await expect.poll(() => a.ended).toEqual([{ login: 'alice', key: session.key, reason: 'revoked' }]);
    for (const kit of [a, b, away]) await expect.poll(() => kit.sessions.read(cookie, false)).toBeUndefined();
  });

  it.each<RevocationTarget>([
    {},
    { login: 'bob' },
    { login: 'alice', issuer: 'https://other.test' },
    { everyone: true, login: 'bob' },
    { providerSid: 'sid-2' },
    { key: 'another' },
  ])('by %j ends nothing of alice', async (which) => {
    const { a, b } = await startPair();
    const { cookie } = await a.signIn({ method: 'oidc', provider });
    await b.sessions.revoke(which);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await readLogin(a, cookie)).toBe('alice');
    expect(a.ended).toEqual([]);
  });

  it('holds for a record whose removal failed, as it is judged when it is met', async () => {
    const { a, b, state } = await startPair();
    const { cookie } = await a.signIn();
    const [record] = await keysOf(state, 'session:');
    await b.sessions.revoke({ login: 'alice' });
    await expect.poll(() => a.ended).toHaveLength(1);
    await state.set(record?.[0] ?? '', record?.[1] ?? '', Number.MAX_SAFE_INTEGER);
    const later = await startSessions({ clock: a.clock, state });
    for (const kit of [b, later]) expect(await readLogin(kit, cookie)).toBeUndefined();
  });

  it('leaves sessions alone that begin afterwards, at the same moment by the clock', async () => {
    const { a, b } = await startPair();
    await a.signIn();
    await a.sessions.revoke({ everyone: true });
    const { cookie } = await a.signIn();
    await expect.poll(() => readLogin(b, cookie)).toBe('alice');
    expect(await readLogin(a, cookie)).toBe('alice');
    expect(a.ended).toHaveLength(1);
  });

  it('tells other instances whom it was for, as people without a session have connections too', async () => {
    const { a, b } = await startPair();
    const told: RevocationTarget[][] = [[], []];
    for (const [index, kit] of [a, b].entries()) kit.sessions.onRevoke((which) => told[index]?.push(which));
    await a.sessions.revoke({ login: 'alice' });
    await expect.poll(() => told[1]).toEqual([{ login: 'alice' }]);
    expect(told[0]).toEqual([]);
  });
});

describe('a record', () => {
  it.each<{ name: string; spoil: (record: string) => string }>([
    { name: 'is cut', spoil: (record) => record.slice(0, -5) },
    { name: 'is empty', spoil: () => '' },
    { name: 'is no JSON', spoil: () => 'x.{' },
    { name: 'was changed by hand', spoil: (record) => record.replace('"login":"alice"', '"login":"admin"') },
    { name: 'has no seal', spoil: (record) => record.slice(record.indexOf('.') + 1) },
  ])('SEC-D1.5 that $name counts as signed out, is logged once, and nothing crashes', async ({ spoil }) => {
    const { a, b, state, logged } = await startPair();
    const { cookie } = await a.signIn();
    const [[key, record] = ['', '']] = await keysOf(state, 'session:');
    await state.set(key, spoil(record), Number.MAX_SAFE_INTEGER);
    expect(await readLogin(b, cookie)).toBeUndefined();
    expect(await readLogin(b, cookie)).toBeUndefined();
    expect(logged.filter((event) => event === 'session.corrupted')).toHaveLength(1);
    const answer = await b.visit(cookie, async (req) => expect(b.sessions.current(req)).toBeUndefined());
    expect(answer).toMatchObject({ status: 204, setCookie: [] });
  });

  it('of one person put under the id of another is nobody', async () => {
    const { a, b, state } = await startPair();
    const alice = await a.signIn();
    const [[, aliceRecord] = ['', '']] = await keysOf(state, 'session:');
    const bob = await a.signIn({ login: 'bob' });
    const [key] = (await keysOf(state, 'session:')).find(([, record]) => record !== aliceRecord) ?? [''];
    await state.set(key, aliceRecord, Number.MAX_SAFE_INTEGER);
    expect(await readLogin(b, bob.cookie)).toBeUndefined();
    expect(await readLogin(b, alice.cookie)).toBe('alice');
  });

  it('SEC-D1.5 lies under the SHA-256 of the id, which is in no value', async () => {
    const { a, state } = await startPair();
    const { cookie } = await a.signIn();
    const id = decodeURIComponent(cookie.split('=')[1] ?? '').slice(2, 45);
    const all = await keysOf(state, '');
    expect(all.map(([key]) => key)).toContain(`session:${createHash('sha256').update(id).digest('base64url')}`);
    expect(JSON.stringify(all)).not.toContain(id);
  });

  it('SEC-D10.2 sealed and signed with an old secret goes on after a rotation', async () => {
    const clock = new MovableClock();
    const state = createSharedStore(clock);
    const before = await startSessions({ clock, state });
    const { cookie } = await before.signIn();
    const after = await startSessions({ clock, state, session: { secrets: [SECOND_SECRET, FIRST_SECRET] } });
    clock.nowMs += MINUTE_MS;
    expect((await after.act(cookie))?.identity.login).toBe('alice');
    // Sealed anew with the first secret by the activity; the old instance does not know that one.
    clock.nowMs += MINUTE_MS;
    expect(await readLogin(before, cookie)).toBeUndefined();
    expect(await readLogin(after, cookie)).toBe('alice');
  });
});

describe('maxPerUser (SEC-B11.2)', () => {
  it.each(['memory', 'shared'] as const)('ends the oldest session of a person in a %s store, and nobody else', async (store) => {
    const kit = await startSessions({ store, session: { maxPerUser: 2 } });
    const cookies: string[] = [];
    for (let index = 0; index < 3; index += 1) {
      kit.clock.nowMs += 1000;
      cookies.push((await kit.signIn()).cookie);
    }
    const bob = await kit.signIn({ login: 'bob' });
    expect(await Promise.all([...cookies, bob.cookie].map((cookie) => readLogin(kit, cookie)))).toEqual([
      undefined,
      'alice',
      'alice',
      'bob',
    ]);
    expect(kit.ended.map(({ reason }) => reason)).toEqual(['replaced']);
  });

  it('counts renewals and what was signed out as no further session', async () => {
    const { a } = await startPair({ session: { maxPerUser: 2 } });
    const other = await a.signIn();
    let { cookie } = await a.signIn();
    for (let index = 0; index < 4; index += 1) {
      a.clock.nowMs += 1000;
      cookie = (await a.signIn({}, cookie)).cookie;
    }
    await a.signOut(cookie);
    await a.signIn();
    expect(await readLogin(a, other.cookie)).toBe('alice');
  });

  it('holds over both instances, with twenty sign-ins at once', async () => {
    const { a, b, state } = await startPair({ session: { maxPerUser: 3 } });
    const start = { identity: identityOf('alice'), method: 'ticket' } as const;
    const visits = Array.from({ length: 20 }, (_, index) => {
      const kit = index % 2 === 0 ? a : b;
      return kit.visit(undefined, (req) => kit.sessions.start(req, start).then(() => {}));
    });
    await Promise.all(visits);
    expect((await keysOf(state, 'session:')).length).toBeLessThanOrEqual(3);
  });
});

describe('list', () => {
  it.each(['memory', 'shared'] as const)('names method, address, agent and last use of a %s store, and no secret', async (store) => {
    const kit = await startSessions({ store });
    const { cookie, session } = await kit.signIn({ method: 'ticket', userAgent: 'x'.repeat(300) });
    kit.clock.nowMs += 2 * MINUTE_MS;
    await kit.act(cookie);
    const all = [];
    for await (const line of kit.sessions.list()) all.push(line);
    expect(all).toEqual([
      {
        key: session.key,
        login: 'alice',
        issuer: 'https://host.test',
        subject: 'alice',
        method: 'ticket',
        startedAtMs: session.startedAtMs,
        lastActiveAtMs: session.startedAtMs + 2 * MINUTE_MS,
        endsAtMs: session.startedAtMs + 8 * HOUR_MS,
        address: '192.0.2.1',
        userAgent: 'x'.repeat(256),
      },
    ]);
  });

  it('names the sessions of every instance, and none that has ended or was revoked', async () => {
    const { a, b } = await startPair();
    await a.signIn({ login: 'alice' });
    await b.signIn({ login: 'bob' });
    await b.signOut((await b.signIn({ login: 'carol' })).cookie);
    await a.sessions.revoke({ login: 'alice' });
    for (const kit of [a, b]) {
      const logins = [];
      for await (const { login } of kit.sessions.list()) logins.push(login);
      expect(logins).toEqual(['bob']);
    }
  });
});
