// What a ticket's claims must be, beyond what jose checks (SEC-D5.2). Called with verified claims only.

import type { TicketIssuerConfig } from '../config/ticket-issuer.ts';
import type { Identity, Narrowing } from '../kernel/identity.ts';
import { parseLogin } from '../kernel/login.ts';
import { readDisplayName, readEmail, readGroups } from './attributes.ts';
import { readClaim } from './claim.ts';
import { readNarrowing, readOrgId, readRole, readSessionEnd } from './ticket-limits.ts';
import { refuseTicket } from './ticket-refusal.ts';

/** Keeps every other JWT of the same issuer, such as an ID token, from being a ticket (RFC 8725 section 3.11). */
export const TICKET_TYPE = 'framegate-ticket+jwt';
/** Longest time between `iat` and `exp`, and longest age, in seconds. */
export const MAX_LIFETIME_SECONDS = 120;
/** How far the clocks of the host application and ours may differ, in seconds. */
export const CLOCK_TOLERANCE_SECONDS = 30;

const MAX_JTI_LENGTH = 255;

type Claims = Readonly<Record<string, unknown>>;

/** What makes a token usable once, for a while, and here. */
export interface TokenUse {
  readonly jti: string;
  /** `iat`, in milliseconds. */
  readonly issuedAtMs: number;
  /** First millisecond at which the token is too old even with the tolerance. */
  readonly usableUntilMs: number;
}

export interface TicketClaims extends TokenUse {
  readonly identity: Identity;
  /** `sess_exp` or `until`, whichever is earlier, in milliseconds. */
  readonly endsAtMs: number | undefined;
  readonly narrowing: Narrowing | undefined;
}

/** @throws {FramegateError} FRAMEGATE_TICKET_REFUSED */
export function readTicketClaims(claims: Claims, issuer: TicketIssuerConfig, nowMs: number): TicketClaims {
  return {
    ...readUse(claims, issuer),
    identity: readIdentity(claims, issuer),
    endsAtMs: readSessionEnd(claims, nowMs),
    narrowing: readNarrowing(claims),
  };
}

/** @throws {FramegateError} FRAMEGATE_TICKET_REFUSED */
export function readUse(claims: Claims, issuer: TicketIssuerConfig): TokenUse {
  // jose takes a list that contains us; a ticket for us is for us alone (SEC-B14.7).
  if (claims['aud'] !== issuer.audience) throw refuseTicket('audience');
  const jti = readText(claims['jti'], MAX_JTI_LENGTH);
  if (jti === undefined) throw refuseTicket('jti');
  const { iat, exp } = readTimes(claims);
  // Rounded up: jose compares whole seconds of now with an `exp` that may have a fraction.
  return { jti, issuedAtMs: toMilliseconds(iat), usableUntilMs: Math.ceil(exp + CLOCK_TOLERANCE_SECONDS) * 1000 };
}

/** Rounded down, but for what a fraction loses in binary. */
function toMilliseconds(seconds: number): number {
  return Math.floor(seconds * 1000 + 0.001);
}

function readIdentity(claims: Claims, { issuer, loginPrefix, claims: names, roles }: TicketIssuerConfig): Identity {
  const subject = parseLogin(claims['sub']);
  const own = parseLogin(readClaim(claims, names.login));
  const login = own === undefined ? undefined : parseLogin(loginPrefix + own);
  if (claims['iss'] !== issuer || subject === undefined || login === undefined) throw refuseTicket('subject');
  const groups = readGroups(readClaim(claims, names.groups));
  if (groups === undefined) throw refuseTicket('groups');
  const email = readEmail(readClaim(claims, names.email));
  const displayName = readDisplayName(readClaim(claims, names.displayName));
  const role = readRole(readClaim(claims, names.role), roles);
  const orgId = readOrgId(readClaim(claims, names.orgId));
  const verified = claims['email_verified'];
  return {
    issuer,
    subject,
    login,
    // The host application vouches for the address unless it says otherwise; only `true` says so (SEC-R5).
    ...(email === undefined ? {} : { email, emailVerified: verified === undefined || verified === true }),
    ...(displayName === undefined ? {} : { displayName }),
    groups,
    ...(role === undefined ? {} : { role }),
    ...(orgId === undefined ? {} : { orgId }),
  };
}

/** In seconds. Written so that NaN, which 1e999 - 1e999 gives, is refused too. */
function readTimes({ iat, exp }: Claims): { readonly iat: number; readonly exp: number } {
  if (typeof iat !== 'number' || typeof exp !== 'number') throw refuseTicket('claim-invalid');
  const lifetime = exp - iat;
  if (!(lifetime > 0 && lifetime <= MAX_LIFETIME_SECONDS)) throw refuseTicket('lifetime');
  return { iat, exp };
}

function readText(value: unknown, maxLength: number): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= maxLength ? value : undefined;
}
