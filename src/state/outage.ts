import type { Log } from '../kernel/log.ts';

/** What can fail by itself: a full disk is still read, and a server that nobody reaches does neither. */
export type Part = 'connection' | 'read' | 'write';

/** What of a store fails at the moment. Tells the log once when it begins and once when it is over, not for every call. */
export class Outage {
  readonly #failing = new Set<Part>();
  readonly #log: Log;
  readonly #store: string;

  /** @param store The kind of store, for the log. */
  constructor(log: Log, store: string) {
    this.#log = log;
    this.#store = store;
  }

  get isOver(): boolean {
    return this.#failing.size === 0;
  }

  /** @param reason Fixed word; `docs/behaviour.md` lists them. */
  fail(part: Part, reason: string, error: unknown): void {
    if (this.#failing.has(part)) return;
    this.#failing.add(part);
    this.#log.error('store.failed', { store: this.#store, part, reason, error });
  }

  succeed(part: Part): void {
    if (!this.#failing.delete(part)) return;
    this.#log.info('store.recovered', { store: this.#store, part });
  }
}
