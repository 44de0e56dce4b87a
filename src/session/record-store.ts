// The records of sessions in a shared store, by hashed id.

import type { Clock } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import type { StateStore } from '../kernel/state-store.ts';
import { SessionCount } from './session-count.ts';
import type { SessionRecords } from './session-record.ts';
import { endOf, type StoredSession } from './stored-session.ts';

const PREFIX = 'session:';
/** Damaged records that the log has named; it names each once. */
const MAX_NAMED = 1000;

export interface RecordStoreOptions {
  readonly state: StateStore;
  readonly records: SessionRecords;
  readonly clock: Clock;
  readonly log: Log;
  readonly maxSessions: number;
  readonly absoluteTimeoutMs: number;
}

/** Every method throws what the store throws: what is not known is never taken for absent. */
export class RecordStore {
  readonly #options: RecordStoreOptions;
  readonly #count: SessionCount;
  readonly #named = new Set<string>();

  constructor(options: RecordStoreOptions) {
    this.#options = options;
    this.#count = new SessionCount({ ...options, countAll: () => this.#countAll() });
  }

  /** undefined: absent, over, or a record that does not count. */
  async get(hashedId: string): Promise<StoredSession | undefined> {
    const record = await this.#options.state.get(PREFIX + hashedId);
    const stored = record === undefined ? undefined : this.#read(hashedId, record);
    return stored !== undefined && endOf(stored) > this.#options.clock.now() ? stored : undefined;
  }

  /** @throws {FramegateError} FRAMEGATE_BUSY when there are `maxSessions`. */
  async add(hashedId: string, stored: StoredSession): Promise<void> {
    const { state, records } = this.#options;
    await this.#count.add();
    try {
      await state.set(PREFIX + hashedId, records.write(hashedId, stored), endOf(stored));
    } catch (error) {
      await this.#uncount(stored);
      throw error;
    }
  }

  /** Changes a record that is there; what has ended is not revived. */
  async replace(hashedId: string, stored: StoredSession): Promise<void> {
    const { state, records } = this.#options;
    await state.replace(PREFIX + hashedId, records.write(hashedId, stored), endOf(stored));
  }

  /** Removes a record. @returns it, to the one caller of all instances that removed it. */
  async take(hashedId: string): Promise<StoredSession | undefined> {
    const record = await this.#options.state.take(PREFIX + hashedId);
    const stored = record === undefined ? undefined : this.#read(hashedId, record);
    if (stored !== undefined) await this.#uncount(stored);
    return stored;
  }

  async *all(): AsyncIterable<StoredSession> {
    const { state, clock } = this.#options;
    for await (const [key, record] of state.entries(PREFIX)) {
      const stored = this.#read(key.slice(PREFIX.length), record);
      if (stored !== undefined && endOf(stored) > clock.now()) yield stored;
    }
  }

  /** A record that is damaged counts as no session. It stays, as it may be another version's. */
  #read(hashedId: string, record: string): StoredSession | undefined {
    const stored = this.#options.records.read(hashedId, record);
    if (stored === undefined && !this.#named.has(hashedId)) {
      if (this.#named.size >= MAX_NAMED) this.#named.clear();
      this.#named.add(hashedId);
      this.#options.log.warn('session.corrupted', {
        hint: 'the record is damaged, forged, sealed with another secret or of another version; its session counts as signed out',
      });
    }
    return stored;
  }

  /** Too many are counted where it fails, until all are counted again. */
  async #uncount({ startedAtMs }: StoredSession): Promise<void> {
    await this.#count.remove(startedAtMs).catch(() => {});
  }

  async #countAll(): Promise<number> {
    let count = 0;
    for await (const _ of this.all()) count += 1;
    return count;
  }
}
