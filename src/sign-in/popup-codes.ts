// One-time codes that carry a sign-in from the popup into the frame, whose cookie jar is another one (SEC-C5).
// The code alone is worth nothing: only who made the challenge knows its verifier (RFC 7636, S256).

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../kernel/clock.ts';
import { FramegateError } from '../kernel/errors.ts';
import { ExpiringMap } from '../kernel/expiring-map.ts';
import type { Identity } from '../kernel/identity.ts';
import type { PopupCodes } from './ports.ts';

const CODE_LIFETIME_MS = 60_000;
const CODE_BYTES = 32;
const MAX_CODES = 10_000;

/** Base64url of 32 bytes. */
const CHALLENGE = /^[A-Za-z0-9_-]{43}$/;
/** RFC 7636 section 4.1. */
const VERIFIER = /^[A-Za-z0-9._~-]{43,128}$/;

export interface PopupCodesOptions {
  readonly clock: Clock;
  /** Codes that may be open at a time. Default 10 000. */
  readonly maxCodes?: number;
}

interface IssuedCode {
  readonly challenge: Buffer;
  readonly identity: Identity;
}

/**
 * `issue` throws FRAMEGATE_BAD_REQUEST for a challenge that is not base64url of a SHA-256, FRAMEGATE_BUSY when too many
 * codes are open. A code is kept as its SHA-256 only.
 */
export function createPopupCodes({ clock, maxCodes = MAX_CODES }: PopupCodesOptions): PopupCodes {
  const codes = new ExpiringMap<IssuedCode>(clock, maxCodes);

  function issue(challenge: string, identity: Identity): string {
    if (typeof challenge !== 'string' || !CHALLENGE.test(challenge)) {
      throw new FramegateError('FRAMEGATE_BAD_REQUEST', { reason: 'challenge-form' });
    }
    const code = randomBytes(CODE_BYTES).toString('base64url');
    const issued = { challenge: Buffer.from(challenge, 'base64url'), identity };
    if (!codes.set(sha256(code).toString('base64url'), issued, clock.now() + CODE_LIFETIME_MS)) {
      throw new FramegateError('FRAMEGATE_BUSY', { reason: 'popup-codes-full' });
    }
    return code;
  }

  function redeem(code: unknown, verifier: unknown): Identity {
    if (typeof code !== 'string') throw refused('code-form');
    const key = sha256(code).toString('base64url');
    const issued = codes.get(key);
    if (issued === undefined) throw refused('code-unknown');
    // Used up before the verifier is judged: nobody gets a second guess.
    codes.delete(key);
    if (typeof verifier !== 'string' || !VERIFIER.test(verifier)) throw refused('verifier-form');
    if (!timingSafeEqual(sha256(verifier), issued.challenge)) throw refused('verifier-wrong');
    return issued.identity;
  }

  return { issue, redeem };
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function refused(reason: string): FramegateError {
  return new FramegateError('FRAMEGATE_CODE_REFUSED', { reason });
}
