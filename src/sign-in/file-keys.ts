// Keys from files, which are read again when they change: an operator replaces a key without a restart. Looking at a
// file when a ticket comes, at most once a second, needs no watcher: those miss what happens in mounted volumes, and
// Kubernetes replaces a secret by moving a link.

import { readFile, stat } from 'node:fs/promises';
import { parseKeyFile } from '../config/key-file.ts';
import { isFault } from '../config/public-key.ts';
import type { KeyFileFormat, VerificationKey } from '../config/ticket-issuer.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import type { KeyFinder } from './key-finder.ts';

/** Least time between two looks at the files. */
const CHECK_MS = 1000;

export interface FileKeysOptions {
  readonly format: KeyFileFormat;
  /** Absolute paths; empty for keys that never change. */
  readonly files: readonly string[];
  /** In force until the files have been read. */
  readonly keys: readonly VerificationKey[];
  readonly algorithms: readonly string[];
  /** Names the source in the log. */
  readonly issuer: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** Files that cannot be read, or hold what is no key, leave the last good keys in force, all of them together. */
export function createFileKeys({ format, files, algorithms, issuer, clock, log, ...initial }: FileKeysOptions): KeyFinder {
  let { keys } = initial;
  let checkedAtMs = Number.NEGATIVE_INFINITY;
  let seen: string | undefined;
  let pending: Promise<void> | undefined;

  async function check(): Promise<void> {
    let stamp: string | undefined;
    try {
      stamp = (await Promise.all(files.map(readStamp))).join(' ');
      if (stamp === seen) return;
      const read = await Promise.all(files.map((file) => readKeys(file, format, algorithms)));
      const isFirst = seen === undefined;
      keys = read.flat();
      if (!isFirst) log.info('ticket-keys.changed', { issuer, keys: keys.length });
    } catch (error) {
      const problem = describe(error);
      // Once for each state of the files, not for each look at them.
      if (seen !== (stamp ?? problem))
        log.warn('ticket-keys.failed', { issuer, problem: `${problem}; the keys from before stay in force` });
      stamp ??= problem;
    } finally {
      seen = stamp;
    }
  }

  async function find(kid: string | undefined): Promise<readonly VerificationKey[]> {
    if (pending === undefined && files.length > 0 && clock.now() - checkedAtMs >= CHECK_MS) {
      checkedAtMs = clock.now();
      pending = check().finally(() => {
        pending = undefined;
      });
    }
    await pending;
    return keys.filter((key) => key.kid === undefined || key.kid === kid);
  }

  return { needsKid: format === 'key-set', find };
}

/** Changes with the file: taken before it is read, so that a write in between is seen the next time. */
async function readStamp(file: string): Promise<string> {
  const { dev, ino, size, mtimeNs, ctimeNs } = await stat(file, { bigint: true });
  return [dev, ino, size, mtimeNs, ctimeNs].join('.');
}

async function readKeys(file: string, format: KeyFileFormat, algorithms: readonly string[]): Promise<readonly VerificationKey[]> {
  const keys = parseKeyFile(format, await readFile(file), algorithms);
  if (isFault(keys)) throw new Error(`${file} ${keys.what}`);
  return keys;
}

/** Names the file and what is wrong with it; nothing of what it holds. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return 'a key file cannot be read';
  const { code, path } = error as NodeJS.ErrnoException;
  return code === undefined ? error.message : `${path ?? 'a key file'} cannot be read (${code})`;
}
