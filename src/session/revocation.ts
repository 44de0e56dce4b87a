// Whom a revocation ends. It is remembered for as long as a session that it ends could live, so that one whose record
// is met later ends then: no index of people is needed.

import { matchesIdentity } from '../kernel/identity.ts';
import type { ActiveSession, RevocationTarget } from './session.ts';

/**
 * Longest time from what a session is as old as to its start, in milliseconds: ten minutes at an identity provider, two and
 * a half for a ticket.
 */
export const LONGEST_SIGN_IN_MS = 10 * 60_000;

export interface Revocation {
  /** Milliseconds since the epoch; what began later goes on. */
  readonly atMs: number;
  /** By the clock of an issuer: what it said up to then begins nothing any more. */
  readonly vouchedUntilMs: number;
  readonly which: RevocationTarget;
}

/** Nothing given names nobody: a mistake must not sign everybody out. */
export function namesNobody(which: RevocationTarget): boolean {
  return Object.values(which).every((value) => value === undefined);
}

/** All that is given has to be the session's. `which` names somebody. */
function matchesSession(which: RevocationTarget, session: ActiveSession): boolean {
  return (
    (which.key === undefined || session.key === which.key) &&
    (which.providerSid === undefined || mayBeOf(which, session)) &&
    matchesIdentity(which, session.identity)
  );
}

/** A provider may name its session when it ends, and not when it began: then whom it names as well is who it was. */
function mayBeOf({ providerSid, subject }: RevocationTarget, { provider }: ActiveSession): boolean {
  if (provider?.sid !== undefined) return provider.sid === providerSid;
  return provider !== undefined && subject !== undefined;
}

export function revokes({ atMs, vouchedUntilMs, which }: Revocation, session: ActiveSession): boolean {
  const { startedAtMs, vouchedAtMs = Number.POSITIVE_INFINITY } = session;
  return (startedAtMs <= atMs || vouchedAtMs <= vouchedUntilMs) && matchesSession(which, session);
}

/** The revocations that a session may still have to be judged by. */
export class RevocationMarks {
  /** By target: a later one of the same target reaches further. */
  readonly #marks = new Map<string, Revocation>();
  #newestAtMs = Number.NEGATIVE_INFINITY;
  #newestVouchedMs = Number.NEGATIVE_INFINITY;

  add({ which, ...reach }: Revocation): void {
    const target = JSON.stringify(Object.entries(which).sort());
    const known = this.#marks.get(target) ?? reach;
    const atMs = Math.max(known.atMs, reach.atMs);
    const vouchedUntilMs = Math.max(known.vouchedUntilMs, reach.vouchedUntilMs);
    this.#marks.set(target, { atMs, vouchedUntilMs, which });
    this.#newestAtMs = Math.max(this.#newestAtMs, atMs);
    this.#newestVouchedMs = Math.max(this.#newestVouchedMs, vouchedUntilMs);
  }

  revoke(session: ActiveSession): boolean {
    const { startedAtMs, vouchedAtMs = Number.POSITIVE_INFINITY } = session;
    if (startedAtMs > this.#newestAtMs && vouchedAtMs > this.#newestVouchedMs) return false;
    for (const mark of this.#marks.values()) if (revokes(mark, session)) return true;
    return false;
  }

  /** The first moment at which a session begins that no revocation known here ends. */
  firstMomentAfter(nowMs: number): number {
    return Math.max(nowMs, this.#newestAtMs + 1);
  }

  /** Forgets revocations from before `thenMs`; every session and sign-in that they could end has ended by time. */
  forgetBefore(thenMs: number): void {
    for (const [target, { atMs, vouchedUntilMs }] of this.#marks) if (Math.max(atMs, vouchedUntilMs) < thenMs) this.#marks.delete(target);
  }
}
