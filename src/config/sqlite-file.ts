// What can be known of an SQLite file before it is used. It is read by SQLite itself: closing a descriptor of our own
// would drop the locks that a store of this process holds (https://www.sqlite.org/howtocorrupt.html, 2.2).

import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Marks a file as framegate's (SQLite's `application_id`): `FRGT`. */
export const SQLITE_APPLICATION_ID = 0x46524754;

/** https://www.sqlite.org/rescode.html#notadb */
const NOT_A_DATABASE = 26;

interface Obstacle {
  readonly what: string;
  readonly wayOut: string;
}

const FOREIGN: Obstacle = { what: 'names a file of another application', wayOut: 'Name a file that does not exist yet' };
const UNUSABLE: Obstacle = { what: 'names a file that cannot be read and written', wayOut: 'Correct the path or its permissions' };

/** Why framegate cannot keep its state in this file; undefined: nothing is known against it. */
export function findSqliteObstacle(file: string): Obstacle | undefined {
  try {
    // SQLite makes two further files beside it.
    accessSync(dirname(file), constants.W_OK | constants.X_OK);
  } catch (error) {
    const what = codeOf(error) === 'ENOENT' ? 'does not exist' : 'cannot be written';
    return { what: `names a file in a folder that ${what}`, wayOut: 'Make the folder, writable for the user that framegate runs as' };
  }
  try {
    const { size } = statSync(file);
    accessSync(file, constants.R_OK | constants.W_OK);
    return size === 0 || readApplicationId(file) === SQLITE_APPLICATION_ID ? undefined : FOREIGN;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    return codeOf(error) === NOT_A_DATABASE ? FOREIGN : UNUSABLE;
  }
}

function readApplicationId(file: string): unknown {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    return database.prepare('PRAGMA application_id').get()?.['application_id'];
  } finally {
    database.close();
  }
}

/** The operating system's code, or SQLite's number. */
function codeOf(error: unknown): unknown {
  if (!(error instanceof Error)) return undefined;
  if ('errcode' in error) return error.errcode;
  return 'code' in error ? error.code : undefined;
}
