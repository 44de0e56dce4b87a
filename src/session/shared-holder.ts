// Sessions in a store that several instances share, read through a table of those that were verified lately. The table
// answers at once; the store is asked for an id that is not in it, and for one again after a while. Ends reach the table
// by the log (session-log.ts), not by that while.

import { FramegateError } from '../kernel/errors.ts';
import { RecordStore, type RecordStoreOptions } from './record-store.ts';
import { LONGEST_SIGN_IN_MS, type Revocation, RevocationMarks, revokes } from './revocation.ts';
import type { ActiveSession, RevocationLimits, RevocationTarget, SessionEndReason } from './session.ts';
import type { HolderEvents, SessionHolder } from './session-holder.ts';
import { SessionLog } from './session-log.ts';
import { isBelievable, isOver, SessionTable } from './session-table.ts';
import { endOf, isActivityDue, type StoredSession } from './stored-session.ts';

/** How long a copy is believed before the store is asked again, in milliseconds. */
const RECHECK_MS = 10_000;
/** Idle ends that are asked for at once. */
const MAX_ASKED = 200;
/** How far the clocks of instances may differ, in milliseconds, as with tickets. */
const CLOCK_TOLERANCE_MS = 30_000;
/** The same, for a revocation to be kept long enough. */
const CLOCK_MARGIN_MS = 60_000;
const RETRY_AFTER_SECONDS = 5;

export interface SharedHolderOptions extends RecordStoreOptions {
  readonly outageWindowMs: number;
  readonly events: HolderEvents;
}

export class SharedHolder implements SessionHolder {
  readonly #options: SharedHolderOptions;
  readonly #records: RecordStore;
  readonly #table: SessionTable;
  readonly #marks = new RevocationMarks();
  readonly #log: SessionLog;
  readonly #loading = new Map<string, Promise<StoredSession | undefined>>();
  /** For as long a revocation may still find something. */
  readonly #reachMs: number;

