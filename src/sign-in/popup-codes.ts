// One-time codes that carry a sign-in from the popup into the frame, whose cookie jar is another one (SEC-C5). The code
// alone is worth nothing: only who made the challenge knows its verifier (RFC 7636, S256). Where state is shared, the
// instance that redeems a code need not be the one that issued it.

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../kernel/clock.ts';
import { FramegateError } from '../kernel/errors.ts';
import { createSeal } from '../kernel/seal.ts';
import type { StateStore } from '../kernel/state-store.ts';
import type { HandedSignIn, PopupCodes } from './ports.ts';

const CODE_LIFETIME_MS = 60_000;
const CODE_BYTES = 32;

/** Base64url of 32 bytes. */
const CHALLENGE = /^[A-Za-z0-9_-]{43}$/;
/** RFC 7636 section 4.1. */
const VERIFIER = /^[A-Za-z0-9._~-]{43,128}$/;

export interface PopupCodesOptions {
  readonly state: StateStore;
  readonly clock: Clock;
  /** Keys that codes are sealed with; the first seals, all are accepted. */
  readonly keys: readonly string[];
}

interface IssuedCode {
  readonly challenge: string;
  readonly signIn: HandedSignIn;
}

/** A code is kept as its SHA-256 only, and sealed: who reads the store cannot present one, who writes to it make none. */
export function createPopupCodes({ state, clock, keys }: PopupCodesOptions): PopupCodes {
  const seal = createSeal(keys);
  const keyOf = (code: string): string => `code:${sha256(code).toString('base64url')}`;

  async function issue(challenge: string, signIn: HandedSignIn): Promise<string> {
    if (typeof challenge !== 'string' || !CHALLENGE.test(challenge)) {
      throw new FramegateError('FRAMEGATE_BAD_REQUEST', { reason: 'challenge-form' });
    }
    const code = randomBytes(CODE_BYTES).toString('base64url');
    const issued: IssuedCode = { challenge, signIn };
    const key = keyOf(code);
    await state.set(key, seal.close(key, JSON.stringify(issued)), clock.now() + CODE_LIFETIME_MS);
    return code;
  }

  async function redeem(code: unknown, verifier: unknown): Promise<HandedSignIn> {
    if (typeof code !== 'string') throw refused('code-form');
    // Used up before the verifier is judged: nobody gets a second guess.
    const key = keyOf(code);
    const sealed = await state.take(key);
    if (sealed === undefined) throw refused('code-unknown');
    const value = seal.open(key, sealed);
    if (value === undefined) throw refused('code-not-ours');
    const { challenge, signIn } = JSON.parse(value) as IssuedCode;
    if (typeof verifier !== 'string' || !VERIFIER.test(verifier)) throw refused('verifier-form');
    if (!timingSafeEqual(sha256(verifier), Buffer.from(challenge, 'base64url'))) throw refused('verifier-wrong');
    return signIn;
  }

  return { issue, redeem };
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function refused(reason: string): FramegateError {
  return new FramegateError('FRAMEGATE_CODE_REFUSED', { reason });
}
