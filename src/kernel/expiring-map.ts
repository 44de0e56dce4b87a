import type { Clock } from './clock.ts';

interface Entry<V> {
  value: V;
  expiresAtMs: number;
}

/**
 * A bounded map whose entries end. It never drops a living entry to make room: where an entry means
 * "already used" or "still signed in", dropping one would let somebody in or throw somebody out.
 */
export class ExpiringMap<V> {
  readonly #entries = new Map<string, Entry<V>>();
  readonly #clock: Clock;
  readonly #maxEntries: number;

  /** @param maxEntries Bound on living entries; `set` refuses the next one. */
  constructor(clock: Clock, maxEntries: number) {
    this.#clock = clock;
    this.#maxEntries = maxEntries;
  }

  get(key: string): V | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (entry.expiresAtMs <= this.#clock.now()) {
      this.#entries.delete(key);
      return undefined;
    }
    return entry.value;
  }

  /** @returns false when the map is full of living entries; nothing was stored then. */
  set(key: string, value: V, expiresAtMs: number): boolean {
    if (!this.#entries.has(key) && this.#entries.size >= this.#maxEntries) {
      this.sweep();
      if (this.#entries.size >= this.#maxEntries) return false;
    }
    this.#entries.set(key, { value, expiresAtMs });
    return true;
  }

  delete(key: string): boolean {
    return this.#entries.delete(key);
  }

  /** Removes what has ended. @returns the removed entries. */
  sweep(): [string, V][] {
    const now = this.#clock.now();
    const ended: [string, V][] = [];
    for (const [key, entry] of this.#entries) {
      if (entry.expiresAtMs <= now) {
        this.#entries.delete(key);
        ended.push([key, entry.value]);
      }
    }
    return ended;
  }

  *entries(): IterableIterator<[string, V]> {
    for (const [key, entry] of this.#entries) yield [key, entry.value];
  }

  get size(): number {
    return this.#entries.size;
  }
}
