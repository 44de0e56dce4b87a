// Whom a revocation ends, on every instance (SEC-D2.4), and what an operator may see before.

import { describe, expect, it } from 'vitest';
import type { RevocationTarget } from '../../src/session/session.ts';
import { closeKits, HOUR_MS, MINUTE_MS, startSessions } from './kit.ts';
import { keysOf, readLogin, startPair } from './pair.ts';

closeKits();

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

  it('by a session of the provider reaches what came from it without a name of that session, where the person is named too', async () => {
    const { a } = await startPair();
    const other = { issuer: 'https://host.test', subject: 'bob', providerSid: 'sid-1' };
    await a.signIn({ method: 'oidc', provider: { id: 'corp' } });
    await a.signIn({ method: 'ticket' });
    expect(await a.sessions.revoke(other)).toBe(0);
    expect(await a.sessions.revoke({ providerSid: 'sid-1' })).toBe(0);
    expect(await a.sessions.revoke({ ...other, subject: 'alice' })).toBe(1);
  });

  it('by login ends it in any case of letters, as one login is one person', async () => {
    const { a } = await startPair();
    await a.signIn();
    expect(await a.sessions.revoke({ login: 'ALICE' })).toBe(1);
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
