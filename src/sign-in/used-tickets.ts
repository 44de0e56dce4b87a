// The memory that makes a ticket usable once, on all instances together (SEC-B14.1).

import { createHash } from 'node:crypto';
import type { StateStore } from '../kernel/state-store.ts';

/**
 * How much longer than it is usable a ticket is remembered, in milliseconds. Instances and store have clocks of their
 * own: one that is late takes a ticket that has ended for the others.
 */
const CLOCK_MARGIN_MS = 60_000;

interface UsedTicket {
  readonly issuer: string;
  readonly jti: string;
  /** Until when the ticket could be shown again; in the future. */
  readonly untilMs: number;
}

export interface UsedTickets {
  /**
   * Remembers the ticket, in one step that looks and remembers: of many parallel uses one wins.
   * @returns false when it has been used before.
   * @throws {FramegateError} FRAMEGATE_STORE_UNAVAILABLE, or FRAMEGATE_BUSY where the memory is full: then no ticket is
   *   accepted, as it could be a second use.
   */
  use(ticket: UsedTicket): Promise<boolean>;
}

export function createUsedTickets(state: StateStore): UsedTickets {
  async function use({ issuer, jti, untilMs }: UsedTicket): Promise<boolean> {
    const hash = createHash('sha256').update(JSON.stringify([issuer, jti]));
    return state.add(`ticket:${hash.digest('base64url')}`, '', untilMs + CLOCK_MARGIN_MS);
  }

  return { use };
}
