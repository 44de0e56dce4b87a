// Every end of a session is told exactly once, whatever ended it: WebSockets and streams are closed by it (SEC-B8.3).

import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { closeKits, HOUR_MS, identityOf, MINUTE_MS, STORES, startSessions } from './kit.ts';

closeKits();

describe.each(STORES)('in a %s store', (store) => {
  describe('the end of a session', () => {
    it('SEC-R9 by sign-out: told once, nobody from then on, also when signed out twice', async () => {
      const kit = await startSessions({ store });
      const { cookie, session } = await kit.signIn();
      await kit.signOut(cookie);
      await kit.signOut(cookie);
      expect(kit.ended).toEqual([{ login: 'alice', key: session.key, reason: 'signed-out' }]);
      expect(await kit.sessions.read(cookie, false)).toBeUndefined();
      expect(kit.sessions.size).toBe(0);
    });

    it('by two sign-outs at once: told once', async () => {
      const kit = await startSessions({ store });
      const { cookie } = await kit.signIn();
      await kit.visit(cookie, async (req) => {
        await kit.visit(cookie, async (second) => {
          await Promise.all([kit.sessions.end(second), kit.sessions.end(req)]);
        });
      });
      expect(kit.ended).toHaveLength(1);
    });

    it('by another sign-in of two at once: told once', async () => {
      const kit = await startSessions({ store });
      const { cookie } = await kit.signIn();
      const start = { identity: identityOf('bob'), method: 'password' } as const;
      await kit.visit(cookie, async (req) => {
        await kit.visit(cookie, async (second) => {
          await Promise.all([kit.sessions.start(second, start), kit.sessions.start(req, start)]);
        });
      });
      expect(kit.ended.filter(({ login }) => login === 'alice')).toHaveLength(1);
    });

    it('SEC-B8.3 by time: told once within 2 s, without any request', async () => {
      const kit = await startSessions({ store });
      const { session } = await kit.signIn();
      kit.clock.nowMs += 30 * MINUTE_MS;
      expect(kit.ended).toEqual([]);
      const deadline = performance.now() + 2000;
      while (kit.ended.length === 0 && performance.now() < deadline) await sleep(20);
      expect(kit.ended).toEqual([{ login: 'alice', key: session.key, reason: 'expired' }]);
      await sleep(1200);
      expect(kit.ended).toHaveLength(1);
      expect(kit.sessions.size).toBe(0);
    });

    it.each(['end', 'start'] as const)('by time during a request that calls %s: told all the same', async (call) => {
      const kit = await startSessions({ store });
      const { cookie, session } = await kit.signIn();
      await kit.visit(cookie, async (req) => {
        // A password check takes its time, and this one ends after the session.
        kit.clock.nowMs += 9 * HOUR_MS;
        if (call === 'end') await kit.sessions.end(req);
        else await kit.sessions.start(req, { identity: identityOf('alice'), method: 'password' });
      });
      await expect.poll(() => kit.ended).toEqual([{ login: 'alice', key: session.key, reason: 'expired' }]);
    });

    it('is not told to a listener that was taken off', async () => {
      const kit = await startSessions({ store });
      let calls = 0;
      const stop = kit.sessions.onEnd(() => {
        calls += 1;
      });
      await kit.signOut((await kit.signIn()).cookie);
      stop();
      await kit.signOut((await kit.signIn()).cookie);
      expect(calls).toBe(1);
    });
  });

  describe('revoke (SEC-D2.4)', () => {
    const people = [
      { login: 'alice', identity: identityOf('alice') },
      { login: 'alice', identity: identityOf('alice', { issuer: 'password' }) },
      { login: 'bob', identity: identityOf('bob') },
    ];

    it.each([
      { which: { login: 'alice' }, ended: 2 },
      { which: { login: 'alice', issuer: 'password' }, ended: 1 },
      { which: { issuer: 'https://host.test' }, ended: 2 },
      { which: { subject: 'bob' }, ended: 1 },
      { which: { login: 'ALICE' }, ended: 2 },
      { which: { login: '' }, ended: 0 },
      { which: {}, ended: 0 },
    ])('ends $ended of three sessions for $which', async ({ which, ended }) => {
      const kit = await startSessions({ store });
      const cookies: string[] = [];
      for (const person of people) cookies.push((await kit.signIn(person)).cookie);
      expect(await kit.sessions.revoke(which)).toBe(ended);
      expect(kit.ended.map(({ reason }) => reason)).toEqual(Array(ended).fill('revoked'));
      const living = await Promise.all(cookies.map((cookie) => kit.sessions.read(cookie, false)));
      expect(living.filter((session) => session !== undefined)).toHaveLength(3 - ended);
    });

    it('is told once for a session that is signed out afterwards', async () => {
      const kit = await startSessions({ store });
      const { cookie } = await kit.signIn();
      await kit.visit(cookie, async (req) => {
        await kit.sessions.revoke({ login: 'alice' });
        await kit.sessions.end(req);
      });
      expect(kit.ended).toEqual([expect.objectContaining({ reason: 'revoked' })]);
    });
  });
});

describe('the end of a session of this process', () => {
  it('by a renewal that finds no room: told, as nothing goes on under its key', async () => {
    const kit = await startSessions({ session: { maxSessions: 1 } });
    const { cookie, session } = await kit.signIn();
    const answer = await kit.visit(cookie, async (req) => {
      await kit.visit(undefined, async (other) => {
        // Somebody else takes the one place in the moment between the end of the old id and the new one.
        const renewal = kit.sessions.start(req, { identity: identityOf('alice'), method: 'password' });
        while (kit.sessions.size > 0) await null;
        await kit.sessions.start(other, { identity: identityOf('bob'), method: 'password' });
        await expect(renewal).rejects.toMatchObject({ code: 'FRAMEGATE_BUSY' });
      });
    });
    expect(answer.setCookie).toEqual([]);
    expect(kit.ended).toEqual([{ login: 'alice', key: session.key, reason: 'replaced' }]);
    expect(kit.sessions.size).toBe(1);
  });
});
