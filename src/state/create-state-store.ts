import type { Config } from '../config/config.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import type { StateStore } from '../kernel/state-store.ts';
import { createMemoryStore } from './memory-store.ts';

export interface StateStoreOptions {
  readonly clock: Clock;
  readonly log: Log;
}

/** The store that `session.store` names. */
export function createStateStore({ session }: Pick<Config, 'session'>, { clock }: StateStoreOptions): StateStore {
  const { store } = session;
  switch (store.kind) {
    case 'memory':
      return createMemoryStore({ clock, maxEntries: new Map([['session', session.maxSessions]]) });
    case 'sqlite':
    case 'redis':
      throw new Error(`session.store: ${store.kind} is not there yet`);
  }
}
