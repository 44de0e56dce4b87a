// Files that the configuration names, relative to its own folder.

import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { readFileStamp } from './file-stamp.ts';
import { type ConfigProblem, type Findings, showValue } from './problem.ts';

export interface FileContent {
  readonly bytes: Buffer;
  /** Readable by every user of the machine (SEC-B21.3). */
  readonly worldReadable: boolean;
}

const CAUSES = new Map([
  ['ENOENT', 'does not exist'],
  ['EACCES', 'may not be read by this user'],
  ['EPERM', 'may not be read by this user'],
  ['EISDIR', 'is a directory'],
]);

/** @param folder What a relative path starts from. @param path The key that names the file, for problems. */
export function readNamedFile(file: string, folder: string, path: string, findings: Findings): FileContent | undefined {
  const full = resolve(folder, file);
  findings.files.set(full, readFileStamp(full));
  try {
    const bytes = readFileSync(full);
    return { bytes, worldReadable: process.platform !== 'win32' && (statSync(full).mode & 0o004) !== 0 };
  } catch (error) {
    findings.problems.push(describeFileError(error, path, full));
    return undefined;
  }
}

/** The bytes of a text file, one line break at its end removed. */
export function withoutLineEnd(bytes: Buffer): Buffer {
  const end = bytes.at(-1) !== 0x0a ? bytes.length : bytes.at(-2) === 0x0d ? bytes.length - 2 : bytes.length - 1;
  return bytes.subarray(0, end);
}

/** What the operating system said, without its own message. */
export function describeFileError(error: unknown, path: string, full: string): ConfigProblem {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'error';
  return {
    path,
    what: `names a file that ${CAUSES.get(code) ?? `cannot be read (${code})`}`,
    value: showValue(full),
    wayOut: 'Correct the path or its permissions',
  };
}
