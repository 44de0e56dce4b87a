// Redis goes away under two instances: who was signed in goes on, nobody is let in, and it heals by itself.

import { afterEach, describe, expect, it } from 'vitest';
import { hasRedis } from '../support/start-redis.ts';
import { codeOf, useTwoGates } from './two-gates.ts';

const HEALS = { timeout: 8000, interval: 50 };

describe.skipIf(!hasRedis)('two instances without their Redis', () => {
  const gates = useTwoGates();
  afterEach(() => gates.redis.thaw());

  async function expectNobodyIsLetIn(cookie: string, unknown: string): Promise<void> {
    for (const where of ['a', 'b'] as const) {
      expect(await gates.visit(where, cookie)).toBe(200);
      expect(await gates.visit(where, unknown)).toBe(401);
      expect((await gates.enter(where, await gates.signTicket('eve'))).status).toBe(503);
      const login = await gates.logIn(where, where);
      expect(login.status).toBe(503);
      expect(codeOf(login)).toBe('FRAMEGATE_STORE_UNAVAILABLE');
      expect(login.all('set-cookie').filter((line) => line.startsWith('__Host-framegate='))).toEqual([]);
      const redeemed = await gates.redeem(where, 'x'.repeat(43), 'y'.repeat(43));
      expect(redeemed.status).toBe(503);
    }
  }

  it('that stands still: sessions go on, sign-ins get 503, and all is as before when it goes on', async () => {
    const cookie = await gates.signIn('a', 'ann');
    const onlyAtA = await gates.signIn('a', 'bea');
    for (const where of ['a', 'b'] as const) expect(await gates.visit(where, cookie)).toBe(200);
    const socket = await gates.openSocket('b', cookie);
    const used = await gates.signTicket('cid');
    expect((await gates.enter('a', used)).status).toBe(303);

    gates.redis.freeze();
    await expectNobodyIsLetIn(cookie, '__Host-framegate=s%3Aforged.signature');
    // Not signed out: what is not known is never taken for absent.
    expect(await gates.visit('b', onlyAtA)).toBe(503);
    expect((await gates.enter('b', used)).status).toBe(503);
    expect(socket.ending).toBe('open');

    gates.redis.thaw();
    await expect.poll(() => gates.visit('b', onlyAtA), HEALS).toBe(200);
    await expect.poll(async () => (await gates.logIn('a', 'b')).status, HEALS).toBe(200);
    expect((await gates.enter('b', used)).status).toBe(401);
    expect(await gates.visit('any', cookie)).toBe(200);
    expect(socket.ending).toBe('open');
    socket.close();
  });

  it('that comes back with nothing: nobody is let in by it, and people sign in again', async () => {
    const cookie = await gates.signIn('a', 'dan');
    for (const where of ['a', 'b'] as const) expect(await gates.visit(where, cookie)).toBe(200);
    await gates.redis.kill();
    await expectNobodyIsLetIn(cookie, '__Host-framegate=s%3Aforged.signature');
    await gates.redis.run();
    for (const where of ['a', 'b'] as const) {
      await expect.poll(async () => (await gates.enter(where, await gates.signTicket('dan'))).status, HEALS).toBe(303);
    }
    const again = await gates.signIn('a', 'dan');
    for (const where of ['a', 'b'] as const) expect(await gates.visit(where, again)).toBe(200);
  });
});
