import { describe, expect, it } from 'vitest';
import { FramegateError } from '../../src/kernel/errors.ts';
import type { Identity } from '../../src/kernel/identity.ts';
import { createCodeLimit } from '../../src/sign-in/code-limit.ts';

const alice: Identity = { issuer: 'password', subject: 'alice', login: 'alice', groups: [] };
const LIMITS = { ticketsPerAddress: { count: 2, windowMs: 60_000 } };

function refuse(): never {
  throw new FramegateError('FRAMEGATE_CODE_REFUSED', { reason: 'code-unknown' });
}

describe('createCodeLimit', () => {
  it('SEC-D8.2 stops an address, or its IPv6 /64, after its refused codes, also for a good one', async () => {
    const redeem = createCodeLimit(LIMITS);
    await expect(redeem('2001:db8::1', refuse)).rejects.toMatchObject({ code: 'FRAMEGATE_CODE_REFUSED' });
    await expect(redeem('2001:db8::2', refuse)).rejects.toMatchObject({ code: 'FRAMEGATE_CODE_REFUSED' });
    let asked = false;
    const ask = () => {
      asked = true;
      return alice;
    };
    await expect(redeem('2001:db8::3', ask)).rejects.toMatchObject({ code: 'FRAMEGATE_TOO_MANY', retryAfterSeconds: expect.any(Number) });
    expect(asked).toBe(false);
    expect(await redeem('2001:db8:0:1::1', ask)).toEqual(alice);
  });

  it('counts neither good codes nor failures that are not the code', async () => {
    const redeem = createCodeLimit(LIMITS);
    const fail = () => {
      throw new FramegateError('FRAMEGATE_BUSY');
    };
    for (let times = 0; times < 3; times += 1) {
      expect(await redeem('192.0.2.1', () => alice)).toEqual(alice);
      await expect(redeem('192.0.2.1', fail)).rejects.toMatchObject({ code: 'FRAMEGATE_BUSY' });
    }
    expect(await redeem('192.0.2.1', () => alice)).toEqual(alice);
  });
});
