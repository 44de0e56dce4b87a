// The memory that makes a ticket usable once (SEC-B14.1).

import { createHash } from 'node:crypto';
import type { Clock } from '../kernel/clock.ts';
import { FramegateError } from '../kernel/errors.ts';
import { ExpiringMap } from '../kernel/expiring-map.ts';

/** Enough for some 600 tickets per second. */
const MAX_USED_TICKETS = 100_000;

interface UsedTicket {
  readonly issuer: string;
  readonly jti: string;
  /** Until when the ticket could be shown again; in the future. */
  readonly untilMs: number;
}

export interface UsedTickets {
  /**
   * Remembers the ticket. Looks and remembers in one step without awaiting, so that of many parallel uses one wins.
   * @returns false when it has been used before.
   * @throws {FramegateError} FRAMEGATE_BUSY when the memory is full: then no ticket is accepted, as it could be a second use.
   */
  use(ticket: UsedTicket): boolean;
}

export function createUsedTickets(clock: Clock, maxTickets = MAX_USED_TICKETS): UsedTickets {
  const used = new ExpiringMap<true>(clock, maxTickets);

  function use({ issuer, jti, untilMs }: UsedTicket): boolean {
    const key = createHash('sha256')
      .update(JSON.stringify([issuer, jti]))
      .digest('base64url');
    if (used.get(key) !== undefined) return false;
    if (!used.set(key, true, untilMs)) throw new FramegateError('FRAMEGATE_BUSY', { reason: 'used-tickets-full' });
    return true;
  }

  return { use };
}