  constructor(options: SharedHolderOptions) {
    this.#options = options;
    this.#reachMs = Math.max(options.absoluteTimeoutMs, LONGEST_SIGN_IN_MS) + CLOCK_MARGIN_MS;
    this.#records = new RecordStore(options);
    this.#table = new SessionTable(options.clock);
    this.#log = new SessionLog({
      ...options,
      revocationKeptMs: this.#reachMs,
      listener: {
        revoked: (revocation) => {
          this.#apply(revocation);
          options.events.revoked(revocation.which);
        },
        ended: (hashedId, reason) => this.#drop(hashedId, reason),
        renewed: (hashedId, newHashedId) => this.#table.move(hashedId, newHashedId),
      },
    });
  }

  get size(): number {
    return this.#table.size;
  }

  find(hashedId: string): StoredSession | undefined | Promise<StoredSession | undefined> {
    return this.#log.isFresh ? this.#answer(hashedId, RECHECK_MS) : this.#log.sync().then(() => this.#answer(hashedId, RECHECK_MS));
  }

  async fetch(hashedId: string): Promise<StoredSession | undefined> {
    if (!this.#log.isFresh) await this.#log.sync();
    return this.#answer(hashedId, 0);
  }

  async put(hashedId: string, stored: StoredSession): Promise<void> {
    await this.#records.add(hashedId, stored);
    this.#table.set(hashedId, stored);
    // A revocation that came while the record was on its way reaches it, too.
    if (this.#marks.revoke(stored)) this.#end([hashedId], 'revoked');
  }

  async take(hashedId: string): Promise<StoredSession | undefined> {
    const stored = await this.#records.take(hashedId);
    if (stored !== undefined) return this.#table.remove(hashedId) ?? stored;
    // Taken by another request or instance, or over by time: whoever ended it tells of it.
    this.#table.doubt(hashedId);
    return undefined;
  }

  async end(hashedId: string, reason: SessionEndReason): Promise<StoredSession | undefined> {
    try {
      const ended = await this.take(hashedId);
      if (ended !== undefined) await this.tellEnded(hashedId, reason);
      return ended;
    } catch (error) {
      const known = this.#table.remove(hashedId);
      if (known === undefined) throw error;
      // The record is out of reach; what is told once the store is back ends it.
      await this.revoke({ key: known.key }, {}).catch(() => {});
      return known;
    }
  }

  async tellEnded(hashedId: string, reason: SessionEndReason): Promise<void> {
    // Told later if not now: the session itself has ended.
    await this.#log.tellEnded(hashedId, reason).catch(() => {});
  }

  tellRenewed(hashedId: string, newHashedId: string): Promise<void> {
    return this.#log.tellRenewed(hashedId, newHashedId);
  }

  touch(hashedId: string, stored: StoredSession): void {
    this.#table.update(hashedId, stored);
    void this.#writeActivity(hashedId, stored.lastActiveAtMs);
  }

  async revoke(which: RevocationTarget, limits: RevocationLimits): Promise<number> {
    const now = this.#options.clock.now();
    const { startedUntilMs = Number.POSITIVE_INFINITY, vouchedUntilMs = now } = limits;
    // Sessions of an instance whose clock is ahead began later than now. Who knows of this one starts none that it reaches.
    const untilMs = Math.max(this.startMoment(), now + CLOCK_TOLERANCE_MS);
    const revocation = { atMs: Math.min(untilMs, startedUntilMs), vouchedUntilMs, which };
    const ended = this.#apply(revocation);
    await this.#log.tellRevocation(revocation);
    return ended;
  }

  async isRevoked(session: ActiveSession): Promise<boolean> {
    // With what was told until now, wherever: a store that cannot say takes no new session either.
    await this.#log.syncAnew();
    return this.#marks.revoke(session);
  }

  async *all(): AsyncIterable<StoredSession> {
    await this.#log.sync();
    for await (const stored of this.#records.all()) if (!this.#marks.revoke(stored)) yield stored;
  }

  startMoment(): number {
    return this.#marks.firstMomentAfter(this.#options.clock.now());
  }

  tick(): void {
    void this.#log.sync().then(() => this.#sweep());
  }

  close(): void {
    this.#log.close();
  }

  /** By the table as long as it may be believed, else by the store. */
  #answer(hashedId: string, maxAgeMs: number): StoredSession | undefined | Promise<StoredSession | undefined> {
    const now = this.#options.clock.now();
    const entry = this.#table.get(hashedId);
    if (this.#log.isUp) return entry !== undefined && isBelievable(entry, now, maxAgeMs) ? entry.stored : this.#load(hashedId);
    if (entry === undefined || entry.isGone === true || !this.#log.isWithinWindow) throw unavailable();
    if (endOf(entry.stored) > now) return entry.stored;
    if (isOver(entry, now)) return undefined;
    throw unavailable();
  }

  #load(hashedId: string): Promise<StoredSession | undefined> {
    const loading = this.#loading.get(hashedId) ?? this.#loadNow(hashedId).finally(() => this.#loading.delete(hashedId));
    this.#loading.set(hashedId, loading);
    return loading;
  }

  async #loadNow(hashedId: string): Promise<StoredSession | undefined> {
    let stored: StoredSession | undefined;
    try {
      stored = await this.#records.get(hashedId);
    } catch (error) {
      this.#log.fail(error);
      return this.#answer(hashedId, RECHECK_MS);
    }
    if (stored !== undefined && this.#marks.revoke(stored)) this.#end([hashedId], 'revoked');
    // It may have ended while it was on its way.
    else if (stored !== undefined && this.#table.set(hashedId, stored)) return stored;
    if (this.#table.get(hashedId) === undefined) return undefined;
    // The end of a copy is told with its reason, and a renewal is no end.
    await this.#log.syncAnew();
    if (!this.#log.isUp) throw unavailable();
    const left = this.#table.get(hashedId)?.stored;
    if (left !== undefined) this.#drop(hashedId, endOf(left) <= this.#options.clock.now() ? 'expired' : 'revoked');
    return undefined;
  }

  /** @returns how many ended here. */
  #apply(revocation: Revocation): number {
    this.#marks.add(revocation);
    const ended = [...this.#table.entries()].filter(([, { stored }]) => revokes(revocation, stored)).map(([hashedId]) => hashedId);
    this.#end(ended, 'revoked');
    return ended.length;
  }

  #end(hashedIds: readonly string[], reason: SessionEndReason): void {
    for (const hashedId of hashedIds) this.#drop(hashedId, reason);
    void this.#remove(hashedIds);
  }

  #drop(hashedId: string, reason: SessionEndReason): void {
    const stored = this.#table.remove(hashedId);
    if (stored !== undefined) this.#options.events.ended(stored, reason);
  }

  /** Records of sessions that were revoked. One that stays is judged by the revocation, and ends by time. */
  async #remove(hashedIds: readonly string[]): Promise<void> {
    try {
      for (const hashedId of hashedIds) await this.#records.take(hashedId);
    } catch (error) {
      this.#log.fail(error);
    }
  }

  async #writeActivity(hashedId: string, atMs: number): Promise<void> {
    try {
      const freshest = await this.#records.get(hashedId);
      // Another instance may have written it down, or ended the session.
      if (freshest === undefined || this.#marks.revoke(freshest) || !isActivityDue(freshest, atMs)) return;
      await this.#records.replace(hashedId, { ...freshest, lastActiveAtMs: atMs });
    } catch (error) {
      this.#log.fail(error);
    }
  }

  #sweep(): void {
    const now = this.#options.clock.now();
    this.#marks.forgetBefore(now - this.#reachMs - CLOCK_MARGIN_MS);
    this.#table.forgetEnded(now - 2 * RECHECK_MS);
    if (!this.#log.isUp && !this.#log.isWithinWindow) this.#suspend();
    let asked = 0;
    for (const [hashedId, entry] of this.#table.entries()) {
      if (endOf(entry.stored) > now) continue;
      if (isOver(entry, now)) this.#drop(hashedId, 'expired');
      else if (this.#log.isUp && asked++ < MAX_ASKED) this.#load(hashedId).catch(() => {});
    }
  }

  /** Nothing in memory is believed any more. The sessions go on when the store is back; their connections end here. */
  #suspend(): void {
    if (this.#table.size === 0) return;
    this.#options.log.warn('session.all-suspended', { sessions: this.#table.size });
    for (const stored of this.#table.clear()) this.#options.events.ended(stored, 'unverified');
  }
}

function unavailable(): FramegateError {
  return new FramegateError('FRAMEGATE_STORE_UNAVAILABLE', { reason: 'store-down', retryAfterSeconds: RETRY_AFTER_SECONDS });
}
