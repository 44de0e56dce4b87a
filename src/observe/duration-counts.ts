// How many durations fell under each bound, and their sum: what a histogram is made of.

export class DurationCounts {
  /** Upper bounds in milliseconds, rising. */
  readonly boundsMs: readonly number[];
  /** Of those up to each bound and above the one before; the last is of all above. Typed, so that counting makes no object. */
  readonly #counts: Float64Array;
  readonly #sumMs = new Float64Array(1);

  constructor(boundsMs: readonly number[]) {
    this.boundsMs = boundsMs;
    this.#counts = new Float64Array(boundsMs.length + 1);
  }

  /** @param ms Less than nothing, as where the system's clock was put back, counts as nothing. */
  add(ms: number): void {
    const { boundsMs } = this;
    let bucket = 0;
    while (bucket < boundsMs.length && ms > (boundsMs[bucket] ?? 0)) bucket += 1;
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#sumMs[0] = (this.#sumMs[0] ?? 0) + Math.max(ms, 0);
  }

  /** Those up to each bound, then all. */
  cumulative(): number[] {
    let total = 0;
    return Array.from(this.#counts, (count) => {
      total += count;
      return total;
    });
  }

  get sumMs(): number {
    return this.#sumMs[0] ?? 0;
  }
}
