// What a ticket's claims must be, beyond what jose checks (SEC-D5.2). Called with verified claims only.

import type { Identity } from '../kernel/identity.ts';
import { parseLogin } from '../kernel/login.ts';
import { readDisplayName, readEmail, readGroups } from './attributes.ts';
import { refuseTicket } from './ticket-refusal.ts';

/** Keeps every other JWT of the same issuer, such as an ID token, from being a ticket (RFC 8725 section 3.11). */
export const TICKET_TYPE = 'framegate-ticket+jwt';
/** Longest time between `iat` and `exp`, and longest age, in seconds. */
export const MAX_LIFETIME_SECONDS = 120;
/** How far the clocks of the host application and ours may differ, in seconds. */
export const CLOCK_TOLERANCE_SECONDS = 30;

const MAX_JTI_LENGTH = 255;

export interface TicketClaims {
  readonly identity: Identity;
  readonly jti: string;
  /** First millisecond at which the ticket is too old even with the tolerance. */
  readonly usableUntilMs: number;
  /** `sess_exp` in milliseconds. */
  readonly endsAtMs: number | undefined;
}

export interface ReadClaimsOptions {
  readonly audience: string;
  /** Put before `sub` to make the login. */
  readonly loginPrefix: string;
  readonly nowMs: number;
}

/** @throws {FramegateError} FRAMEGATE_TICKET_REFUSED */
export function readTicketClaims(
  claims: Readonly<Record<string, unknown>>,
  { audience, loginPrefix, nowMs }: ReadClaimsOptions,
): TicketClaims {
  // jose takes a list that contains us; a ticket for us is for us alone (SEC-B14.7).
  if (claims['aud'] !== audience) throw refuseTicket('audience');
  const issuer = readText(claims['iss']);
  const jti = readText(claims['jti'], MAX_JTI_LENGTH);
  if (jti === undefined) throw refuseTicket('jti');
  const subject = parseLogin(claims['sub']);
  const login = subject === undefined ? undefined : parseLogin(loginPrefix + subject);
  if (issuer === undefined || subject === undefined || login === undefined) throw refuseTicket('subject');
  return {
    identity: { issuer, subject, login, ...readAttributes(claims) },
    jti,
    // Rounded up: jose compares whole seconds of now with an `exp` that may have a fraction.
    usableUntilMs: Math.ceil(readExpiry(claims['iat'], claims['exp']) + CLOCK_TOLERANCE_SECONDS) * 1000,
    endsAtMs: readSessionEnd(claims['sess_exp'], nowMs),
  };
}

function readAttributes(claims: Readonly<Record<string, unknown>>): Pick<Identity, 'email' | 'emailVerified' | 'displayName' | 'groups'> {
  const groups = readGroups(claims['groups']);
  if (groups === undefined) throw refuseTicket('groups');
  const email = readEmail(claims['email']);
  const displayName = readDisplayName(claims['name']);
  const verified = claims['email_verified'];
  return {
    // The host application vouches for the address unless it says otherwise; only `true` says so (SEC-R5).
    ...(email === undefined ? {} : { email, emailVerified: verified === undefined || verified === true }),
    ...(displayName === undefined ? {} : { displayName }),
    groups,
  };
}

/** `exp` in seconds. Written so that NaN, which 1e999 - 1e999 gives, is refused too. */
function readExpiry(iat: unknown, exp: unknown): number {
  if (typeof iat !== 'number' || typeof exp !== 'number') throw refuseTicket('claim-invalid');
  const lifetime = exp - iat;
  if (!(lifetime > 0 && lifetime <= MAX_LIFETIME_SECONDS)) throw refuseTicket('lifetime');
  return exp;
}

/** A limit that cannot be read, or has passed, is no reason to go on without it (SEC-J6). */
function readSessionEnd(value: unknown, nowMs: number): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !Number.isFinite(value) || value * 1000 <= nowMs) throw refuseTicket('session-end');
  return value * 1000;
}

function readText(value: unknown, maxLength = Number.POSITIVE_INFINITY): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= maxLength ? value : undefined;
}
