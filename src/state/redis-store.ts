// State in Redis or Valkey, for several instances. An end is sent as a length of time from the Clock of the instance that
// writes it, and counted by Redis, whose own idea of the time does not matter; between instances the clocks may differ by
// as much as tickets tolerate. One server, or the endpoint of a group that shows one primary; not a cluster of shards.

import { randomBytes } from 'node:crypto';
import type { Clock } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import type { LogCursor, StateStore } from '../kernel/state-store.ts';
import { assertKey, assertLogName, assertPrefix, assertTime, assertValue, assertWhole } from './bounds.ts';
import type { RedisTarget } from './redis-client.ts';
import { RedisConnection } from './redis-connection.ts';
import { warnOfEviction } from './redis-eviction.ts';
import { APPEND, COUNT, READ, TAKE } from './redis-scripts.ts';
import { Watchers } from './watchers.ts';

/** Most entries of one answer. */
const PAGE = 500;

export interface RedisStoreOptions {
  readonly target: RedisTarget;
  readonly clock: Clock;
  readonly log: Log;
}

export function createRedisStore({ target, clock, log: ownLog }: RedisStoreOptions): StateStore {
  const { prefix } = target;
  const watchers = new Watchers();
  const connection = new RedisConnection({
    target,
    log: ownLog,
    // Channels are of the server, not of one database in it.
    channel: `${prefix}wake:${target.database}`,
    probeKey: `${prefix}probe`,
    onMessage: (log) => watchers.wake(log),
    onReady(client) {
      // What was appended while nobody listened.
      watchers.wakeAll();
      void warnOfEviction(client, ownLog);
    },
  });
  const valueKey = (key: string): string => {
    assertKey(key);
    return `${prefix}value:${key}`;
  };
  const logKeys = (log: string): [stream: string, generation: string] => {
    assertLogName(log);
    return [`${prefix}log:${log}`, `${prefix}generation:${log}`];
  };
  const remaining = (expiresAtMs: number): number => {
    assertTime(expiresAtMs);
    return Math.ceil(expiresAtMs - clock.now());
  };

  async function store(key: string, value: string, expiresAtMs: number, condition: 'NX' | 'XX' | undefined): Promise<boolean> {
    const name = valueKey(key);
    assertValue(value);
    const ms = remaining(expiresAtMs);
    // A second use of what has ended must not pass for the first.
    if (ms <= 0) return condition === 'NX' ? false : (await connection.call('write', 'DEL', name)) === 1;
    const conditions = condition === undefined ? [] : [condition];
    return (await connection.call('write', 'SET', name, value, 'PX', String(ms), ...conditions)) !== null;
  }

  async function getAll(names: readonly string[]): Promise<(string | undefined)[]> {
    if (names.length === 0) return [];
    const values = (await connection.call('read', 'MGET', ...names)) as (string | null)[];
    return values.map((value) => value ?? undefined);
  }

  return {
    isShared: true,
    isUp: () => connection.isUp,
    get: async (key) => ((await connection.call('read', 'GET', valueKey(key))) as string | null) ?? undefined,
    getMany: async (keys) => getAll(keys.map(valueKey)),
    async set(key, value, expiresAtMs) {
      await store(key, value, expiresAtMs, undefined);
    },
    add: async (key, value, expiresAtMs) => store(key, value, expiresAtMs, 'NX'),
    replace: async (key, value, expiresAtMs) => store(key, value, expiresAtMs, 'XX'),
    take: async (key) => ((await connection.run('write', TAKE, [valueKey(key)], [])) as string | null) ?? undefined,

    async count(key, by, windowMs) {
      assertKey(key);
      assertWhole(by);
      assertTime(windowMs);
      const args = [String(by), String(Math.max(1, Math.ceil(windowMs)))];
      const reply = await connection.run(by === 0 ? 'read' : 'write', COUNT, [`${prefix}counter:${key}`], args);
      const [count, leftMs] = reply as [number, number];
      return { count, endsAtMs: clock.now() + leftMs };
    },

    async *entries(wanted) {
      assertPrefix(wanted);
      const begin = `${prefix}value:`;
      const pattern = `${(begin + wanted).replace(/[\\*?[\]^-]/g, '\\$&')}*`;
      // A scan may show a key twice.
      const seen = new Set<string>();
      let cursor = '0';
      do {
        const found = (await connection.call('read', 'SCAN', cursor, 'MATCH', pattern, 'COUNT', String(PAGE))) as [string, string[]];
        cursor = found[0];
        const names = found[1].filter((name) => !seen.has(name));
        const values = await getAll(names);
        for (const [index, name] of names.entries()) {
          seen.add(name);
          const value = values[index];
          if (value !== undefined) yield [name.slice(begin.length), value] as const;
        }
      } while (cursor !== '0');
    },

    async append(log, entry, keptForMs) {
      const keys = logKeys(log);
      assertValue(entry);
      assertTime(keptForMs);
      const kept = String(Math.max(1, Math.ceil(keptForMs)));
      await connection.run('write', APPEND, keys, [entry, kept, randomBytes(8).toString('hex'), `${prefix}wake:${target.database}`, log]);
    },

    async read(log: string, after?: LogCursor) {
      const keys = logKeys(log);
      const entries: string[] = [];
      for (let cursor = after; ; ) {
        const [generation = '', id = '0'] = cursor?.split('/') ?? [];
        const reply = (await connection.run('read', READ, keys, [generation, id, String(PAGE)])) as string[];
        const [newGeneration, lastId, ...page] = reply;
        if (newGeneration !== undefined) cursor = `${newGeneration}/${lastId}`;
        entries.push(...page);
        if (page.length < PAGE) return { entries, cursor };
      }
    },

    watch: (log, listener) => watchers.add(log, listener),

    async close() {
      watchers.clear();
      await connection.close();
    },
  };
}
