// A sign-in that a window hands to a frame: a session of its own, as old as the first one and no surer than it.

import { describe, expect, it } from 'vitest';
import type { SessionStart } from '../../src/session/session.ts';
import { closeKits, identityOf, MINUTE_MS, type SessionKit, STORES, startSessions } from './kit.ts';
import { readLogin, startPair } from './pair.ts';

closeKits();

/** What the window's code carries. */
async function handOver(kit: SessionKit, cookie: string): Promise<SessionStart> {
  let handed: SessionStart | undefined;
  await kit.visit(cookie, async (req) => {
    const parent = kit.sessions.parent(req);
    handed = { identity: identityOf('alice'), method: 'password', ...(parent && { parent }) };
  });
  if (handed === undefined) throw new Error('nothing was handed over');
  return handed;
}

const redeem = (kit: SessionKit, start: SessionStart) => kit.visit(undefined, async (req) => void (await kit.sessions.start(req, start)));

describe.each(STORES)('in a %s store a sign-in that is handed over', (store) => {
  it('is as old as the session that it comes from, and hangs on the same password', async () => {
    const kit = await startSessions({ store });
    const first = await kit.signIn({ passwordMark: 'mark' });
    const handed = await handOver(kit, first.cookie);
    kit.clock.nowMs += MINUTE_MS;
    const { session } = await kit.signIn(handed);
    expect(session).toMatchObject({ startedAtMs: first.session.startedAtMs, passwordMark: 'mark' });
    expect(session.key).not.toBe(first.session.key);
  });

  it.each<{ name: string; end: (kit: SessionKit, cookie: string, key: string) => Promise<unknown> }>([
    { name: 'signed out', end: (kit, cookie) => kit.signOut(cookie) },
    { name: 'revoked by its person', end: (kit) => kit.sessions.revoke({ login: 'alice' }) },
    { name: 'revoked by its key', end: (kit, _cookie, key) => kit.sessions.revoke({ key }) },
  ])('SEC-D2.4 starts nothing once that session was $name', async ({ end }) => {
    const kit = await startSessions({ store });
    const { cookie, session } = await kit.signIn();
    const handed = await handOver(kit, cookie);
    kit.clock.nowMs += 1;
    await end(kit, cookie, session.key);
    kit.clock.nowMs += 1;
    expect(await redeem(kit, handed)).toMatchObject({ text: 'FRAMEGATE_CODE_REFUSED', setCookie: [] });
    expect(kit.sessions.size).toBe(0);
  });
});

it('SEC-D2.4 a sign-in that is handed over while another instance revokes it ends with that revocation', async () => {
  const { a, b, clock } = await startPair();
  const handed = await handOver(a, (await a.signIn()).cookie);
  clock.nowMs += MINUTE_MS;
  const frame = await b.signIn(handed);
  // By a clock that is late, which does not know of the frame's session yet.
  clock.nowMs -= MINUTE_MS - 10_000;
  await a.sessions.revoke({ login: 'alice' });
  clock.nowMs += MINUTE_MS - 10_000;
  await expect.poll(() => readLogin(b, frame.cookie)).toBeUndefined();
});
