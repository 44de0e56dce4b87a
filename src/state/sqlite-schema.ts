// The tables, and what a file must be to hold them.

import { randomBytes } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { SQLITE_APPLICATION_ID } from '../config/sqlite-file.ts';

const SCHEMA_VERSION = 1;
/** Largest file, in pages of 4096 bytes: 1 GiB. */
const MAX_PAGES = 262_144;

/** A file that is a database, and not one of ours. */
export class ForeignFileError extends Error {
  override readonly name = 'ForeignFileError';
}

/** Makes the tables where there are none, in a file that was claimed. @throws {ForeignFileError} and what SQLite throws. */
export function prepareSchema(database: DatabaseSync, maxPages = MAX_PAGES): void {
  // Readers do not wait for a writer. NORMAL: what was written last may be lost with the machine's power, not with the process.
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA max_page_count = ${maxPages}`);
  const version = readNumber(database, 'PRAGMA user_version');
  if (version === SCHEMA_VERSION) return;
  if (version > SCHEMA_VERSION) throw new ForeignFileError('the file was made by a newer version of framegate');
  database.exec('BEGIN IMMEDIATE');
  try {
    createTables(database);
    database.exec('COMMIT');
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}

/** Marks an empty database as ours. @throws {ForeignFileError} where it is another's. */
export function claimFile(database: DatabaseSync): void {
  const id = readNumber(database, 'PRAGMA application_id');
  if (id === SQLITE_APPLICATION_ID) return;
  if (id !== 0 || readNumber(database, 'SELECT count(*) FROM sqlite_schema') > 0) {
    throw new ForeignFileError('the file is a database of another application');
  }
  database.exec(`PRAGMA application_id = ${SQLITE_APPLICATION_ID}`);
}

function createTables(database: DatabaseSync): void {
  database.exec(`
    CREATE TABLE IF NOT EXISTS entry (key TEXT PRIMARY KEY, value TEXT NOT NULL, ends_at REAL NOT NULL) STRICT;
    CREATE INDEX IF NOT EXISTS entry_ends_at ON entry (ends_at);
    CREATE TABLE IF NOT EXISTS counter (key TEXT PRIMARY KEY, count INTEGER NOT NULL, ends_at REAL NOT NULL) STRICT;
    CREATE INDEX IF NOT EXISTS counter_ends_at ON counter (ends_at);
    CREATE TABLE IF NOT EXISTS log (id INTEGER PRIMARY KEY AUTOINCREMENT, log TEXT NOT NULL, entry TEXT NOT NULL, ends_at REAL NOT NULL) STRICT;
    CREATE INDEX IF NOT EXISTS log_log ON log (log, id);
    CREATE INDEX IF NOT EXISTS log_ends_at ON log (ends_at);
    CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
    PRAGMA user_version = ${SCHEMA_VERSION};
  `);
  // Tells the cursors of this file from those of one that stood here before.
  database.prepare("INSERT OR IGNORE INTO meta VALUES ('generation', ?)").run(randomBytes(8).toString('hex'));
}

export function readNumber(database: DatabaseSync, query: string): number {
  return Number(Object.values(database.prepare(query).get() ?? {})[0]);
}
