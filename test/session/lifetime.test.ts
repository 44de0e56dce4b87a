// When a session ends, and what keeps it alive: the rules that a person notices (SEC-D2).

import { describe, expect, it } from 'vitest';
import { endOf, type StoredSession } from '../../src/session/stored-session.ts';
import { closeKits, HOUR_MS, identityOf, MINUTE_MS, STORES, startSessions } from './kit.ts';

closeKits();

describe.each(STORES)('in a %s store', (store) => {
  describe('endOf', () => {
    const stored: StoredSession = {
      key: 'k',
      identity: identityOf('alice'),
      method: 'password',
      startedAtMs: 0,
      endsAtMs: 1000,
      idleTimeoutMs: 300,
      lastActiveAtMs: 0,
    };

    it.each([
      { name: 'the idle end where it comes first', over: {}, end: 300 },
      { name: 'the absolute end where activity would go beyond it (SEC-B11.4)', over: { lastActiveAtMs: 900 }, end: 1000 },
      { name: 'the absolute end where there is no idle limit', over: { idleTimeoutMs: undefined }, end: 1000 },
    ])('is $name', ({ over, end }) => {
      expect(endOf({ ...stored, ...over })).toBe(end);
    });
  });

  describe('a password session', () => {
    it('SEC-D2.1 ends after 30 minutes without activity, not a moment earlier', async () => {
      const kit = await startSessions({ store });
      const { cookie } = await kit.signIn();
      kit.clock.nowMs += 30 * MINUTE_MS - 1;
      expect((await kit.sessions.read(cookie, false))?.identity.login).toBe('alice');
      kit.clock.nowMs += 1;
      expect(await kit.sessions.read(cookie, true)).toBeUndefined();
    });

    it('goes on for 30 minutes from the last activity', async () => {
      const kit = await startSessions({ store });
      const { cookie } = await kit.signIn();
      kit.clock.nowMs += 29 * MINUTE_MS;
      await kit.act(cookie);
      kit.clock.nowMs += 29 * MINUTE_MS;
      expect(await kit.sessions.read(cookie, false)).toBeDefined();
      kit.clock.nowMs += MINUTE_MS;
      expect(await kit.sessions.read(cookie, false)).toBeUndefined();
    });

    it('SEC-D2.2 is not kept alive by polling', async () => {
      const kit = await startSessions({ store });
      const { cookie } = await kit.signIn();
      for (let minute = 1; minute < 30; minute += 1) {
        kit.clock.nowMs += MINUTE_MS;
        expect(await kit.sessions.read(cookie, false), `minute ${minute}`).toBeDefined();
      }
      kit.clock.nowMs += MINUTE_MS;
      expect(await kit.sessions.read(cookie, false)).toBeUndefined();
    });

    it('PRX-F31 records activity at most once a minute', async () => {
      const kit = await startSessions({ store });
      const { cookie } = await kit.signIn();
      kit.clock.nowMs += MINUTE_MS - 1;
      await kit.act(cookie);
      kit.clock.nowMs += 29 * MINUTE_MS;
      expect(await kit.sessions.read(cookie, false)).toBeDefined();
      kit.clock.nowMs += 1;
      expect(await kit.sessions.read(cookie, false)).toBeUndefined();
    });

    it('keeps a person who is active within an idle limit of less than a minute', async () => {
      const kit = await startSessions({ store, session: { idleTimeoutMs: 40_000 } });
      const { cookie } = await kit.signIn();
      for (let step = 0; step < 5; step += 1) {
        kit.clock.nowMs += 30_000;
        expect(await kit.act(cookie), `step ${step}`).toBeDefined();
      }
      kit.clock.nowMs += 40_000;
      expect(await kit.sessions.read(cookie, true)).toBeUndefined();
    });

    it('SEC-B11.4 ends at the absolute limit in spite of constant activity', async () => {
      const kit = await startSessions({ store });
      const { cookie, session } = await kit.signIn();
      expect(session.endsAtMs).toBe(kit.clock.nowMs + 8 * HOUR_MS);
      for (let step = 1; step < 8 * 3; step += 1) {
        kit.clock.nowMs += 20 * MINUTE_MS;
        expect(await kit.act(cookie), `step ${step}`).toBeDefined();
      }
      kit.clock.nowMs += 20 * MINUTE_MS;
      expect(await kit.sessions.read(cookie, true)).toBeUndefined();
    });
  });

  describe('a ticket session', () => {
    it('has no idle limit unless one is set', async () => {
      const kit = await startSessions({ store });
      const { cookie } = await kit.signIn({ method: 'ticket' });
      kit.clock.nowMs += 8 * HOUR_MS - 1;
      expect(await kit.sessions.read(cookie, false)).toBeDefined();
      kit.clock.nowMs += 1;
      expect(await kit.sessions.read(cookie, false)).toBeUndefined();
    });

    it('ends idle where ticketIdleTimeout is set', async () => {
      const kit = await startSessions({ store, session: { ticketIdleTimeoutMs: 10 * MINUTE_MS } });
      const { cookie } = await kit.signIn({ method: 'ticket' });
      kit.clock.nowMs += 10 * MINUTE_MS;
      expect(await kit.sessions.read(cookie, false)).toBeUndefined();
    });

    it.each([
      { name: 'the end that the ticket asks for', afterMs: HOUR_MS, endsAfterMs: HOUR_MS },
      { name: 'the absolute limit where the ticket asks for more', afterMs: 9 * HOUR_MS, endsAfterMs: 8 * HOUR_MS },
    ])('SEC-D2.5 ends at $name', async ({ afterMs, endsAfterMs }) => {
      const kit = await startSessions({ store });
      const startMs = kit.clock.nowMs;
      const { cookie, session } = await kit.signIn({ method: 'ticket', endsAtMs: startMs + afterMs });
      expect(session.endsAtMs).toBe(startMs + endsAfterMs);
      kit.clock.nowMs = startMs + endsAfterMs - 1;
      expect(await kit.sessions.read(cookie, false)).toBeDefined();
      kit.clock.nowMs += 1;
      expect(await kit.sessions.read(cookie, false)).toBeUndefined();
    });
  });
});
