import { describe, expect, it } from 'vitest';
import { FramegateError } from '../../src/kernel/errors.ts';
import { createCodeLimit } from '../../src/sign-in/code-limit.ts';
import type { HandedSignIn } from '../../src/sign-in/ports.ts';
import { createFallibleStore, createManualClock, refusalOf } from './kit.ts';

const alice: HandedSignIn = {
  identity: { issuer: 'password', subject: 'alice', login: 'alice', groups: [] },
  method: 'password',
  endsAtMs: 1_900_000_000_000,
};

function setUp() {
  const clock = createManualClock();
  const { state, fail } = createFallibleStore(clock);
  return { redeem: createCodeLimit({ state, clock, rate: { count: 2, windowMs: 60_000 } }), fail };
}

async function refuse(): Promise<never> {
  throw new FramegateError('FRAMEGATE_CODE_REFUSED', { reason: 'code-unknown' });
}

describe('createCodeLimit', () => {
  it('SEC-D8.2 stops an address, or its IPv6 /64, after its refused codes, also for a good one', async () => {
    const { redeem } = setUp();
    await expect(redeem('2001:db8::1', refuse)).rejects.toMatchObject({ code: 'FRAMEGATE_CODE_REFUSED' });
    await expect(redeem('2001:db8::2', refuse)).rejects.toMatchObject({ code: 'FRAMEGATE_CODE_REFUSED' });
    let asked = false;
    const ask = async () => {
      asked = true;
      return alice;
    };
    await expect(redeem('2001:db8::3', ask)).rejects.toMatchObject({ code: 'FRAMEGATE_TOO_MANY', retryAfterSeconds: 60 });
    expect(asked).toBe(false);
    expect(await redeem('2001:db8:0:1::1', ask)).toEqual(alice);
  });

  it('counts neither good codes nor failures that are not the code', async () => {
    const { redeem } = setUp();
    const fail = async () => {
      throw new FramegateError('FRAMEGATE_BUSY');
    };
    for (let times = 0; times < 3; times += 1) {
      expect(await redeem('192.0.2.1', async () => alice)).toEqual(alice);
      await expect(redeem('192.0.2.1', fail)).rejects.toMatchObject({ code: 'FRAMEGATE_BUSY' });
    }
    expect(await redeem('192.0.2.1', async () => alice)).toEqual(alice);
  });

  it('runs nothing, and tells nothing of a code, while attempts cannot be counted', async () => {
    const { redeem, fail } = setUp();
    const failing = async () => {
      fail();
      return refuse();
    };
    expect((await refusalOf(redeem('192.0.2.1', failing))).code).toBe('FRAMEGATE_STORE_UNAVAILABLE');
    expect((await refusalOf(redeem('192.0.2.1', async () => alice))).code).toBe('FRAMEGATE_STORE_UNAVAILABLE');
  });
});
