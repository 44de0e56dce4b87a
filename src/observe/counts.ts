// Counters by one or two words. The words are ours; the bound holds even if one of them proves to be somebody else's.

/** Pairs counted by themselves; what comes later is counted together. */
const MAX_PAIRS = 200;
const REST = 'other';

export class Counts {
  readonly #byFirst = new Map<string, Map<string, number>>();
  #pairs = 0;

  add(first: string, second = ''): void {
    const counts = this.#byFirst.get(first);
    const count = counts?.get(second);
    if (counts !== undefined && count !== undefined) counts.set(second, count + 1);
    else this.#begin(first, second);
  }

  /** Each pair with its count. */
  *byTwo(): Iterable<readonly [words: readonly [first: string, second: string], count: number]> {
    for (const [first, counts] of this.#byFirst) for (const [second, count] of counts) yield [[first, second], count];
  }

  /** Where there is no second word. */
  *byOne(): Iterable<readonly [words: readonly [string], count: number]> {
    for (const [[word], count] of this.byTwo()) yield [[word], count];
  }

  #begin(first: string, second: string): void {
    const isFull = this.#pairs >= MAX_PAIRS;
    const [outer, inner] = isFull ? [REST, REST] : [first, second];
    const counts = this.#byFirst.get(outer) ?? new Map<string, number>();
    this.#byFirst.set(outer, counts);
    counts.set(inner, (counts.get(inner) ?? 0) + 1);
    if (!isFull) this.#pairs += 1;
  }
}
