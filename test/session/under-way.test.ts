// Sign-ins that a revocation overtakes: begun before it, or resting on what an issuer said before it.

import { describe, expect, it } from 'vitest';
import type { SessionStart } from '../../src/session/session.ts';
import { closeKits, identityOf, MINUTE_MS, type SessionKit, STORES, startSessions } from './kit.ts';
import { readLogin, startPair } from './pair.ts';

closeKits();

const begin = (kit: SessionKit, start: Partial<SessionStart>, cookie?: string) =>
  kit.visit(cookie, async (req) => void (await kit.sessions.start(req, { identity: identityOf('alice'), method: 'ticket', ...start })));

/** What each way to sign in rests on, and its own refusal. */
const WAYS = [
  { name: 'a ticket signed before', method: 'ticket', code: 'FRAMEGATE_TICKET_REFUSED', at: (ms: number) => ({ vouchedAtMs: ms }) },
  { name: 'a password given before', method: 'password', code: 'FRAMEGATE_SIGN_IN_REFUSED', at: (ms: number) => ({ beganAtMs: ms }) },
  { name: 'a journey to a provider begun before', method: 'oidc', code: 'FRAMEGATE_OIDC_REFUSED', at: (ms: number) => ({ beganAtMs: ms }) },
] as const;

describe.each(STORES)('in a %s store', (store) => {
  it.each(WAYS)('SEC-D2.4 $name starts nothing after a revocation of its person, issuer or everybody', async ({ method, code, at }) => {
    for (const which of [{ login: 'Alice' }, { issuer: 'https://host.test' }, { everyone: true } as const]) {
      const kit = await startSessions({ store });
      const before = at(kit.sessions.moment());
      kit.clock.nowMs += 10_000;
      await kit.sessions.revoke(which);
      kit.clock.nowMs += MINUTE_MS;
      expect(await begin(kit, { method, ...before })).toMatchObject({ text: code, setCookie: [] });
      expect(kit.sessions.size).toBe(0);
    }
  });

  it.each(WAYS)('$name of somebody else starts a session all the same', async ({ method, at }) => {
    const kit = await startSessions({ store });
    const before = at(kit.sessions.moment());
    kit.clock.nowMs += 10_000;
    for (const which of [{ login: 'bob' }, { issuer: 'https://other.test' }, { key: 'another' }]) await kit.sessions.revoke(which);
    expect((await begin(kit, { method, ...before })).status).toBe(204);
  });

  it('what is begun, or signed, after a revocation starts a session at once', async () => {
    const kit = await startSessions({ store });
    await kit.sessions.revoke({ everyone: true });
    expect((await begin(kit, { method: 'oidc', beganAtMs: kit.sessions.moment() })).status).toBe(204);
    expect((await begin(kit, { method: 'ticket', vouchedAtMs: kit.clock.nowMs + 1 })).status).toBe(204);
    expect(kit.sessions.size).toBe(2);
  });

  it('an issuer that revokes is compared with what it said itself, whatever our clock says', async () => {
    const kit = await startSessions({ store });
    const aheadMs = 20_000;
    const theirs = kit.clock.nowMs + aheadMs;
    await kit.sessions.revoke({ issuer: 'https://host.test' }, { vouchedUntilMs: theirs });
    expect((await begin(kit, { vouchedAtMs: theirs })).text).toBe('FRAMEGATE_TICKET_REFUSED');
    expect((await begin(kit, { vouchedAtMs: theirs + 1 })).status).toBe(204);
  });

  it('a later revocation that reaches less far takes nothing from an earlier one', async () => {
    const kit = await startSessions({ store });
    const now = kit.clock.nowMs;
    await kit.sessions.revoke({ login: 'alice' });
    kit.clock.nowMs += 1000;
    await kit.sessions.revoke({ login: 'alice' }, { startedUntilMs: now - 5000, vouchedUntilMs: now - 5000 });
    expect((await begin(kit, { vouchedAtMs: now - 1 })).text).toBe('FRAMEGATE_TICKET_REFUSED');
    expect((await begin(kit, { method: 'oidc', beganAtMs: now - 1 })).text).toBe('FRAMEGATE_OIDC_REFUSED');
  });

  it('a refused renewal leaves the session of its browser as it is', async () => {
    const kit = await startSessions({ store });
    const early = kit.clock.nowMs - MINUTE_MS;
    await kit.sessions.revoke({ login: 'alice' });
    const { cookie, session } = await kit.signIn({ method: 'ticket', vouchedAtMs: kit.clock.nowMs + 1 });
    expect((await begin(kit, { vouchedAtMs: early }, cookie)).text).toBe('FRAMEGATE_TICKET_REFUSED');
    expect((await kit.sessions.read(cookie, false))?.key).toBe(session.key);
  });

  it('SEC-D2.4 a revocation in the middle of a start ends what it starts', async () => {
    const kit = await startSessions({ store });
    const cookies: string[] = [];
    const answer = await kit.visit(undefined, async (req) => {
      const starting = kit.sessions.start(req, { identity: identityOf('alice'), method: 'oidc', beganAtMs: kit.sessions.moment() });
      await kit.sessions.revoke({ login: 'alice' });
      await starting.catch(() => {});
    });
    cookies.push(...answer.setCookie.map((line) => line.split(';')[0] ?? ''));
    for (const cookie of cookies) await expect.poll(() => readLogin(kit, cookie)).toBeUndefined();
    await expect.poll(() => kit.sessions.size).toBe(0);
  });

  it('SEC-D2.4 what a window hands to its frame is as old as the word that the window came by', async () => {
    const kit = await startSessions({ store });
    const { cookie } = await kit.signIn({ method: 'ticket', vouchedAtMs: kit.clock.nowMs - 1000 });
    await kit.visit(cookie, async (req) => {
      expect(kit.sessions.parent(req)).toMatchObject({ vouchedAtMs: kit.clock.nowMs - 1000 });
    });
  });
});

describe('on another instance', () => {
  it('SEC-D2.4 a ticket from before starts nothing, from the moment on at which the revocation is told', async () => {
    const { a, b, clock } = await startPair();
    const vouchedAtMs = clock.nowMs;
    clock.nowMs += 10;
    await a.sessions.revoke({ login: 'alice' });
    expect((await begin(b, { vouchedAtMs })).text).toBe('FRAMEGATE_TICKET_REFUSED');
    expect((await begin(b, { vouchedAtMs: clock.nowMs + 1 })).status).toBe(204);
  });

  it('SEC-D2.4 also one that was started since', async () => {
    const { a, clock, state } = await startPair();
    const vouchedAtMs = clock.nowMs;
    await a.sessions.revoke({ login: 'alice' });
    clock.nowMs += MINUTE_MS;
    expect((await begin(await startSessions({ clock, state }), { vouchedAtMs })).text).toBe('FRAMEGATE_TICKET_REFUSED');
  });

  it('SEC-D2.4 remembers it for longer than a sign-in can be under way, however short sessions are', async () => {
    const session = { absoluteTimeoutMs: MINUTE_MS };
    const { a, clock, state } = await startPair({ session });
    const beganAtMs = clock.nowMs;
    await a.sessions.revoke({ login: 'alice' });
    clock.nowMs += 10 * MINUTE_MS;
    const later = await startSessions({ clock, state, session });
    expect((await begin(later, { method: 'oidc', beganAtMs })).text).toBe('FRAMEGATE_OIDC_REFUSED');
  });
});
