// A session that a popup hands to the frame ends when the popup's own does; else each hand-over would start the
// absolute lifetime anew. Remembered under the challenge, for as long as the code lives.

import { createHash } from 'node:crypto';
import type { Clock } from '../kernel/clock.ts';
import { FramegateError } from '../kernel/errors.ts';
import { ExpiringMap } from '../kernel/expiring-map.ts';

/** One minute: the life of a one-time code. */
const LIFETIME_MS = 60 * 1000;
const MAX_ENTRIES = 10_000;

export interface PopupEnds {
  /** @throws {FramegateError} FRAMEGATE_BUSY when too many popups are on their way. */
  remember(challenge: string, endsAtMs: number): void;
  /** @throws {FramegateError} FRAMEGATE_CODE_REFUSED when no popup was opened with the challenge of this verifier. */
  recall(verifier: string): number;
}

export function createPopupEnds(clock: Clock): PopupEnds {
  const ends = new ExpiringMap<number>(clock, MAX_ENTRIES);
  return {
    remember(challenge, endsAtMs) {
      if (!ends.set(challenge, endsAtMs, clock.now() + LIFETIME_MS)) throw new FramegateError('FRAMEGATE_BUSY');
    },
    recall(verifier) {
      const challenge = createHash('sha256').update(verifier).digest('base64url');
      const endsAtMs = ends.get(challenge);
      if (endsAtMs === undefined) throw new FramegateError('FRAMEGATE_CODE_REFUSED', { reason: 'code-ended' });
      ends.delete(challenge);
      return endsAtMs;
    },
  };
}
