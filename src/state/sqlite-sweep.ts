import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../kernel/clock.ts';
import type { SqliteDatabase } from './sqlite-database.ts';
import type { Statements } from './sqlite-statements.ts';

/** How often the room of what has ended is freed, in milliseconds. */
const SWEEP_MS = 30_000;
/** How often a store that failed is tried, in milliseconds. */
const PROBE_MS = 1000;
/** Most rows of one call. */
const STEP = 500;

const SWEPT = ['sweepEntries', 'sweepCounters', 'sweepLogs'] as const satisfies readonly (keyof Statements)[];

/** Frees room, and finds out when a store that failed works again. */
export class SqliteSweep {
  readonly #database: SqliteDatabase;
  readonly #clock: Clock;
  readonly #timers: readonly NodeJS.Timeout[];

  constructor(database: SqliteDatabase, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
    const sweepOrReport = (): void => {
      // The database reports what goes wrong; the next round tries again.
      this.sweep().catch(() => {});
    };
    this.#timers = [
      setInterval(sweepOrReport, SWEEP_MS).unref(),
      setInterval(() => {
        if (!database.isUp) sweepOrReport();
      }, PROBE_MS).unref(),
    ];
    // At once, so that a file that cannot be used is told of at the start.
    sweepOrReport();
  }

  async sweep(): Promise<void> {
    const now = this.#clock.now();
    for (const name of SWEPT) {
      for (let changes: number | bigint = STEP; changes >= STEP; await setImmediate()) {
        ({ changes } = await this.#database.run('write', (run) => run[name].run({ now, limit: STEP })));
      }
    }
    await this.#database.run('write', (run) => run.noteSweep.run({ now: String(now) }));
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer);
  }
}
