// When a revocation is answered. A ticket from before one signs nobody in, and most are dated in whole seconds: one of the
// second of the revocation may be from before it. Whoever waits for the answer is never refused for that.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../kernel/clock.ts';
import type { RevocationTarget } from '../session/session.ts';
import type { Revoke } from './revocation.ts';

/** The same, which holds at once, answered in the next second where it is about people who may have tickets. */
export function answerInNextSecond(
  revoke: Revoke,
  clock: Clock,
  takesTickets: () => boolean,
): (which: RevocationTarget) => Promise<number> {
  return async function revokeAndWait(which) {
    const ended = await revoke(which);
    if (takesTickets() && which.key === undefined && which.providerSid === undefined) await sleep(1001 - (clock.now() % 1000));
    return ended;
  };
}
