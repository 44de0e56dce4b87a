// What each session has under way, by its key.

import { Bag, type Bagged } from '../kernel/bag.ts';

/** Up to this many sessions none is swept out: some megabytes at most. */
const LEAST_SWEPT = 131_072;

export class SessionLoad<T extends Bagged> {
  /** Requests from their decision to the end of their answers. */
  requests = 0;
  #open: Bag<T> | undefined;

  /** Connections that outlive their requests. */
  get open(): readonly T[] {
    return this.#open?.items ?? [];
  }

  add(connection: T): void {
    this.#open ??= new Bag();
    this.#open.add(connection);
  }

  remove(connection: T): void {
    this.#open?.remove(connection);
  }

  get isIdle(): boolean {
    return this.requests === 0 && this.open.length === 0;
  }
}

/** One that has nothing under way stays until its session ends, or there are many: a Map is not for what comes and goes (kernel/bag.ts). */
export class SessionLoads<T extends Bagged> {
  readonly #bySession = new Map<string, SessionLoad<T>>();
  #sweepAt = LEAST_SWEPT;

  /** undefined: nothing is under way. */
  find(sessionKey: string): SessionLoad<T> | undefined {
    return this.#bySession.get(sessionKey);
  }

  of(sessionKey: string): SessionLoad<T> {
    const known = this.#bySession.get(sessionKey);
    if (known !== undefined) return known;
    if (this.#bySession.size >= this.#sweepAt) this.#sweep();
    const load = new SessionLoad<T>();
    this.#bySession.set(sessionKey, load);
    return load;
  }

  /** The session has ended. */
  forget(sessionKey: string): void {
    if (this.find(sessionKey)?.isIdle === true) this.#bySession.delete(sessionKey);
  }

  all(): Iterable<SessionLoad<T>> {
    return this.#bySession.values();
  }

  /** Sessions that are kept, with and without anything under way. */
  get size(): number {
    return this.#bySession.size;
  }

  #sweep(): void {
    for (const [sessionKey, load] of this.#bySession) if (load.isIdle) this.#bySession.delete(sessionKey);
    // Twice what is left: what a sweep costs is spread over as many requests as it looks at.
    this.#sweepAt = Math.max(LEAST_SWEPT, 2 * this.#bySession.size);
  }
}
