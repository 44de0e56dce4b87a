// The stores that sessions can be in, each for two instances at once.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Clock, systemClock } from '../../src/kernel/clock.ts';
import { silentLog } from '../../src/kernel/log.ts';
import type { StateStore } from '../../src/kernel/state-store.ts';
import { createMemoryStore } from '../../src/state/memory-store.ts';
import { createRedisStore } from '../../src/state/redis-store.ts';
import { createSqliteStore } from '../../src/state/sqlite-store.ts';
import { redisTarget } from '../state/redis-target.ts';
import { hasRedis, TestRedis } from '../support/start-redis.ts';

export interface StoreCase {
  readonly name: string;
  /** @returns what makes one instance's access to the same state. */
  open(clock: Clock): Promise<() => StateStore>;
}

function closing(store: StateStore): StateStore {
  onTestFinished(() => store.close());
  return store;
}

const memory: StoreCase = {
  name: 'memory',
  async open(clock) {
    const store = closing(createMemoryStore({ clock }));
    return () => store;
  },
};

const sqlite: StoreCase = {
  name: 'sqlite',
  async open(clock) {
    const folder = mkdtempSync(join(tmpdir(), 'framegate-sessions-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    return () => closing(createSqliteStore({ file: join(folder, 'state.db'), clock, log: silentLog }));
  },
};

const redis: StoreCase = {
  name: 'redis',
  async open() {
    const server = await TestRedis.start();
    onTestFinished(() => server.close());
    return () => closing(createRedisStore({ target: redisTarget(server.port), clock: systemClock, log: silentLog }));
  },
};

/** Redis is left out, with a printed line, where it is not installed. */
export const STORE_CASES: readonly StoreCase[] = hasRedis ? [memory, sqlite, redis] : [memory, sqlite];
