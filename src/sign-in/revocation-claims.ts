// What a host application's revocation says, beyond what it has in common with a ticket. Called with verified claims only.

import type { TicketIssuerConfig } from '../config/ticket-issuer.ts';
import { parseLogin } from '../kernel/login.ts';
import { CLOCK_TOLERANCE_SECONDS, readUse, type TokenUse } from './ticket-claims.ts';
import { refuseTicket } from './ticket-refusal.ts';

/** Keeps a ticket from being a revocation, and the reverse (RFC 8725 section 3.11). */
export const REVOCATION_TYPE = 'framegate-revocation+jwt';

export interface RevocationClaims extends TokenUse {
  /** undefined: everybody of the issuer. */
  readonly subject: string | undefined;
  /** Sessions that began later go on, in milliseconds since the epoch. */
  readonly startedUntilMs: number;
  /** What the issuer signed later begins sessions again, by its own clock, in milliseconds since the epoch. */
  readonly vouchedUntilMs: number;
}

/** @throws {FramegateError} FRAMEGATE_TICKET_REFUSED */
export function readRevocationClaims(claims: Readonly<Record<string, unknown>>, issuer: TicketIssuerConfig): RevocationClaims {
  const use = readUse(claims, issuer);
  const { iss, sub, all } = claims;
  const iat = Number(claims['iat']);
  const subject = sub === undefined ? undefined : parseLogin(sub);
  const isOne = subject !== undefined && all === undefined;
  const isAll = sub === undefined && all === true;
  if (iss !== issuer.issuer || !(isOne || isAll)) throw refuseTicket('revocation-target');
  // A whole second stands for any moment of it.
  const vouchedUntilMs = Number.isInteger(iat) ? iat * 1000 + 999 : use.issuedAtMs;
  // The host application's clock may be late: rather a session too many, which the page renews, than one too few.
  return { ...use, subject, vouchedUntilMs, startedUntilMs: (Math.floor(iat) + 1 + CLOCK_TOLERANCE_SECONDS) * 1000 };
}
