import type { Config } from '../config/config.ts';
import type { Clock } from '../kernel/clock.ts';
import { deriveKey } from '../kernel/derive-key.ts';
import type { Log } from '../kernel/log.ts';
import type { StateStore } from '../kernel/state-store.ts';
import { createMemoryHolder } from './memory-holder.ts';
import type { HolderEvents, SessionHolder } from './session-holder.ts';
import { createSessionRecords } from './session-record.ts';
import { SharedHolder } from './shared-holder.ts';

export type HolderSettings = Pick<Config['session'], 'secrets' | 'absoluteTimeoutMs' | 'outageWindowMs' | 'maxSessions'>;

export interface HolderParts {
  readonly state: StateStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly events: HolderEvents;
}

/** In the store where it is shared, else in the memory of this process. */
export function createHolder(settings: HolderSettings, parts: HolderParts): SessionHolder {
  const { maxSessions, absoluteTimeoutMs, outageWindowMs, secrets } = settings;
  if (!parts.state.isShared) return createMemoryHolder(parts.clock, maxSessions, parts.events);
  const records = createSessionRecords(secrets.map((secret) => deriveKey(secret, 'session-record')));
  return new SharedHolder({ ...parts, records, maxSessions, absoluteTimeoutMs, outageWindowMs });
}
