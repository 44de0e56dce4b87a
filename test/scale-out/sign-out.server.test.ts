// Every way out, at one instance, known at the other within 2 s (SEC-B8.3, SEC-D2.4).

import { describe, expect, it, onTestFinished } from 'vitest';
import { hasRedis } from '../support/start-redis.ts';
import { useTwoGates } from './two-gates.ts';

const WITHIN_MS = 2000;

describe.skipIf(!hasRedis)('two instances', () => {
  const gates = useTwoGates();

  it('SEC-B8.3 a sign-out at one ends the session and its open WebSocket at the other', async () => {
    const cookie = await gates.signIn('a', 'ida');
    const other = await gates.signIn('a', 'jan');
    const socket = await gates.openSocket('b', cookie);
    const stays = await gates.openSocket('b', other);
    await gates.signOut('a', cookie);
    expect(await socket.waitForEnd(WITHIN_MS)).not.toBe('open');
    // A close frame (RFC 6455 5.5.1): 0x88, length, then the code 1008 as 0x03f0.
    expect(socket.pending).toMatch(/^\x88[\x02-\x7d]\x03\xf0/);
    for (const where of ['a', 'b'] as const) expect(await gates.visit(where, cookie)).toBe(401);
    for (const where of ['a', 'b'] as const) expect(await gates.visit(where, other)).toBe(200);
    expect(stays.ending).toBe('open');
    stays.close();
  });

  it('SEC-B8.3 a revocation by an instance that serves nobody ends sessions and WebSockets at both', async () => {
    const third = gates.connectThird();
    onTestFinished(() => third.close());
    const cookies = [await gates.signIn('a', 'kim'), await gates.signIn('b', 'kim')];
    const other = await gates.signIn('b', 'lea');
    const sockets = [await gates.openSocket('a', cookies[0] ?? ''), await gates.openSocket('b', cookies[1] ?? '')];
    await third.revoke('kim');
    for (const socket of sockets) expect(await socket.waitForEnd(WITHIN_MS)).not.toBe('open');
    for (const cookie of cookies) for (const where of ['a', 'b'] as const) expect(await gates.visit(where, cookie)).toBe(401);
    expect(await gates.visit('a', other)).toBe(200);
    expect(await gates.visit('any', await gates.signIn('any', 'kim'))).toBe(200);
  });

  it('a session that ends at one while the other is cut off is not accepted by the other once that is over', async () => {
    const cookie = await gates.signIn('a', 'mia');
    expect(await gates.visit('b', cookie)).toBe(200);
    const socket = await gates.openSocket('b', cookie);
    gates.line.cut();
    await gates.signOut('a', cookie);
    expect(await gates.visit('a', cookie)).toBe(401);
    // The window of session.outageWindow: b knows this session, and nothing newer.
    expect(await gates.visit('b', cookie)).toBe(200);
    expect((await gates.enter('b', await gates.signTicket('nia'))).status).toBe(503);
    gates.line.mend();
    await expect.poll(() => gates.visit('b', cookie), { timeout: 5000 }).toBe(401);
    expect(await socket.waitForEnd(WITHIN_MS)).not.toBe('open');
    await expect.poll(async () => (await gates.enter('b', await gates.signTicket('nia'))).status, { timeout: 5000 }).toBe(303);
  });

  it('a sign-out at the one that is cut off ends the session everywhere once that is over', async () => {
    const cookie = await gates.signIn('b', 'ola');
    expect(await gates.visit('a', cookie)).toBe(200);
    gates.line.cut();
    await gates.signOut('b', cookie);
    expect(await gates.visit('b', cookie)).not.toBe(200);
    gates.line.mend();
    for (const where of ['a', 'b'] as const) await expect.poll(() => gates.visit(where, cookie), { timeout: 5000 }).toBe(401);
  });
});
