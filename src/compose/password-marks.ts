// What ties a session to the password that it was begun with: it ends with that password also where nobody was there to
// end it, as a store outlives the process. A store holds no more of the password than this.

import { createHmac } from 'node:crypto';
import type { PasswordUser } from '../config/config.ts';

/** 128 bits; nobody can try passwords against it without the key. */
const MARK_BYTES = 16;

export interface PasswordMarks {
  /** The mark of a session that begins now. */
  of(user: PasswordUser): string;
  isOf(mark: string | undefined, user: PasswordUser): boolean;
}

/** @param keys The first makes marks, all are accepted. */
export function createPasswordMarks(keys: readonly string[]): PasswordMarks {
  const made = new WeakMap<PasswordUser, readonly string[]>();

  function marksOf(user: PasswordUser): readonly string[] {
    const marks = made.get(user) ?? keys.map((key) => makeMark(key, user.passwordHash));
    made.set(user, marks);
    return marks;
  }

  return {
    of: (user) => marksOf(user)[0] ?? '',
    isOf: (mark, user) => mark !== undefined && mark !== '' && marksOf(user).includes(mark),
  };
}

const makeMark = (key: string, passwordHash: string): string =>
  createHmac('sha256', key).update(passwordHash).digest().subarray(0, MARK_BYTES).toString('base64url');
