// Every way in, begun at one instance and finished at the other.

import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Agent } from '../sign-in/oidc-kit.ts';
import { PASSWORD } from '../support/start-gate.ts';
import { hasRedis } from '../support/start-redis.ts';
import { codeOf, cookieOf, useTwoGates } from './two-gates.ts';

describe.skipIf(!hasRedis)('two instances', () => {
  const gates = useTwoGates({ limits: { failedLogins: '4 per 15m', passwordChecks: 1 } });

  it('take a form of the other, and its session', async () => {
    for (const [form, where] of [
      ['a', 'b'],
      ['b', 'a'],
      ['any', 'any'],
    ] as const) {
      const cookie = cookieOf(await gates.logIn(form, where));
      for (const each of ['a', 'b', 'any', 'any'] as const) expect(await gates.visit(each, cookie)).toBe(200);
    }
    expect(Math.min(...gates.balancer.counts)).toBeGreaterThan(2);
  });

  it('SEC-B14.1 let one of twenty in with the same ticket', async () => {
    const ticket = await gates.signTicket('tom');
    const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => gates.enter(index % 2 === 0 ? 'a' : 'b', ticket)));
    expect(answers.map(({ status }) => status).sort()).toEqual([303, ...Array.from({ length: 19 }, () => 401)]);
    const entered = answers.find(({ status }) => status === 303);
    expect(entered && (await gates.visit('any', cookieOf(entered)))).toBe(200);
  });

  it('SEC-C5 redeem a code of the other, once', async () => {
    const verifier = randomBytes(32).toString('base64url');
    const challenge = createHash('sha256').update(verifier).digest('base64url');
    const issue = async (where: 'a' | 'b') => String(codeOf(await gates.logIn(where, where, { challenge })));
    for (const [where, other] of [
      ['a', 'b'],
      ['b', 'a'],
    ] as const) {
      const code = await issue(where);
      const redeemed = await gates.redeem(other, code, verifier);
      expect(redeemed.status).toBe(200);
      for (const each of ['a', 'b'] as const) expect(await gates.visit(each, cookieOf(redeemed))).toBe(200);
      expect((await gates.redeem(where, code, verifier)).status).toBe(401);
    }
    const code = await issue('a');
    const answers = await Promise.all([gates.redeem('b', code, verifier), gates.redeem('a', code, verifier)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401]);
  });

  it('take the answer of an identity provider that the other asked', async () => {
    const agent = new Agent();
    // Each request is a connection of its own, and so goes to the other instance than the one before.
    const before = [...gates.balancer.counts];
    const callback = await agent.followTo(`${gates.origin}/_gate/oidc/start?provider=corp`, `${gates.origin}/_gate/oidc/callback`);
    const answer = await agent.get(callback);
    expect(answer.status, answer.text).toBe(303);
    expect(gates.balancer.counts.map((count, index) => count - (before[index] ?? 0))).toEqual([1, 1]);
    const cookie = `__Host-framegate=${agent.cookie(gates.origin, '__Host-framegate')}`;
    for (const where of ['a', 'b'] as const) expect(await gates.visit(where, cookie)).toBe(200);
    // Used up, whoever asks.
    for (let again = 0; again < 2; again++) expect((await agent.get(callback)).status).toBeGreaterThanOrEqual(400);
  });

  it('SEC-B10.1 count wrong passwords together', async () => {
    const fields = { username: 'pia', password: 'wrong' };
    for (const where of ['a', 'b', 'a', 'b'] as const)
      expect(codeOf(await gates.logIn(where, where, fields))).toBe('FRAMEGATE_SIGN_IN_REFUSED');
    for (const where of ['a', 'b'] as const) {
      const answer = await gates.logIn(where, where, { username: 'pia', password: PASSWORD });
      expect(answer.status).toBe(429);
      expect(codeOf(answer)).toBe('FRAMEGATE_TOO_MANY');
    }
  });
});
