// The bound on the sessions of one person.

import { describe, expect, it } from 'vitest';
import { closeKits, identityOf, startSessions } from './kit.ts';
import { keysOf, readLogin, startPair } from './pair.ts';

closeKits();

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
