import type { SqliteDatabase } from './sqlite-database.ts';
import type { Watchers } from './watchers.ts';

/** How often other processes' appends are looked for, in milliseconds. */
const POLL_MS = 500;

/** Wakes who watches a log that another process, or another store of this one, has appended to. */
export class SqliteWatch {
  readonly #database: SqliteDatabase;
  readonly #watchers: Watchers;
  readonly #lastIds = new Map<string, unknown>();
  #changes: unknown;
  #timer: NodeJS.Timeout | undefined;

  constructor(database: SqliteDatabase, watchers: Watchers) {
    this.#database = database;
    this.#watchers = watchers;
  }

  /** Begins to look, where it does not already. */
  start(): void {
    this.#timer ??= setInterval(() => void this.#poll(), POLL_MS).unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #poll(): Promise<void> {
    const logs = this.#watchers.logs();
    if (logs.length === 0 || !this.#database.isUp) return;
    try {
      const grown = await this.#database.run('read', ({ changes, lastId }) => {
        // A number that changes with every commit of another connection, and costs no reading of the file.
        const seen = changes.get()?.['data_version'];
        if (seen === this.#changes && logs.every((log) => this.#lastIds.has(log))) return [];
        this.#changes = seen;
        return logs.filter((log) => {
          const id = lastId.get({ log })?.['id'];
          const isNew = this.#lastIds.has(log) && this.#lastIds.get(log) !== id;
          this.#lastIds.set(log, id);
          return isNew;
        });
      });
      for (const log of grown) this.#watchers.wake(log);
    } catch {
      // Reported by the database; who must not miss an entry reads at intervals, too.
    }
  }
}
