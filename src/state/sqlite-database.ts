// The open file: opened when it is first needed, opened again after a failure, at most once a second. Calls of
// node:sqlite block the process, so each is short, and whoever finds the file locked waits outside of it.

import { chmodSync, closeSync, openSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { FramegateError } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import { Outage, type Part } from './outage.ts';
import { reasonOf } from './sqlite-failure.ts';
import { claimFile, prepareSchema, readNumber } from './sqlite-schema.ts';
import { prepareStatements, type Statements } from './sqlite-statements.ts';

/** How long one call may block for another process's lock, in milliseconds. */
const BUSY_TIMEOUT_MS = 25;
/** Pause before it is tried again, in milliseconds, and how often: about 1 s in all. */
const RETRY_MS = 25;
const MAX_RETRIES = 20;
const REOPEN_MS = 1000;

interface Opened {
  readonly database: DatabaseSync;
  readonly statements: Statements;
}

export class SqliteDatabase {
  readonly #file: string;
  readonly #outage: Outage;
  readonly #maxPages: number | undefined;
  #opened: Opened | undefined;
  /** What opening it failed with, less than a second ago. */
  #refusal: FramegateError | undefined;
  #closed = false;

  constructor(file: string, log: Log, maxPages?: number) {
    this.#file = file;
    this.#maxPages = maxPages;
    this.#outage = new Outage(log, 'sqlite');
  }

  get isUp(): boolean {
    return this.#outage.isOver;
  }

  /** @param work Runs to its end without awaiting. @throws {FramegateError} FRAMEGATE_STORE_UNAVAILABLE, FRAMEGATE_BUSY. */
  async run<T>(part: Part, work: (statements: Statements) => T): Promise<T> {
    for (let retries = 0; ; retries++) {
      try {
        const result = work(this.#open().statements);
        this.#outage.succeed('connection');
        this.#outage.succeed(part);
        return result;
      } catch (error) {
        const reason = reasonOf(error);
        if (reason === undefined) throw error;
        if (reason !== 'locked' || retries >= MAX_RETRIES) throw this.#fail(part, reason, error);
        await sleep(RETRY_MS);
      }
    }
  }

  close(): void {
    this.#closed = true;
    this.#drop();
  }

  #open(): Opened {
    if (this.#opened !== undefined) return this.#opened;
    if (this.#closed) throw unavailable('closed');
    if (this.#refusal !== undefined) throw this.#refusal;
    makeFile(this.#file);
    const database = new DatabaseSync(this.#file, { timeout: BUSY_TIMEOUT_MS });
    try {
      claimFile(database);
      makePrivate(this.#file);
      prepareSchema(database, this.#maxPages);
      this.#opened = { database, statements: prepareStatements(database) };
      return this.#opened;
    } catch (error) {
      database.close();
      throw error;
    }
  }

  #fail(part: Part, reason: string, error: unknown): FramegateError {
    if (reason === 'disk-full' && this.#isAtBound()) return new FramegateError('FRAMEGATE_BUSY', { reason: 'store-full', cause: error });
    const failure = unavailable(reason, error);
    const couldOpen = this.#opened !== undefined;
    this.#outage.fail(couldOpen ? part : 'connection', reason, error);
    const isUnreadable = !couldOpen || (part === 'read' && reason !== 'locked') || reason === 'corrupt' || reason === 'not-a-database';
    // A file that was read-only when it was opened stays so until it is opened again.
    if (isUnreadable || reason === 'read-only') this.#drop();
    if (isUnreadable) {
      this.#refusal = failure;
      setTimeout(() => {
        this.#refusal = undefined;
      }, REOPEN_MS).unref();
    }
    return failure;
  }

  #isAtBound(): boolean {
    if (this.#opened === undefined) return false;
    const { database } = this.#opened;
    return readNumber(database, 'PRAGMA page_count') >= readNumber(database, 'PRAGMA max_page_count');
  }

  #drop(): void {
    try {
      this.#opened?.database.close();
    } catch (error) {
      // Closing writes the log back into the file, which fails as whatever failed before; the handle is gone all the same.
      if (reasonOf(error) === undefined) throw error;
    }
    this.#opened = undefined;
  }
}

/** For its owner alone from the first moment: sessions hold names and addresses. */
function makeFile(file: string): void {
  try {
    // Never opened where it exists: closing it would drop the locks that SQLite holds in this process.
    closeSync(openSync(file, 'wx', 0o600));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}

/** Where somebody else made it, or allowed more since; with what SQLite puts beside it. */
function makePrivate(file: string): void {
  for (const each of [file, `${file}-wal`, `${file}-shm`]) {
    const { mode = 0 } = statSync(each, { throwIfNoEntry: false }) ?? {};
    if ((mode & 0o077) !== 0) chmodSync(each, 0o600);
  }
}

function unavailable(reason: string, cause?: unknown): FramegateError {
  return new FramegateError('FRAMEGATE_STORE_UNAVAILABLE', { reason: `sqlite-${reason}`, cause });
}
