// State in one SQLite file, which outlives the process and may be shared by processes of one machine; not over a network
// file system, whose locks cannot be relied on. Every end is judged by the Clock of the process that asks.

import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import type { LogCursor, StateStore } from '../kernel/state-store.ts';
import { assertKey, assertLogName, assertPrefix, assertTime, assertValue, assertWhole } from './bounds.ts';
import { SqliteDatabase } from './sqlite-database.ts';
import { SqliteSweep } from './sqlite-sweep.ts';
import { SqliteWatch } from './sqlite-watch.ts';
import { Watchers } from './watchers.ts';

/** Most rows of one call, so that it blocks the process for no longer than a few milliseconds. */
const PAGE = 200;

export interface SqliteStoreOptions {
  /** Absolute path. Its folder must exist. */
  readonly file: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Largest file, in pages of 4096 bytes; what is over it gets FRAMEGATE_BUSY. Default: 1 GiB. */
  readonly maxPages?: number;
}

export function createSqliteStore({ file, clock, log: ownLog, maxPages }: SqliteStoreOptions): StateStore {
  const database = new SqliteDatabase(file, ownLog, maxPages);
  const watchers = new Watchers();
  const watch = new SqliteWatch(database, watchers);
  const sweep = new SqliteSweep(database, clock);

  function checked(key: string, value: string, expiresAtMs: number) {
    assertKey(key);
    assertValue(value);
    assertTime(expiresAtMs);
    return { key, value, endsAt: expiresAtMs };
  }

  async function take(key: string): Promise<string | undefined> {
    assertKey(key);
    return database.run('write', (run) => textOf(run.take.get({ key, now: clock.now() })?.['value']));
  }

  return {
    isShared: true,
    isUp: () => database.isUp,

    async get(key) {
      assertKey(key);
      return database.run('read', (run) => textOf(run.get.get({ key, now: clock.now() })?.['value']));
    },

    async getMany(keys) {
      for (const key of keys) assertKey(key);
      return database.run('read', (run) => keys.map((key) => textOf(run.get.get({ key, now: clock.now() })?.['value'])));
    },

    async set(key, value, expiresAtMs) {
      const entry = checked(key, value, expiresAtMs);
      if (expiresAtMs <= clock.now()) await take(key);
      else await database.run('write', (run) => run.set.run(entry));
    },

    async add(key, value, expiresAtMs) {
      const entry = checked(key, value, expiresAtMs);
      if (expiresAtMs <= clock.now()) return false;
      return database.run('write', (run) => run.add.run({ ...entry, now: clock.now() }).changes === 1);
    },

    async replace(key, value, expiresAtMs) {
      const entry = checked(key, value, expiresAtMs);
      if (expiresAtMs <= clock.now()) return (await take(key)) !== undefined;
      return database.run('write', (run) => run.replace.run({ ...entry, now: clock.now() }).changes === 1);
    },

    take,

    async count(key, by, windowMs) {
      assertKey(key);
      assertWhole(by);
      assertTime(windowMs);
      const now = clock.now();
      const row = await database.run(by === 0 ? 'read' : 'write', (run) => {
        if (by === 0) return run.readCount.get({ key, now });
        return by < 0 ? run.takeBack.get({ key, by, now }) : run.count.get({ key, by, now, endsAt: now + windowMs });
      });
      return row === undefined ? { count: 0, endsAtMs: now } : { count: Number(row['count']), endsAtMs: Number(row['ends_at']) };
    },

    async *entries(prefix) {
      assertPrefix(prefix);
      // The character after the last one that a key may hold.
      const range = { prefix, end: `${prefix}\x7f`, limit: PAGE };
      for (let after = ''; ; ) {
        const rows = await database.run('read', (run) => run.page.all({ ...range, after, now: clock.now() }));
        for (const { key, value } of rows) yield [String(key), String(value)] as const;
        if (rows.length < PAGE) return;
        after = String(rows.at(-1)?.['key']);
      }
    },

    async append(log, entry, keptForMs) {
      assertLogName(log);
      assertValue(entry);
      assertTime(keptForMs);
      await database.run('write', (run) => run.append.run({ log, entry, endsAt: clock.now() + keptForMs }));
      watchers.wake(log);
    },

    async read(log: string, after?: LogCursor) {
      assertLogName(log);
      const entries: string[] = [];
      const [generation, from] = splitCursor(after);
      let cursor: { generation: string; id: number } | undefined;
      for (;;) {
        const page = await database.run('read', (run) => {
          const current = String(run.generation.get()?.['value']);
          // Of a file that stood here before: everything in this one is new.
          const id = cursor?.id ?? (current === generation ? from : 0);
          const rows = run.read.all({ log, after: id, limit: PAGE });
          return { generation: current, rows, id: Number(rows.at(-1)?.['id'] ?? id) };
        });
        entries.push(...page.rows.map((row) => String(row['entry'])));
        cursor = page;
        if (page.rows.length < PAGE) return { entries, cursor: `${cursor.generation}.${cursor.id}` };
        await setImmediate();
      }
    },

    watch(log, listener) {
      watch.start();
      return watchers.add(log, listener);
    },

    async close() {
      watchers.clear();
      watch.close();
      sweep.close();
      database.close();
    },
  };
}

const textOf = (value: unknown): string | undefined => (value === undefined ? undefined : String(value));

function splitCursor(cursor: LogCursor | undefined): [generation: string | undefined, id: number] {
  const [generation, id] = cursor?.split('.') ?? [];
  return [generation, Number(id ?? 0)];
}
