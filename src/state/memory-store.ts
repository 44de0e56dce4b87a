// State of one process, which ends with it. Every method does its work before it first awaits, which makes it atomic.

import type { Clock } from '../kernel/clock.ts';
import { FramegateError } from '../kernel/errors.ts';
import { ExpiringMap } from '../kernel/expiring-map.ts';
import type { LogCursor, StateStore } from '../kernel/state-store.ts';
import { assertKey, assertLogName, assertPrefix, assertTime, assertValue, assertWhole, kindOf } from './bounds.ts';
import { MemoryLog } from './memory-log.ts';
import { Watchers } from './watchers.ts';

const MAX_ENTRIES = 100_000;
/** How often the memory of what has ended is freed, in milliseconds. */
const SWEEP_MS = 30_000;

export interface MemoryStoreOptions {
  /** Judges every end. */
  readonly clock: Clock;
  /** Most living entries of one kind of key (the part before its first `:`), of one kind of counter, and of one log. Default: 100,000. */
  readonly maxEntries?: number;
}

interface Window {
  count: number;
  readonly endsAtMs: number;
}

export function createMemoryStore({ clock, maxEntries = MAX_ENTRIES }: MemoryStoreOptions): StateStore {
  // A bound for each kind: a flood of counters leaves room for sessions.
  const values = new Map<string, ExpiringMap<string>>();
  const windows = new Map<string, ExpiringMap<Window>>();
  const logs = new Map<string, MemoryLog>();
  const watchers = new Watchers();

  // The timer's `unref` lets a process that only waits for it end.
  const sweeper = setInterval(() => {
    for (const map of [...values.values(), ...windows.values()]) map.sweep();
  }, SWEEP_MS).unref();

  function tableOf<V>(tables: Map<string, ExpiringMap<V>>, key: string): ExpiringMap<V> {
    assertKey(key);
    const kind = kindOf(key);
    const table = tables.get(kind) ?? new ExpiringMap<V>(clock, maxEntries);
    tables.set(kind, table);
    return table;
  }

  function write(table: ExpiringMap<string>, key: string, value: string, expiresAtMs: number): void {
    assertValue(value);
    assertTime(expiresAtMs);
    if (expiresAtMs <= clock.now()) table.delete(key);
    else if (!table.set(key, value, expiresAtMs)) throw full(kindOf(key));
  }

  return {
    isShared: false,
    isUp: () => true,

    async get(key) {
      return tableOf(values, key).get(key);
    },

    async getMany(keys) {
      return keys.map((key) => tableOf(values, key).get(key));
    },

    async set(key, value, expiresAtMs) {
      write(tableOf(values, key), key, value, expiresAtMs);
    },

    async add(key, value, expiresAtMs) {
      const table = tableOf(values, key);
      if (table.get(key) !== undefined) return false;
      write(table, key, value, expiresAtMs);
      return expiresAtMs > clock.now();
    },

    async replace(key, value, expiresAtMs) {
      const table = tableOf(values, key);
      if (table.get(key) === undefined) return false;
      write(table, key, value, expiresAtMs);
      return true;
    },

    async take(key) {
      const table = tableOf(values, key);
      const value = table.get(key);
      table.delete(key);
      return value;
    },

    async count(key, by, windowMs) {
      assertWhole(by);
      assertTime(windowMs);
      const table = tableOf(windows, key);
      const running = table.get(key);
      if (running !== undefined) {
        running.count = Math.max(0, running.count + by);
        return { count: running.count, endsAtMs: running.endsAtMs };
      }
      const now = clock.now();
      if (by <= 0) return { count: 0, endsAtMs: now };
      const window = { count: by, endsAtMs: now + windowMs };
      if (!table.set(key, window, window.endsAtMs)) throw full(kindOf(key));
      return { ...window };
    },

    async *entries(prefix) {
      assertPrefix(prefix);
      // What is added while somebody reads would otherwise be read, too, without an end.
      const keys = [...values.values()].flatMap((table) => [...table.entries()].map(([key]) => key));
      for (const key of keys.filter((each) => each.startsWith(prefix))) {
        const value = tableOf(values, key).get(key);
        if (value !== undefined) yield [key, value] as const;
      }
    },

    async append(log, entry, keptForMs) {
      assertLogName(log);
      assertValue(entry);
      assertTime(keptForMs);
      const entries = logs.get(log) ?? new MemoryLog(clock, maxEntries);
      logs.set(log, entries);
      if (!entries.append(entry, keptForMs)) throw full(log);
      watchers.wake(log);
    },

    async read(log: string, after?: LogCursor) {
      assertLogName(log);
      return logs.get(log)?.read(after) ?? { entries: [], cursor: after };
    },

    watch: (log, listener) => watchers.add(log, listener),

    async close() {
      clearInterval(sweeper);
      watchers.clear();
    },
  };
}

function full(kind: string): FramegateError {
  return new FramegateError('FRAMEGATE_BUSY', { reason: 'store-full', message: `the memory store takes no more of the kind ${kind}` });
}
