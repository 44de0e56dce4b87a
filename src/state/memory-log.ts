import type { Clock } from '../kernel/clock.ts';
import type { LogCursor } from '../kernel/state-store.ts';

interface LogEntry {
  readonly id: number;
  readonly text: string;
  readonly keptUntilMs: number;
}

/** One bounded log. Its cursors are the numbers of entries, which only grow. */
export class MemoryLog {
  #entries: LogEntry[] = [];
  #lastId = 0;
  readonly #clock: Clock;
  readonly #maxEntries: number;

  constructor(clock: Clock, maxEntries: number) {
    this.#clock = clock;
    this.#maxEntries = maxEntries;
  }

  /** @returns false when the log is full of entries that have to be kept; nothing was appended then. */
  append(text: string, keptForMs: number): boolean {
    const now = this.#clock.now();
    this.#entries = this.#entries.filter((entry) => entry.keptUntilMs > now);
    if (this.#entries.length >= this.#maxEntries) return false;
    this.#lastId++;
    this.#entries.push({ id: this.#lastId, text, keptUntilMs: now + keptForMs });
    return true;
  }

  read(after?: LogCursor): { readonly entries: readonly string[]; readonly cursor: LogCursor | undefined } {
    const last = after === undefined ? 0 : Number(after);
    const entries = this.#entries.filter(({ id }) => id > last).map(({ text }) => text);
    return { entries, cursor: String(this.#lastId) };
  }
}
