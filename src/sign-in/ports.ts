// What the sign-in methods offer to the routes.

import type { Identity } from '../kernel/identity.ts';

export interface PasswordAttempt {
  /** As it came: judged here, not before. */
  readonly username: unknown;
  readonly password: unknown;
  /** Client address that failed attempts are counted on. */
  readonly address: string;
}

export interface PasswordSignIn {
  /**
   * The identity of the account, or a refusal that is the same for an unknown user, a disabled one and a wrong password.
   * @throws {FramegateError} FRAMEGATE_SIGN_IN_REFUSED (401), FRAMEGATE_BAD_REQUEST (400: not a string, above 1024 bytes),
   *   FRAMEGATE_TOO_MANY (429), FRAMEGATE_BUSY (503: too many checks wait).
   */
  verify(attempt: PasswordAttempt): Promise<Identity>;
}

export interface VerifiedTicket {
  readonly identity: Identity;
  /** Latest end of the session that the ticket asks for (`sess_exp`), milliseconds since the epoch. */
  readonly endsAtMs?: number;
  /** For the audit log: SHA-256 of the `jti`, first 16 hex digits. */
  readonly jtiHash: string;
}

export interface TicketSignIn {
  /**
   * Verifies a host application's ticket and uses it up. Checked in this order, so that nothing unsigned is believed:
   * size and form, signature with the issuer's keys, `iss`, `aud`, `typ`, times, claims, then `jti` not seen before.
   * @throws {FramegateError} FRAMEGATE_TICKET_REFUSED (401; `reason` says why, for the log only),
   *   FRAMEGATE_KEYS_UNAVAILABLE (503), FRAMEGATE_TOO_MANY (429), FRAMEGATE_BUSY (503: replay memory full).
   */
  verify(ticket: string, context: { readonly address: string }): Promise<VerifiedTicket>;
}

export interface PopupCodes {
  /** A code for the frame that made `challenge` (base64url SHA-256 of its verifier, RFC 7636 4.2); lives 60 s. */
  issue(challenge: string, identity: Identity): string;
  /** @throws {FramegateError} FRAMEGATE_CODE_REFUSED when unknown, used, expired, or the verifier does not match; it is used up in each case. */
  redeem(code: unknown, verifier: unknown): Identity;
}

/**
 * Runs `redeem`, and counts its FRAMEGATE_CODE_REFUSED on the client's address.
 * @throws {FramegateError} FRAMEGATE_TOO_MANY (429), without running it, once the address has had too many refused; else what `redeem` throws.
 */
export type CodeLimit = (address: string, redeem: () => Identity) => Promise<Identity>;
