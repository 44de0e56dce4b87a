/** What can be in a bag: one at a time. */
export interface Bagged {
  /** Where it lies; the bag's to write. */
  place: number;
}

/**
 * Things without an order, put in and taken out all the time. A Set or Map that is added to and deleted from at every
 * request makes V8 build its table anew again and again, and each old table leads to the next one: once one of them has grown
 * old, none is freed before the next full collection, nor is what they held, which is whole requests. An array leaves nothing.
 */
export class Bag<T extends Bagged> {
  readonly #items: T[] = [];

  add(item: T): void {
    item.place = this.#items.length;
    this.#items.push(item);
  }

  /** Nothing where it is not in here. */
  remove(item: T): void {
    const { place } = item;
    if (this.#items[place] !== item) return;
    const last = this.#items.pop();
    if (last === undefined || last === item) return;
    this.#items[place] = last;
    last.place = place;
  }

  /** Good until the next change. */
  get items(): readonly T[] {
    return this.#items;
  }

  get size(): number {
    return this.#items.length;
  }
}
