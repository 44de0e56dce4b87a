// What can be known of an SQLite file before it is opened.

import { accessSync, closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { dirname } from 'node:path';

/** Marks a file as framegate's (SQLite's `application_id`): `FRGT`. */
export const SQLITE_APPLICATION_ID = 0x46524754;

// The header of a database file: https://www.sqlite.org/fileformat.html#the_database_header
const HEADER_BYTES = 100;
const MAGIC = 'SQLite format 3\0';
const APPLICATION_ID_OFFSET = 68;

interface Obstacle {
  readonly what: string;
  readonly wayOut: string;
}

const FOREIGN: Obstacle = { what: 'names a file of another application', wayOut: 'Name a file that does not exist yet' };
const UNWRITABLE: Obstacle = { what: 'names a file that cannot be read and written', wayOut: 'Correct the path or its permissions' };

/** Why framegate cannot keep its state in this file; undefined: nothing is known against it. */
export function findSqliteObstacle(file: string): Obstacle | undefined {
  try {
    // SQLite makes two further files beside it.
    accessSync(dirname(file), constants.W_OK | constants.X_OK);
  } catch (error) {
    return codeOf(error) === 'ENOENT'
      ? { what: 'names a file in a folder that does not exist', wayOut: 'Make the folder, writable for the user that framegate runs as' }
      : { what: 'names a file in a folder that cannot be written', wayOut: 'Make the folder writable for the user that framegate runs as' };
  }
  try {
    return judgeHeader(file);
  } catch (error) {
    return codeOf(error) === 'ENOENT' ? undefined : UNWRITABLE;
  }
}

function judgeHeader(file: string): Obstacle | undefined {
  const descriptor = openSync(file, 'r+');
  try {
    if (!fstatSync(descriptor).isFile()) return UNWRITABLE;
    const header = Buffer.alloc(HEADER_BYTES);
    const length = readSync(descriptor, header, 0, HEADER_BYTES, 0);
    if (length === 0) return undefined;
    if (length < HEADER_BYTES || header.toString('latin1', 0, MAGIC.length) !== MAGIC) return FOREIGN;
    return header.readUInt32BE(APPLICATION_ID_OFFSET) === SQLITE_APPLICATION_ID ? undefined : FOREIGN;
  } finally {
    closeSync(descriptor);
  }
}

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined);
