import type { Config } from '../config/config.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import type { StateStore } from '../kernel/state-store.ts';
import { createMemoryStore } from './memory-store.ts';
import { createRedisStore } from './redis-store.ts';
import { createSqliteStore } from './sqlite-store.ts';

export interface StateStoreOptions {
  readonly clock: Clock;
  readonly log: Log;
}

/** The store that `session.store` names. */
export function createStateStore({ session }: Pick<Config, 'session'>, { clock, log }: StateStoreOptions): StateStore {
  const { store } = session;
  switch (store.kind) {
    case 'memory':
      return createMemoryStore({ clock });
    case 'sqlite':
      return createSqliteStore({ file: store.file, clock, log });
    case 'redis':
      return createRedisStore({ target: store, clock, log });
  }
}
