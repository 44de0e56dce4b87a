// How fast the death of one end reaches the other, by the moments at which both happen.

import { once } from 'node:events';
import type { Socket } from 'node:net';

/** What issue and checklist allow (PRX-31), in milliseconds. */
export const CLOSING_MS = 100;

/** A busy machine only adds to the time, so the best of a few attempts counts. */
const ATTEMPTS = 3;
const PATIENCE_MS = 3000;

export interface Pair {
  /** The end that has to close. */
  readonly watched: Socket;
  /** Breaks the other one. */
  cut(): void;
}

/**
 * @param prepare Brings a new pair to the moment in question.
 * @returns milliseconds from the cut to the other end's close; of several attempts the first that is fast enough, else the
 *   shortest.
 * @throws {Error} when an end does not close at all.
 */
export async function measureClosing(prepare: () => Promise<Pair>): Promise<number> {
  let shortestMs = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < ATTEMPTS && shortestMs > CLOSING_MS; attempt += 1) {
    const { watched, cut } = await prepare();
    const closed = once(watched, 'close', { signal: AbortSignal.timeout(PATIENCE_MS) });
    const cutAtMs = performance.now();
    cut();
    await closed;
    shortestMs = Math.min(shortestMs, performance.now() - cutAtMs);
  }
  return shortestMs;
}
