/** Up to this many sessions none is swept out: some megabytes at most. */
const LEAST_SWEPT = 131_072;

/**
 * How many requests of each session are under way. A count that falls to zero stays for a while: a Map that is deleted
 * from and added to at every request makes V8 rebuild its table again and again, and each old table keeps the next one, so
 * none of them is freed before a full collection. Most collections were for that alone, each some milliseconds long.
 */
export class RequestCounts {
  readonly #counts = new Map<string, number>();
  #sweepAt = LEAST_SWEPT;

  of(sessionKey: string): number {
    return this.#counts.get(sessionKey) ?? 0;
  }

  add(sessionKey: string): void {
    this.#counts.set(sessionKey, this.of(sessionKey) + 1);
    if (this.#counts.size > this.#sweepAt) this.#sweep();
  }

  remove(sessionKey: string): void {
    this.#counts.set(sessionKey, this.of(sessionKey) - 1);
  }

  /** The session has ended. */
  forget(sessionKey: string): void {
    if (this.of(sessionKey) === 0) this.#counts.delete(sessionKey);
  }

  /** Sessions that are kept, with and without requests. */
  get size(): number {
    return this.#counts.size;
  }

  #sweep(): void {
    for (const [sessionKey, count] of this.#counts) if (count === 0) this.#counts.delete(sessionKey);
    // Twice what is left: what a sweep costs is spread over as many requests as it looks at.
    this.#sweepAt = Math.max(LEAST_SWEPT, 2 * this.#counts.size);
  }
}
