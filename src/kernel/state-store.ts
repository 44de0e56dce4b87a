// State that has an end and that every instance of a deployment has to share: sessions, used tickets, counters of failed
// attempts, one-time codes, revocations. A port: memory, SQLite and Redis fill it in (src/state/), one suite judges them.

/** Where a reader of a log stands; opaque, of one store. */
export type LogCursor = string;

export interface StateStore {
  /**
   * The value of a key; undefined: absent or ended. Keys are printable ASCII, at most 256 characters, of the form
   * `kind:rest`; values any well-formed text, at most 1 MiB. Anything else is a TypeError. Counters and logs have name
   * spaces of their own: what `count` and `append` write is no value of `get`, `take` or `entries`.
   * @throws {FramegateError} FRAMEGATE_STORE_UNAVAILABLE, as every method does: what is not known is never taken for absent.
   */
  get(key: string): Promise<string | undefined>;
  /** Several in one round, in the order of the keys. */
  getMany(keys: readonly string[]): Promise<readonly (string | undefined)[]>;
  /**
   * Stores a value until `expiresAtMs`, milliseconds since the epoch by the Clock of this instance; a time that has passed
   * deletes the key. In Redis the time that is left is counted by the server: the instances' clocks may differ by as much
   * as a caller tolerates for what it stores, that of the server by any.
   * @throws {FramegateError} FRAMEGATE_BUSY when the store is full; living entries are never dropped to make room.
   */
  set(key: string, value: string, expiresAtMs: number): Promise<void>;
  /**
   * The same where the key is absent. Atomic: of many at once, on many instances, one gets true; and none where the time
   * has passed, for then nobody could tell the first from the second.
   */
  add(key: string, value: string, expiresAtMs: number): Promise<boolean>;
  /** The same where the key is present, so that what has ended elsewhere is not revived. @returns whether it was. */
  replace(key: string, value: string, expiresAtMs: number): Promise<boolean>;
  /** Removes the key. Atomic: of many at once, one gets the value. */
  take(key: string): Promise<string | undefined>;
  /**
   * Adds to the counter of a key in a fixed window that starts with its first count. `by` 0 reads, a negative one takes back,
   * never below 0; neither begins a window.
   * @returns the count after it, and the end of its window in milliseconds since the epoch (now, where there is none).
   */
  count(key: string, by: number, windowMs: number): Promise<{ readonly count: number; readonly endsAtMs: number }>;
  /** Every living key that begins with `prefix`, in no order. What comes or goes meanwhile may be in it or not. */
  entries(prefix: string): AsyncIterable<readonly [key: string, value: string]>;
  /** Appends to a log; the entry is readable for at least `keptForMs`. Listeners of `watch` on every instance are woken. */
  append(log: string, entry: string, keptForMs: number): Promise<void>;
  /** Entries after a cursor, oldest first; without one, all that are kept. The cursor returned is for the next call. */
  read(log: string, after?: LogCursor): Promise<{ readonly entries: readonly string[]; readonly cursor: LogCursor | undefined }>;
  /**
   * Calls `listener`, which does not throw, soon after an append, best effort: who must not miss one reads at intervals,
   * too. @returns what stops it.
   */
  watch(log: string, listener: () => void): () => void;
  /** False while the store cannot be reached, or fails to write; it heals by itself, whether or not somebody calls. */
  isUp(): boolean;
  /** True where other instances may read and write the same state. */
  readonly isShared: boolean;
  close(): Promise<void>;
}
