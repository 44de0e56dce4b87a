// What the instances tell one another through the store: revocations, and ends that their own copies cannot know of.
// Read at every wake and every second, so that it holds within 2 s everywhere (SEC-B8.3, SEC-D2.4). The same reading
// tells whether the store is there: what is in memory here is believed only as long as this log is.

import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import type { LogCursor, StateStore } from '../kernel/state-store.ts';
import { namesNobody, type Revocation } from './revocation.ts';
import type { SessionEndReason } from './session.ts';

const REVOCATIONS = 'session-revocations';
const ENDINGS = 'session-endings';
/** How old the last look into the log may be, in milliseconds. */
const MAX_AGE_MS = 2000;
/** How long an ending is kept, in milliseconds; an instance that was away for longer believes nothing of its own. */
const ENDING_KEPT_MS = 10 * 60_000;
/** What waits for the store to come back, at most. */
const MAX_PENDING = 10_000;

const by = z.string();
// Not strict: what another version narrows a revocation by is left out, and it ends more rather than less.
const revocationForm = z.object({
  by,
  atMs: z.number(),
  vouchedUntilMs: z.number().optional(),
  which: z.object({
    key: z.string().optional(),
    login: z.string().optional(),
    issuer: z.string().optional(),
    subject: z.string().optional(),
    providerSid: z.string().optional(),
    everyone: z.literal(true).optional(),
  }),
});
const endingForm = z.union([
  z.object({ by, ended: z.string(), reason: z.enum(['signed-out', 'expired', 'revoked', 'replaced']) }),
  z.object({ by, renewed: z.string(), to: z.string() }),
]);

export interface SessionLogOptions {
  readonly state: StateStore;
  readonly clock: Clock;
  readonly log: Log;
  /** How long a revocation is kept, in milliseconds: as long as a session can live, or a sign-in can be under way. */
  readonly revocationKeptMs: number;
  readonly outageWindowMs: number;
  /** Called with what other instances tell. */
  readonly listener: {
    revoked(revocation: Revocation): void;
    ended(hashedId: string, reason: SessionEndReason): void;
    renewed(hashedId: string, newHashedId: string): void;
  };
}

interface Message {
  readonly log: string;
  readonly entry: string;
  readonly keptForMs: number;
}

export class SessionLog {
  readonly #options: SessionLogOptions;
  readonly #by = randomUUID();
  readonly #stops: (() => void)[];
  #revocations: LogCursor | undefined;
  #endings: LogCursor | undefined;
  #syncing: Promise<void> | undefined;
  #pending: Message[] = [];
  #isUp = false;
  #isKnown = false;
  #lastContactMs = Number.NEGATIVE_INFINITY;
  #lastFailureMs = Number.NEGATIVE_INFINITY;

  constructor(options: SessionLogOptions) {
    this.#options = options;
    this.#stops = [REVOCATIONS, ENDINGS].map((log) => options.state.watch(log, () => void this.syncAnew()));
    void this.sync();
  }

  /** Whether the store answered when it was last asked. */
  get isUp(): boolean {
    return this.#isUp;
  }

  /** Whether `isUp`, and all that was told until 2 s ago, is known: else `sync` comes first. */
  get isFresh(): boolean {
    return this.#options.clock.now() - Math.max(this.#lastContactMs, this.#lastFailureMs) < MAX_AGE_MS;
  }

  /** Whether what is in memory here may still be believed, the store being away. */
  get isWithinWindow(): boolean {
    return this.#options.clock.now() - this.#lastContactMs <= this.#options.outageWindowMs;
  }

  /** Reads what is new. Never rejects: `isUp` tells. */
  sync(): Promise<void> {
    this.#syncing ??= this.#read().finally(() => {
      this.#syncing = undefined;
    });
    return this.#syncing;
  }

  /** The same, with a reading that begins from now on. */
  async syncAnew(): Promise<void> {
    await this.#syncing;
    await this.sync();
  }

  /** The store did not answer. */
  fail(error: unknown): void {
    const { clock, log, outageWindowMs } = this.#options;
    this.#lastFailureMs = clock.now();
    if (this.#isUp || !this.#isKnown) log.warn('session.store-lost', { outageWindowMs, error });
    this.#isUp = false;
    this.#isKnown = true;
  }

  /** @throws what the store throws; the revocation is told once the store is back. */
  tellRevocation(revocation: Revocation): Promise<void> {
    return this.#tell({ log: REVOCATIONS, entry: this.#write(revocation), keptForMs: this.#options.revocationKeptMs });
  }

  /** The same for an end. */
  tellEnded(hashedId: string, reason: SessionEndReason): Promise<void> {
    return this.#tell({ log: ENDINGS, entry: this.#write({ ended: hashedId, reason }), keptForMs: this.#endingKeptMs });
  }

  /** @throws what the store throws; then nobody is told. */
  async tellRenewed(hashedId: string, to: string): Promise<void> {
    try {
      await this.#options.state.append(ENDINGS, this.#write({ renewed: hashedId, to }), this.#endingKeptMs);
    } catch (error) {
      this.fail(error);
      throw error;
    }
  }

  close(): void {
    for (const stop of this.#stops) stop();
  }

  get #endingKeptMs(): number {
    return ENDING_KEPT_MS + this.#options.outageWindowMs;
  }

  #write(content: object): string {
    return JSON.stringify({ by: this.#by, ...content });
  }

  async #tell(message: Message): Promise<void> {
    try {
      await this.#options.state.append(message.log, message.entry, message.keptForMs);
    } catch (error) {
      if (this.#pending.length < MAX_PENDING) this.#pending.push(message);
      else this.#options.log.error('session.end-untold', { log: message.log });
      this.fail(error);
      throw error;
    }
  }

  async #read(): Promise<void> {
    const { state, clock, log } = this.#options;
    const now = clock.now();
    try {
      while (this.#pending[0] !== undefined) {
        const { log: name, entry, keptForMs } = this.#pending[0];
        await state.append(name, entry, keptForMs);
        this.#pending.shift();
      }
      const [revocations, endings] = await Promise.all([state.read(REVOCATIONS, this.#revocations), state.read(ENDINGS, this.#endings)]);
      this.#revocations = revocations.cursor;
      this.#endings = endings.cursor;
      for (const entry of revocations.entries) this.#takeRevocation(entry);
      for (const entry of endings.entries) this.#takeEnding(entry);
    } catch (error) {
      this.fail(error);
      return;
    }
    this.#lastContactMs = now;
    if (!this.#isUp && this.#isKnown) log.info('session.store-found');
    this.#isUp = true;
    this.#isKnown = true;
  }

  #takeRevocation(entry: string): void {
    const parsed = this.#parse(revocationForm, entry);
    if (parsed === undefined || parsed.by === this.#by) return;
    const which = parsed.which as Revocation['which'];
    const { atMs, vouchedUntilMs = atMs } = parsed;
    if (!namesNobody(which)) this.#options.listener.revoked({ atMs, vouchedUntilMs, which });
  }

  #takeEnding(entry: string): void {
    const parsed = this.#parse(endingForm, entry);
    if (parsed === undefined || parsed.by === this.#by) return;
    if ('ended' in parsed) this.#options.listener.ended(parsed.ended, parsed.reason);
    else this.#options.listener.renewed(parsed.renewed, parsed.to);
  }

  #parse<T>(form: z.ZodType<T>, entry: string): T | undefined {
    try {
      return form.parse(JSON.parse(entry));
    } catch {
      this.#options.log.warn('session.log-corrupted');
      return undefined;
    }
  }
}
