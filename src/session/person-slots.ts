// `maxPerUser`: each person has that many places for sessions, over all instances. A place is taken by one atomic step,
// so the bound holds whatever happens at once; it is free again when its session is no more.

import { createHash } from 'node:crypto';
import { FramegateError } from '../kernel/errors.ts';
import { type Identity, identityKey } from '../kernel/identity.ts';
import type { StateStore } from '../kernel/state-store.ts';
import type { StoredSession } from './stored-session.ts';

export interface PersonSlotsOptions {
  readonly state: StateStore;
  readonly maxPerUser: number;
  isLiving(hashedId: string): Promise<boolean>;
  end(hashedId: string): Promise<void>;
}

interface Occupant {
  readonly slot: string;
  readonly hashedId: string;
  readonly startedAtMs: number;
}

export class PersonSlots {
  readonly #options: PersonSlotsOptions;

  constructor(options: PersonSlotsOptions) {
    this.#options = options;
  }

  /** Gives a session that is in the store a place; where there is none, the person's oldest session ends (SEC-B11.2). */
  async claim(hashedId: string, stored: StoredSession): Promise<void> {
    const { state, maxPerUser } = this.#options;
    const slots = slotsOf(stored.identity, maxPerUser);
    const value = `${stored.startedAtMs} ${hashedId}`;
    // Each round frees one place, which others may take meanwhile.
    for (let round = 0; round <= maxPerUser + 1; round += 1) {
      const values = await state.getMany(slots);
      for (const [index, slot] of slots.entries()) {
        if (values[index] === undefined && (await state.add(slot, value, stored.endsAtMs))) return;
      }
      const occupants = values.flatMap((text, index) => (text === undefined ? [] : [readOccupant(slots[index] ?? '', text)]));
      if (occupants.length === maxPerUser) await this.#freeOne(occupants);
    }
    throw new FramegateError('FRAMEGATE_BUSY', { reason: 'sessions-of-person' });
  }

  async #freeOne(occupants: readonly Occupant[]): Promise<void> {
    const { state, isLiving, end } = this.#options;
    const byAge = [...occupants].sort((one, other) => one.startedAtMs - other.startedAtMs);
    let freed = byAge[0];
    for (const occupant of byAge) {
      if (await isLiving(occupant.hashedId)) continue;
      freed = occupant;
      break;
    }
    if (freed === undefined || (await state.take(freed.slot)) === undefined) return;
    await end(freed.hashedId);
  }
}

function slotsOf(identity: Identity, count: number): string[] {
  const person = createHash('sha256').update(identityKey(identity)).digest('base64url');
  return Array.from({ length: count }, (_, index) => `session-slot:${person}:${index}`);
}

function readOccupant(slot: string, text: string): Occupant {
  const [startedAt = '', hashedId = ''] = text.split(' ');
  return { slot, hashedId, startedAtMs: Number(startedAt) };
}
