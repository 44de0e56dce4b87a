// `maxSessions` over all instances. Counting what is in the store would cost as much as there is, so starts and ends are
// counted; a session that ends by time is nobody's to take off, and is counted until the bound seems to be reached.
// Then all are counted once.

import type { Clock } from '../kernel/clock.ts';
import { FramegateError } from '../kernel/errors.ts';
import type { StateStore } from '../kernel/state-store.ts';

/** How often at most all sessions are counted, in milliseconds. */
const COUNT_STEP_MS = 10_000;

export interface SessionCountOptions {
  readonly state: StateStore;
  readonly clock: Clock;
  readonly maxSessions: number;
  /** Longest life of a session: those that live began in this stretch of time or in the one before. */
  readonly absoluteTimeoutMs: number;
  /** Sessions in the store. */
  countAll(): Promise<number>;
}

export class SessionCount {
  readonly #options: SessionCountOptions;
  #countedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: SessionCountOptions) {
    this.#options = options;
  }

  /** Counts one more. @throws {FramegateError} FRAMEGATE_BUSY when there are `maxSessions`. */
  async add(): Promise<void> {
    const { clock, maxSessions, absoluteTimeoutMs, countAll } = this.#options;
    const now = clock.now();
    const earlierMs = now - absoluteTimeoutMs;
    const [begun, before] = await Promise.all([this.#count(now, 1), this.#count(earlierMs, 0)]);
    if (begun + before <= maxSessions) return;
    let others = begun + before - 1;
    if (now - this.#countedAtMs >= COUNT_STEP_MS) {
      this.#countedAtMs = now;
      others = await countAll();
      await Promise.all([this.#count(now, others + 1 - begun), this.#count(earlierMs, -before)]);
    }
    if (others < maxSessions) return;
    await this.#count(now, -1);
    throw new FramegateError('FRAMEGATE_BUSY', { reason: 'too-many-sessions' });
  }

  /** Takes one off that began at `startedAtMs`. */
  async remove(startedAtMs: number): Promise<void> {
    await this.#count(startedAtMs, -1);
  }

  async #count(atMs: number, by: number): Promise<number> {
    const { state, absoluteTimeoutMs } = this.#options;
    const stretch = Math.floor(atMs / absoluteTimeoutMs);
    return (await state.count(`session-count:${absoluteTimeoutMs}:${stretch}`, by, 2 * absoluteTimeoutMs)).count;
  }
}
