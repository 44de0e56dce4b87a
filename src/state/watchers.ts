/** Who wants to know of an append, by log. */
export class Watchers {
  readonly #listenersByLog = new Map<string, Set<() => void>>();

  /** @returns what removes the listener. */
  add(log: string, listener: () => void): () => void {
    // A listener of its own for each call, so that a function that watches twice is removed once at a time.
    const own = (): void => listener();
    const listeners = this.#listenersByLog.get(log) ?? new Set();
    this.#listenersByLog.set(log, listeners.add(own));
    return () => {
      listeners.delete(own);
      if (listeners.size === 0 && this.#listenersByLog.get(log) === listeners) this.#listenersByLog.delete(log);
    };
  }

  wake(log: string): void {
    for (const listener of [...(this.#listenersByLog.get(log) ?? [])]) listener();
  }

  wakeAll(): void {
    for (const log of this.#listenersByLog.keys()) this.wake(log);
  }

  logs(): readonly string[] {
    return [...this.#listenersByLog.keys()];
  }

  clear(): void {
    this.#listenersByLog.clear();
  }
}
