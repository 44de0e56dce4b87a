// The latest denials, for the admin API: who was denied what, and why. In the memory of this process, and bounded.

import type { Asked, Asker } from '../policy/asker.ts';

/** Denials kept; the oldest goes first. */
const MAX_KEPT = 200;

export interface Denial {
  readonly requestId: string;
  readonly method: string;
  /** Without its query. */
  readonly path: string;
  readonly asker: Asker;
  readonly asked: Asked;
  readonly reasons: readonly string[];
  /** The rule that denied; undefined: none allowed it. */
  readonly rule: string | undefined;
  /** `access.mode: observe` let it pass. */
  readonly observed: boolean;
}

export interface Denials {
  add(denial: Denial): void;
  /** The latest first. */
  list(): readonly Denial[];
}

export function createDenials(maxKept: number = MAX_KEPT): Denials {
  const kept: Denial[] = [];
  return {
    add(denial) {
      kept.push(denial);
      if (kept.length > maxKept) kept.shift();
    },
    list: () => kept.toReversed(),
  };
}
