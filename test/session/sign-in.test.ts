// Session fixation and hijack (SEC-B11): whoever signs in gets an id that nobody knew before, and the browser holds
// that id and nothing else.

import { describe, expect, it } from 'vitest';
import { closeKits, FIRST_SECRET, HOUR_MS, identityOf, MINUTE_MS, MovableClock, SECOND_SECRET, STORES, startSessions } from './kit.ts';

closeKits();

describe.each(STORES)('in a %s store', (store) => {
  const idOf = (cookie: string): string =>
    decodeURIComponent(cookie.split('=', 2)[1] ?? '')
      .slice(2)
      .split('.')[0] ?? '';

  describe('the cookie', () => {
    it.each([
      { cookies: 'partitioned', attributes: ['HttpOnly', 'Partitioned', 'Path=/', 'SameSite=None', 'Secure'] },
      { cookies: 'lax', attributes: ['HttpOnly', 'Path=/', 'SameSite=Lax', 'Secure'] },
    ] as const)(
      'SEC-D1.1, SEC-D1.2 has exactly the attributes of embed.cookies $cookies, over a connection that is not secure (SEC-F7)',
      async ({ cookies, attributes }) => {
        const kit = await startSessions({ store, cookies });
        const { line } = await kit.signIn();
        expect(line.split('; ').slice(1).sort()).toEqual([...attributes]);
      },
    );

    it('SEC-D1.5, SEC-R7 holds 256 random bits and nothing of the person', async () => {
      const kit = await startSessions({ store });
      const ids = new Set<string>();
      for (let index = 0; index < 5; index += 1) ids.add(idOf((await kit.signIn()).cookie));
      expect(ids.size).toBe(5);
      for (const id of ids) expect(Buffer.from(id, 'base64url')).toHaveLength(32);
      expect((await kit.signIn()).line.length).toBeLessThan(4096);
    });

    it('is cleared with the attributes that it was set with (SEC-C13)', async () => {
      const kit = await startSessions({ store });
      const { cookie } = await kit.signIn();
      const line = (await kit.signOut(cookie)).setCookie.at(-1) ?? '';
      expect(line.split('; ').sort()).toEqual([
        'Expires=Thu, 01 Jan 1970 00:00:00 GMT',
        'HttpOnly',
        'Partitioned',
        'Path=/',
        'SameSite=None',
        'Secure',
        '__Host-framegate=',
      ]);
    });

    it.each([
      { cookies: 'partitioned', other: ['HttpOnly', 'Path=/', 'SameSite=None', 'Secure'] },
      { cookies: 'lax', other: ['HttpOnly', 'Partitioned', 'Path=/', 'SameSite=None', 'Secure'] },
    ] as const)(
      'SEC-B5.2 of the other kind, from before embed.cookies became $cookies, is deleted at sign-in and sign-out, before ours is written',
      async ({ cookies, other }) => {
        const kit = await startSessions({ store, cookies });
        const split = (line = ''): string[] => line.split('; ').sort();
        const deleted = [...other, 'Expires=Thu, 01 Jan 1970 00:00:00 GMT', '__Host-framegate='].sort();
        const { cookie } = await kit.signIn();
        const two = `__Host-framegate=s%3Aold.old; ${cookie}`;
        const entered = await kit.visit(two, async (req) => {
          await kit.sessions.start(req, { identity: identityOf('alice'), method: 'password' });
        });
        expect(entered.setCookie).toHaveLength(2);
        expect(split(entered.setCookie[0])).toEqual(deleted);
        expect(entered.setCookie[1]).toMatch(/^__Host-framegate=s%3A/);
        const left = (await kit.signOut(two)).setCookie;
        expect(left).toHaveLength(2);
        expect(split(left[0])).toEqual(deleted);
      },
    );

    it('SEC-B5.2 of the other kind is not looked for where the browser sent none', async () => {
      const kit = await startSessions({ store });
      const { setCookie } = await kit.visit(undefined, async (req) => {
        await kit.sessions.start(req, { identity: identityOf('alice'), method: 'password' });
      });
      expect(setCookie).toHaveLength(1);
    });

    it('is not set on a visit that signs nobody in', async () => {
      const kit = await startSessions({ store });
      expect((await kit.visit(undefined, async () => {})).setCookie).toEqual([]);
      expect(kit.sessions.size).toBe(0);
    });
  });

  describe('signing in', () => {
    it('SEC-R9, SEC-D2.3 gives a new id, and the old one is nobody from then on', async () => {
      const kit = await startSessions({ store });
      const first = await kit.signIn();
      const second = await kit.signIn({}, first.cookie);
      expect(idOf(second.cookie)).not.toBe(idOf(first.cookie));
      expect(await kit.sessions.read(first.cookie, false)).toBeUndefined();
      expect((await kit.sessions.read(second.cookie, false))?.identity.login).toBe('alice');
      expect(kit.sessions.size).toBe(1);
    });

    it('SEC-R9 does not take over an id that the browser brought along', async () => {
      const kit = await startSessions({ store });
      const other = await startSessions({ store });
      const { cookie } = await other.signIn();
      const { cookie: own } = await kit.signIn({}, cookie);
      expect(idOf(own)).not.toBe(idOf(cookie));
      expect(await kit.sessions.read(cookie, false)).toBeUndefined();
    });

    it('keeps the key when the same person renews, so that open sockets stay, and starts the lifetime anew', async () => {
      const kit = await startSessions({ store });
      const first = await kit.signIn({ method: 'ticket' });
      kit.clock.nowMs += HOUR_MS;
      const second = await kit.signIn({ method: 'ticket' }, first.cookie);
      expect(second.session.key).toBe(first.session.key);
      expect(second.session.endsAtMs).toBe(first.session.endsAtMs + HOUR_MS);
      expect(kit.ended).toEqual([]);
    });

    it.each([
      { name: 'another person', over: { login: 'bob' } },
      { name: 'the same login of another issuer (SEC-R6)', over: { identity: identityOf('alice', { issuer: 'https://other.test' }) } },
    ])('ends the earlier session for $name', async ({ over }) => {
      const kit = await startSessions({ store });
      const first = await kit.signIn();
      const second = await kit.signIn(over, first.cookie);
      expect(second.session.key).not.toBe(first.session.key);
      expect(kit.ended).toEqual([{ login: 'alice', key: first.session.key, reason: 'replaced' }]);
    });

    it('never shares a key between two browsers of one person', async () => {
      const kit = await startSessions({ store });
      expect((await kit.signIn()).session.key).not.toBe((await kit.signIn()).session.key);
    });

    it('SEC-B11.1 finds no session by an id in a query or body: only the cookie is read', async () => {
      const kit = await startSessions({ store });
      const { cookie } = await kit.signIn();
      expect(await kit.sessions.read(undefined, false)).toBeUndefined();
      expect(await kit.sessions.read(idOf(cookie), false)).toBeUndefined();
      expect(await kit.sessions.read(cookie.split('=')[1], false)).toBeUndefined();
    });

    it('SEC-B11.2 is refused with FRAMEGATE_BUSY beyond maxSessions, and nobody is thrown out for it', async () => {
      const kit = await startSessions({ store, session: { maxSessions: 2 } });
      const first = await kit.signIn({ login: 'alice' });
      await kit.signIn({ login: 'bob' });
      const answer = await kit.visit(
        undefined,
        async (req) => void (await kit.sessions.start(req, { identity: identityOf('carol'), method: 'ticket' })),
      );
      expect(answer).toMatchObject({ status: 500, text: 'FRAMEGATE_BUSY', setCookie: [] });
      expect(await kit.sessions.read(first.cookie, false)).toBeDefined();
      expect(kit.sessions.size).toBe(2);
      expect(kit.ended).toEqual([]);
    });

    it('takes the place of a session that has ended where there are maxSessions', async () => {
      const kit = await startSessions({ store, session: { maxSessions: 1 } });
      await kit.signIn();
      kit.clock.nowMs += 30 * MINUTE_MS;
      expect((await kit.signIn({ login: 'bob' })).session.identity.login).toBe('bob');
      await expect.poll(() => kit.ended).toEqual([expect.objectContaining({ login: 'alice', reason: 'expired' })]);
    });

    it('says what is missing instead of waiting for ever without the middleware', async () => {
      const kit = await startSessions({ store });
      const bare = { headers: {} } as Parameters<typeof kit.sessions.start>[0];
      await expect(kit.sessions.start(bare, { identity: identityOf('alice'), method: 'ticket' })).rejects.toThrow(/session middleware/);
    });
  });

  describe('two session cookies (SEC-B5.2)', () => {
    it('are nobody on the proxied road and on own routes alike', async () => {
      const kit = await startSessions({ store });
      const one = await kit.signIn({ login: 'alice' });
      const two = await kit.signIn({ login: 'bob' });
      for (const cookie of [`${one.cookie}; ${two.cookie}`, `${two.cookie}; ${one.cookie}`, `${one.cookie}; __Host-framegate=tossed`]) {
        expect(await kit.sessions.read(cookie, false)).toBeUndefined();
        let current: unknown = 'not asked';
        await kit.visit(cookie, async (req) => {
          current = kit.sessions.current(req);
        });
        expect(current).toBeUndefined();
      }
    });
  });

  describe('the secrets', () => {
    it('SEC-D10.2 the first signs, all verify', async () => {
      const before = await startSessions({ store });
      const clock = new MovableClock();
      const rotated = await startSessions({ store, clock, session: { secrets: [SECOND_SECRET, FIRST_SECRET] } });
      const { cookie } = await rotated.signIn();
      // Signed with the second secret, which the service before the rotation does not know.
      expect(await before.sessions.read(cookie, false)).toBeUndefined();

      const after = await startSessions({ store, session: { secrets: [FIRST_SECRET, SECOND_SECRET] } });
      const old = await after.signIn();
      let current: string | undefined;
      await after.visit(old.cookie, async (req) => {
        current = after.sessions.current(req)?.identity.login;
      });
      expect(current).toBe('alice');
    });

    it('SEC-B5.5 the cookie of a session that the store does not know is nobody, and is not adopted', async () => {
      const kit = await startSessions({ store });
      const { cookie } = await kit.signIn();
      await kit.signOut(cookie);
      expect(await kit.sessions.read(cookie, true)).toBeUndefined();
      const answer = await kit.visit(cookie, async (req) => {
        expect(kit.sessions.current(req)).toBeUndefined();
      });
      expect(answer.setCookie).toEqual([]);
      expect(kit.sessions.size).toBe(0);
    });
  });
});
