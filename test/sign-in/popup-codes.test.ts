import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { FramegateError } from '../../src/kernel/errors.ts';
import type { Identity } from '../../src/kernel/identity.ts';
import { createPopupCodes } from '../../src/sign-in/popup-codes.ts';
import { createManualClock } from './kit.ts';

const alice: Identity = { issuer: 'password', subject: 'alice', login: 'alice', groups: [] };
const verifier = randomBytes(32).toString('base64url');
const challengeOf = (text: string): string => createHash('sha256').update(text).digest('base64url');
const challenge = challengeOf(verifier);

function refusal(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (error instanceof FramegateError) return `${error.status} ${error.code} ${error.reason}`;
    throw error;
  }
  throw new Error('expected a refusal');
}

describe('createPopupCodes', () => {
  it('SEC-C5 gives the identity to the frame that made the challenge', () => {
    const codes = createPopupCodes({ clock: createManualClock() });
    const code = codes.issue(challenge, alice);
    expect(code).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(codes.redeem(code, verifier)).toEqual(alice);
  });

  it('knows the example of RFC 7636, appendix B', () => {
    const codes = createPopupCodes({ clock: createManualClock() });
    const code = codes.issue('E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', alice);
    expect(codes.redeem(code, 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk')).toEqual(alice);
  });

  it('never makes the same code twice', () => {
    const codes = createPopupCodes({ clock: createManualClock() });
    expect(codes.issue(challenge, alice)).not.toBe(codes.issue(challenge, alice));
  });

  it('takes a code once', () => {
    const codes = createPopupCodes({ clock: createManualClock() });
    const code = codes.issue(challenge, alice);
    codes.redeem(code, verifier);
    expect(refusal(() => codes.redeem(code, verifier))).toBe('401 FRAMEGATE_CODE_REFUSED code-unknown');
  });

  it('takes a code for 60 seconds', () => {
    const clock = createManualClock();
    const codes = createPopupCodes({ clock });
    const early = codes.issue(challenge, alice);
    const late = codes.issue(challenge, alice);
    clock.advance(59_999);
    expect(codes.redeem(early, verifier)).toEqual(alice);
    clock.advance(1);
    expect(refusal(() => codes.redeem(late, verifier))).toBe('401 FRAMEGATE_CODE_REFUSED code-unknown');
  });

  it.each([
    { name: 'another verifier', given: randomBytes(32).toString('base64url'), reason: 'verifier-wrong' },
    { name: 'the challenge itself', given: challenge, reason: 'verifier-wrong' },
    { name: 'a verifier of 42 characters', given: verifier.slice(0, 42), reason: 'verifier-form' },
    { name: 'a verifier of 129 characters', given: 'v'.repeat(129), reason: 'verifier-form' },
    { name: 'a verifier with other characters', given: `${verifier}+`, reason: 'verifier-form' },
    { name: 'no verifier', given: undefined, reason: 'verifier-form' },
    { name: 'a list', given: [verifier], reason: 'verifier-form' },
  ])('SEC-C6 refuses $name and uses the code up', ({ given, reason }) => {
    const codes = createPopupCodes({ clock: createManualClock() });
    const code = codes.issue(challenge, alice);
    expect(refusal(() => codes.redeem(code, given))).toBe(`401 FRAMEGATE_CODE_REFUSED ${reason}`);
    expect(refusal(() => codes.redeem(code, verifier))).toBe('401 FRAMEGATE_CODE_REFUSED code-unknown');
  });

  it('takes a verifier of 128 characters', () => {
    const codes = createPopupCodes({ clock: createManualClock() });
    const long = 'v'.repeat(128);
    expect(codes.redeem(codes.issue(challengeOf(long), alice), long)).toEqual(alice);
  });

  it.each([undefined, null, 7, '', 'x', ['a'], '__proto__'])('refuses the code %j', (code) => {
    const codes = createPopupCodes({ clock: createManualClock() });
    expect(refusal(() => codes.redeem(code, verifier))).toMatch(/^401 FRAMEGATE_CODE_REFUSED/);
  });

  it.each(['', 'x', `${challenge}=`, challenge.slice(1), `${challenge}\n`, ['a'], undefined])(
    'issues no code for the challenge %j',
    (bad) => {
      const codes = createPopupCodes({ clock: createManualClock() });
      expect(refusal(() => codes.issue(bad as string, alice))).toBe('400 FRAMEGATE_BAD_REQUEST challenge-form');
    },
  );

  it('refuses to issue more codes than it may keep, and goes on when they end', () => {
    const clock = createManualClock();
    const codes = createPopupCodes({ clock, maxCodes: 2 });
    const first = codes.issue(challenge, alice);
    codes.issue(challenge, alice);
    expect(refusal(() => codes.issue(challenge, alice))).toBe('503 FRAMEGATE_BUSY popup-codes-full');
    expect(codes.redeem(first, verifier)).toEqual(alice);
    codes.issue(challenge, alice);
    clock.advance(60_000);
    expect(codes.issue(challenge, alice)).toHaveLength(43);
  });
});
