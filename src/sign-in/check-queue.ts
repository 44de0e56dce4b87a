// Keeps costly checks from eating the machine: few at a time, a bounded queue, first come first served.

import { FramegateError } from '../kernel/errors.ts';

export interface CheckQueueOptions {
  /** Checks at the same time. */
  readonly slots: number;
  /** Checks that may wait; the next one is refused. */
  readonly places: number;
}

export interface CheckQueue {
  /**
   * Runs the check when it is its turn. Checks with the same key never run at the same time, so that each sees the
   * failures counted by the one before it and a burst gets no more guesses than a slow client.
   * @throws {FramegateError} FRAMEGATE_BUSY when all places are taken.
   */
  run<T>(key: string, check: () => Promise<T>): Promise<T>;
}

interface Waiting {
  readonly key: string;
  readonly start: () => void;
}

export function createCheckQueue({ slots, places }: CheckQueueOptions): CheckQueue {
  const running = new Set<string>();
  const waiting: Waiting[] = [];

  function startNext(): void {
    while (running.size < slots) {
      const index = waiting.findIndex((entry) => !running.has(entry.key));
      if (index === -1) return;
      const [next] = waiting.splice(index, 1);
      if (next === undefined) return;
      running.add(next.key);
      next.start();
    }
  }

  async function run<T>(key: string, check: () => Promise<T>): Promise<T> {
    const free = running.size < slots && !running.has(key);
    if (!free && waiting.length >= places) throw new FramegateError('FRAMEGATE_BUSY', { reason: 'password-checks-full' });
    await new Promise<void>((resolve) => {
      waiting.push({ key, start: resolve });
      startNext();
    });
    try {
      return await check();
    } finally {
      running.delete(key);
      startNext();
    }
  }

  return { run };
}
