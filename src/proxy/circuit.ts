// Whether an upstream is worth asking. Connections that do not come to be, one after another, open the circuit: requests
// are then refused at once instead of each waiting for its own failure. Pure but for the clock; an answer of any status
// is a sign of life, and slowness is no sign of death, so that nobody's slow query takes the dashboard from everybody.

import type { Clock } from '../kernel/clock.ts';

export interface CircuitOptions {
  /** Failures in a row that open it. */
  readonly failures: number;
  /** How long it stays open before the next try, in milliseconds. */
  readonly openForMs: number;
  /** False where a probe does the trying: no request is then risked on it. */
  readonly requestsTry: boolean;
  readonly clock: Clock;
  onDown(reason: string): void;
  /** @param downMs How long it was open. */
  onUp(downMs: number): void;
}

/** What a request may do; `trial`: it goes alone, and its outcome decides. */
export type Admission = 'pass' | 'trial' | 'refuse';

export class Circuit {
  readonly #options: CircuitOptions;
  #failuresInRow = 0;
  #openedAtMs: number | undefined;
  #nextTryAtMs = 0;

  constructor(options: CircuitOptions) {
    this.#options = options;
  }

  get isClosed(): boolean {
    return this.#openedAtMs === undefined;
  }

  /** Whole seconds until the next try, at least 1. */
  get retryAfterSeconds(): number {
    return Math.max(1, Math.ceil((this.#nextTryAtMs - this.#options.clock.now()) / 1000));
  }

  admit(): Admission {
    if (this.#openedAtMs === undefined) return 'pass';
    const { clock, openForMs, requestsTry } = this.#options;
    const now = clock.now();
    const waitMs = this.#nextTryAtMs - now;
    // A longer wait than was ever set: the system's clock was put back.
    if (!requestsTry || (waitMs > 0 && waitMs <= openForMs)) return 'refuse';
    // Should this trial never end, the next one is let through after the same pause.
    this.#nextTryAtMs = now + openForMs;
    return 'trial';
  }

  /** It answered. What was admitted before the circuit opened says nothing about now. */
  noteAnswer(admission: Admission | 'probe'): void {
    if (this.#openedAtMs === undefined) {
      this.#failuresInRow = 0;
      return;
    }
    if (admission === 'pass') return;
    const downMs = this.#options.clock.now() - this.#openedAtMs;
    this.#openedAtMs = undefined;
    this.#failuresInRow = 0;
    this.#options.onUp(downMs);
  }

  /** No connection came to be, or a probe was not answered well. */
  noteFailure(admission: Admission | 'probe', reason: string): void {
    const now = this.#options.clock.now();
    if (this.#openedAtMs !== undefined) {
      if (admission !== 'pass') this.#nextTryAtMs = now + this.#options.openForMs;
      return;
    }
    this.#failuresInRow += 1;
    if (this.#failuresInRow < this.#options.failures) return;
    this.#openedAtMs = now;
    this.#nextTryAtMs = now + this.#options.openForMs;
    this.#options.onDown(reason);
  }

  /** It ended without telling anything, such as by a browser that left: the next request may try. */
  noteNothing(admission: Admission): void {
    if (admission === 'trial' && this.#openedAtMs !== undefined) this.#nextTryAtMs = this.#options.clock.now();
  }
}
