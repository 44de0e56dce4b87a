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
  readonly #onEnded: (value: V) => void;

  /**
   * @param maxEntries Bound on living entries; `set` refuses the next one.
   * @param onEnded Called once for each entry that ended by time, when `sweep` meets it.
   */
  constructor(clock: Clock, maxEntries: number, onEnded: (value: V) => void = () => {}) {
    this.#clock = clock;
    this.#maxEntries = maxEntries;
    this.#onEnded = onEnded;
  }

  get(key: string): V | undefined {
    const entry = this.#entries.get(key);
    // What has ended stays until `sweep` meets it: there is one place that tells of endings.
    return entry !== undefined && entry.expiresAtMs > this.#clock.now() ? entry.value : undefined;
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

  /** Removes the entry, even one that has ended, and returns its value: whoever takes it tells of its ending. */
  take(key: string): V | undefined {
    const entry = this.#entries.get(key);
    this.#entries.delete(key);
    return entry?.value;
  }

  /** Removes what has ended. Entries end even when nobody sweeps; sweeping frees their memory. */
  sweep(): void {
    const now = this.#clock.now();
    for (const [key, entry] of this.#entries) {
      if (entry.expiresAtMs > now) continue;
      this.#entries.delete(key);
      this.#onEnded(entry.value);
    }
  }

  *entries(): IterableIterator<[string, V]> {
    for (const [key, entry] of this.#entries) yield [key, entry.value];
  }

  get size(): number {
    return this.#entries.size;
  }
}
