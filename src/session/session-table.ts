import type { Clock } from '../kernel/clock.ts';
import { endOf, type StoredSession } from './stored-session.ts';

export interface TableEntry {
  readonly stored: StoredSession;
  /** When the store last said so, in milliseconds since the epoch; undefined: not to be believed until it says so. */
  readonly checkedAtMs: number | undefined;
  /** The store has said that its record is gone; the log has yet to say why. */
  readonly isGone?: true;
}

/** Whether a copy tells that its session is over. An idle end is none: the person may have been active elsewhere. */
export function isOver({ stored, checkedAtMs }: TableEntry, nowMs: number): boolean {
  return checkedAtMs !== undefined && stored.endsAtMs <= nowMs;
}

/** Whether a copy may be answered from: young enough, and living. */
export function isBelievable({ stored, checkedAtMs }: TableEntry, nowMs: number, maxAgeMs: number): boolean {
  return checkedAtMs !== undefined && nowMs - checkedAtMs < maxAgeMs && endOf(stored) > nowMs;
}

/** Copies of sessions, by hashed id. An id that was removed stays out: an answer of the store may be older than its end. */
export class SessionTable {
  readonly #clock: Clock;
  readonly #entries = new Map<string, TableEntry>();
  /** Ids that have ended, and when. */
  readonly #ended = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get(hashedId: string): TableEntry | undefined {
    return this.#entries.get(hashedId);
  }

  /** @returns false where the id has ended. */
  set(hashedId: string, stored: StoredSession): boolean {
    if (this.#ended.has(hashedId)) return false;
    this.#entries.set(hashedId, { stored, checkedAtMs: this.#clock.now() });
    return true;
  }

  /** Changes a copy that is there; it is no younger for that. */
  update(hashedId: string, stored: StoredSession): void {
    const entry = this.#entries.get(hashedId);
    if (entry !== undefined) this.#entries.set(hashedId, { ...entry, stored });
  }

  /** The record is gone: the copy stays until its end is told, and is not believed, not even while the store is away. */
  doubt(hashedId: string): void {
    const entry = this.#entries.get(hashedId);
    if (entry !== undefined) this.#entries.set(hashedId, { ...entry, checkedAtMs: undefined, isGone: true });
  }

  remove(hashedId: string): StoredSession | undefined {
    const entry = this.#entries.get(hashedId);
    this.#entries.delete(hashedId);
    this.#ended.set(hashedId, this.#clock.now());
    return entry?.stored;
  }

  /** The session of an id goes on under another one, of which nothing more is known yet. */
  move(hashedId: string, newHashedId: string): void {
    const stored = this.remove(hashedId);
    if (stored !== undefined && !this.#entries.has(newHashedId) && !this.#ended.has(newHashedId))
      this.#entries.set(newHashedId, { stored, checkedAtMs: undefined });
  }

  /** Forgets the ids that ended before `thenMs`; no answer is on its way for so long. */
  forgetEnded(thenMs: number): void {
    for (const [hashedId, atMs] of this.#ended) if (atMs < thenMs) this.#ended.delete(hashedId);
  }

  entries(): IterableIterator<[string, TableEntry]> {
    return this.#entries.entries();
  }

  /** Forgets all copies, none of which has ended. @returns them. */
  clear(): StoredSession[] {
    const all = [...this.#entries.values()].map(({ stored }) => stored);
    this.#entries.clear();
    return all;
  }

  get size(): number {
    return this.#entries.size;
  }
}
