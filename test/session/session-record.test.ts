// Nothing in the store can make anybody somebody else, and nothing in it signs anybody in (SEC-D1.5).

import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { closeKits, createSharedStore, FIRST_SECRET, MINUTE_MS, MovableClock, SECOND_SECRET, startSessions } from './kit.ts';
import { keysOf, readLogin, startPair } from './pair.ts';

closeKits();

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
