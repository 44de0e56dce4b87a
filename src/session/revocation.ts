// Whom a revocation ends. It is remembered for as long as a session that it ends could live, so that one whose record
// is met later ends then: no index of people is needed.

import { matchesIdentity } from '../kernel/identity.ts';
import type { ActiveSession, RevocationTarget } from './session.ts';

export interface Revocation {
  /** Milliseconds since the epoch; what began later goes on. */
  readonly atMs: number;
  readonly which: RevocationTarget;
}

/** Nothing given names nobody: a mistake must not sign everybody out. */
export function namesNobody(which: RevocationTarget): boolean {
  return Object.values(which).every((value) => value === undefined);
}

/** All that is given has to be the session's. `which` names somebody. */
export function matchesSession(which: RevocationTarget, session: ActiveSession): boolean {
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

export function revokes({ atMs, which }: Revocation, session: ActiveSession): boolean {
  return session.startedAtMs <= atMs && matchesSession(which, session);
}

/** The revocations that a session may still have to be judged by. */
export class RevocationMarks {
  /** By target: a later one of the same target reaches further. */
  readonly #marks = new Map<string, Revocation>();
  #newestAtMs = Number.NEGATIVE_INFINITY;

  add(revocation: Revocation): void {
    const target = JSON.stringify(Object.entries(revocation.which).sort());
    const known = this.#marks.get(target);
    if (known === undefined || known.atMs < revocation.atMs) this.#marks.set(target, revocation);
    this.#newestAtMs = Math.max(this.#newestAtMs, revocation.atMs);
  }

  revoke(session: ActiveSession): boolean {
    if (session.startedAtMs > this.#newestAtMs) return false;
    for (const mark of this.#marks.values()) if (revokes(mark, session)) return true;
    return false;
  }

  /** The first moment at which a session begins that no revocation known here ends. */
  firstMomentAfter(nowMs: number): number {
    return Math.max(nowMs, this.#newestAtMs + 1);
  }

  /** Forgets revocations from before `thenMs`; every session that they could end has ended by time. */
  forgetBefore(thenMs: number): void {
    for (const [target, { atMs }] of this.#marks) if (atMs < thenMs) this.#marks.delete(target);
  }
}
