import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { FramegateError } from '../../src/kernel/errors.ts';
import { createPopupCodes } from '../../src/sign-in/popup-codes.ts';
import type { HandedSignIn } from '../../src/sign-in/ports.ts';
import { createMemoryStore } from '../../src/state/memory-store.ts';
import { createFallibleStore, createManualClock } from './kit.ts';

const alice: HandedSignIn = {
  identity: { issuer: 'password', subject: 'alice', login: 'alice', displayName: 'Alice \u00c5 \u{1F600}', groups: ['operators'] },
  method: 'password',
  endsAtMs: 1_900_000_000_000,
};
const verifier = randomBytes(32).toString('base64url');
const challengeOf = (text: string): string => createHash('sha256').update(text).digest('base64url');
const challenge = challengeOf(verifier);

function setUp() {
  const clock = createManualClock();
  const store = createFallibleStore(clock);
  return { ...store, clock, codes: createPopupCodes({ state: store.state, clock, keys: ['a'] }) };
}

async function refusal(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    if (error instanceof FramegateError) return `${error.status} ${error.code} ${error.reason}`;
    throw error;
  }
  throw new Error('expected a refusal');
}

describe('createPopupCodes', () => {
  it('SEC-C5 gives the sign-in to the frame that made the challenge', async () => {
    const { codes } = setUp();
    const code = await codes.issue(challenge, alice);
    expect(code).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(await codes.redeem(code, verifier)).toEqual(alice);
  });

  it('SEC-J6 hands on what a session is narrowed to, and what the log-out of an identity provider needs', async () => {
    const { codes } = setUp();
    const given: HandedSignIn = { ...alice, method: 'oidc', narrowing: { dashboards: ['plant-a'] }, provider: { id: 'corp', sid: 's1' } };
    expect(await codes.redeem(await codes.issue(challenge, given), verifier)).toEqual(given);
  });

  it('redeems at one instance what another one with the same store has issued', async () => {
    const { state, clock, codes } = setUp();
    expect(await createPopupCodes({ state, clock, keys: ['a'] }).redeem(await codes.issue(challenge, alice), verifier)).toEqual(alice);
  });

  it('takes no code that somebody who can write to the store has made, or moved', async () => {
    const { state, clock, codes } = setUp();
    const keyOf = (code: string): string => `code:${challengeOf(code)}`;
    await state.set(keyOf('planted'), JSON.stringify({ challenge, signIn: alice }), clock.now() + 60_000);
    expect(await refusal(codes.redeem('planted', verifier))).toBe('401 FRAMEGATE_CODE_REFUSED code-not-ours');
    const real = await state.take(keyOf(await codes.issue(challenge, alice)));
    await state.set(keyOf('moved'), real ?? '', clock.now() + 60_000);
    expect(await refusal(codes.redeem('moved', verifier))).toBe('401 FRAMEGATE_CODE_REFUSED code-not-ours');
    const foreign = createPopupCodes({ state, clock, keys: ['b'] });
    expect(await refusal(codes.redeem(await foreign.issue(challenge, alice), verifier))).toBe('401 FRAMEGATE_CODE_REFUSED code-not-ours');
  });

  it('knows the example of RFC 7636, appendix B', async () => {
    const { codes } = setUp();
    const code = await codes.issue('E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', alice);
    expect(await codes.redeem(code, 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk')).toEqual(alice);
  });

  it('never makes the same code twice', async () => {
    const { codes } = setUp();
    expect(await codes.issue(challenge, alice)).not.toBe(await codes.issue(challenge, alice));
  });

  it('takes a code once, also of many at the same time', async () => {
    const { codes } = setUp();
    const code = await codes.issue(challenge, alice);
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => codes.redeem(code, verifier)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await refusal(codes.redeem(code, verifier))).toBe('401 FRAMEGATE_CODE_REFUSED code-unknown');
  });

  it('takes a code for 60 seconds', async () => {
    const { codes, clock } = setUp();
    const early = await codes.issue(challenge, alice);
    const late = await codes.issue(challenge, alice);
    clock.advance(59_999);
    expect(await codes.redeem(early, verifier)).toEqual(alice);
    clock.advance(1);
    expect(await refusal(codes.redeem(late, verifier))).toBe('401 FRAMEGATE_CODE_REFUSED code-unknown');
  });

  it('keeps a code in the store as its SHA-256 alone', async () => {
    const { codes, state } = setUp();
    const code = await codes.issue(challenge, alice);
    const kept: string[] = [];
    for await (const entry of state.entries('code:')) kept.push(...entry);
    expect(kept).toHaveLength(2);
    expect(kept[0]).toBe(`code:${challengeOf(code)}`);
    expect(kept.join()).not.toContain(code);
  });

  it.each([
    { name: 'another verifier', given: randomBytes(32).toString('base64url'), reason: 'verifier-wrong' },
    { name: 'the challenge itself', given: challenge, reason: 'verifier-wrong' },
    { name: 'a verifier of 42 characters', given: verifier.slice(0, 42), reason: 'verifier-form' },
    { name: 'a verifier of 129 characters', given: 'v'.repeat(129), reason: 'verifier-form' },
    { name: 'a verifier with other characters', given: `${verifier}+`, reason: 'verifier-form' },
    { name: 'no verifier', given: undefined, reason: 'verifier-form' },
    { name: 'a list', given: [verifier], reason: 'verifier-form' },
  ])('SEC-C6 refuses $name and uses the code up', async ({ given, reason }) => {
    const { codes } = setUp();
    const code = await codes.issue(challenge, alice);
    expect(await refusal(codes.redeem(code, given))).toBe(`401 FRAMEGATE_CODE_REFUSED ${reason}`);
    expect(await refusal(codes.redeem(code, verifier))).toBe('401 FRAMEGATE_CODE_REFUSED code-unknown');
  });

  it('takes a verifier of 128 characters', async () => {
    const { codes } = setUp();
    const long = 'v'.repeat(128);
    expect(await codes.redeem(await codes.issue(challengeOf(long), alice), long)).toEqual(alice);
  });

  it.each([undefined, null, 7, '', 'x', ['a'], '__proto__'])('refuses the code %j', async (code) => {
    const { codes } = setUp();
    expect(await refusal(codes.redeem(code, verifier))).toMatch(/^401 FRAMEGATE_CODE_REFUSED/);
  });

  it.each(['', 'x', `${challenge}=`, challenge.slice(1), `${challenge}\n`, ['a'], undefined])(
    'issues no code for the challenge %j',
    async (bad) => {
      const { codes } = setUp();
      expect(await refusal(codes.issue(bad as string, alice))).toBe('400 FRAMEGATE_BAD_REQUEST challenge-form');
    },
  );

  it('refuses to issue more codes than the store takes, and goes on when they end', async () => {
    const clock = createManualClock();
    const state = createMemoryStore({ clock, maxEntries: 2 });
    const codes = createPopupCodes({ state, clock, keys: ['a'] });
    const first = await codes.issue(challenge, alice);
    await codes.issue(challenge, alice);
    expect(await refusal(codes.issue(challenge, alice))).toMatch(/^503 FRAMEGATE_BUSY /);
    expect(await codes.redeem(first, verifier)).toEqual(alice);
    await codes.issue(challenge, alice);
    clock.advance(60_000);
    expect(await codes.issue(challenge, alice)).toHaveLength(43);
  });

  it('neither issues nor redeems while the store cannot be reached, and takes the code afterwards', async () => {
    const { codes, fail, heal } = setUp();
    const code = await codes.issue(challenge, alice);
    fail();
    expect(await refusal(codes.issue(challenge, alice))).toMatch(/^503 FRAMEGATE_STORE_UNAVAILABLE/);
    expect(await refusal(codes.redeem(code, verifier))).toMatch(/^503 FRAMEGATE_STORE_UNAVAILABLE/);
    heal();
    expect(await codes.redeem(code, verifier)).toEqual(alice);
  });
});
