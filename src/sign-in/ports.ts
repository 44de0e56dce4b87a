// What the sign-in methods offer to the routes.

import type { Identity, Narrowing, SignInMethod } from '../kernel/identity.ts';

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
   *   FRAMEGATE_TOO_MANY (429), FRAMEGATE_BUSY (503: too many checks wait, or were made in this minute),
   *   FRAMEGATE_STORE_UNAVAILABLE (503: attempts cannot be counted).
   */
  verify(attempt: PasswordAttempt): Promise<Identity>;
}

export interface VerifiedTicket {
  readonly identity: Identity;
  /** `iat`: a revocation from later reaches what the ticket starts. Milliseconds since the epoch, by the issuer's clock. */
  readonly vouchedAtMs: number;
  /** Latest end of the session that the ticket asks for (`sess_exp`, `until`), milliseconds since the epoch. */
  readonly endsAtMs?: number;
  /** What the session is narrowed to (`dashboards`); it must not be started without. */
  readonly narrowing?: Narrowing;
  /** For the audit log: SHA-256 of the `jti`, first 16 hex digits. */
  readonly jtiHash: string;
}

export interface TicketContext {
  /** Client address that refused tickets are counted on. */
  readonly address: string;
  /** The ticket came in an address; only issuers with `allowInUrl` may do that. Default false. */
  readonly inUrl?: boolean;
}

export interface TicketSignIn {
  /** Whether any issuer has `allowInUrl`. */
  readonly takesUrl: boolean;
  /**
   * Verifies a host application's ticket and uses it up. Checked in this order, so that nothing unsigned is believed:
   * size and form, signature with the issuer's keys, `iss`, `aud`, `typ`, times, claims, then `jti` not seen before.
   * @throws {FramegateError} FRAMEGATE_TICKET_REFUSED (401; `reason` says why, for the log only),
   *   FRAMEGATE_BAD_REQUEST (400: in an address without `allowInUrl`), FRAMEGATE_KEYS_UNAVAILABLE (503),
   *   FRAMEGATE_TOO_MANY (429), FRAMEGATE_STORE_UNAVAILABLE (503), FRAMEGATE_BUSY (503: replay memory full).
   */
  verify(ticket: string, context: TicketContext): Promise<VerifiedTicket>;
  /** The same for a host application's revocation. @throws as `verify`, but FRAMEGATE_BAD_REQUEST and FRAMEGATE_BUSY. */
  verifyRevocation(token: string, context: Pick<TicketContext, 'address'>): Promise<VerifiedRevocation>;
}

/** Whose sessions a host application ends: only those that its own tickets began. */
export interface VerifiedRevocation {
  readonly issuer: string;
  /** Absent: everybody's of the issuer. */
  readonly subject?: string;
  /** Sessions that began later go on, in milliseconds since the epoch. */
  readonly startedUntilMs: number;
  /** Tickets that were signed later sign in again; the same, by the issuer's clock. */
  readonly vouchedUntilMs: number;
  /** For the audit log: as that of a ticket. */
  readonly jtiHash: string;
}

/** What the popup hands to the frame: the sign-in of its own session, which ends when that one does. */
export interface HandedSignIn {
  readonly identity: Identity;
  readonly method: SignInMethod;
  /** Milliseconds since the epoch; else each hand-over would start the absolute lifetime anew. */
  readonly endsAtMs: number;
  readonly narrowing?: Narrowing;
  /** That session: the code is worth nothing once it has ended. */
  readonly parent?: {
    readonly hashedId: string;
    readonly startedAtMs: number;
    readonly vouchedAtMs?: number;
    readonly passwordMark?: string;
  };
  /** Of an identity provider's session: what its log-out needs. */
  readonly provider?: { readonly id: string; readonly sid?: string; readonly idToken?: string };
}

export interface PopupCodes {
  /**
   * A code for the frame that made `challenge` (base64url SHA-256 of its verifier, RFC 7636 4.2); lives 60 s.
   * @throws {FramegateError} FRAMEGATE_BAD_REQUEST for another challenge, FRAMEGATE_STORE_UNAVAILABLE, FRAMEGATE_BUSY.
   */
  issue(challenge: string, signIn: HandedSignIn): Promise<string>;
  /**
   * @throws {FramegateError} FRAMEGATE_CODE_REFUSED when unknown, used, expired, or the verifier does not match; it is
   *   used up in each case. FRAMEGATE_STORE_UNAVAILABLE.
   */
  redeem(code: unknown, verifier: unknown): Promise<HandedSignIn>;
}

/**
 * Runs `redeem`, and counts its FRAMEGATE_CODE_REFUSED on the client's address.
 * @throws {FramegateError} FRAMEGATE_TOO_MANY (429), without running it, once the address has had too many refused; else what `redeem` throws.
 */
export type CodeLimit = (address: string, redeem: () => Promise<HandedSignIn>) => Promise<HandedSignIn>;
