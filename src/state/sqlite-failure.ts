import { ForeignFileError } from './sqlite-schema.ts';

// Primary result codes: https://www.sqlite.org/rescode.html
const REASONS = new Map([
  [3, 'not-permitted'],
  [5, 'locked'],
  [6, 'locked'],
  [8, 'read-only'],
  [10, 'input-output'],
  [11, 'corrupt'],
  [13, 'disk-full'],
  [14, 'cannot-open'],
  [22, 'file-too-large'],
  [26, 'not-a-database'],
]);

/** Why the file cannot be used, as a fixed word; undefined: not the file's fault, but a mistake in the code. */
export function reasonOf(error: unknown): string | undefined {
  if (error instanceof ForeignFileError) return 'foreign-file';
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  if (error.code === 'ERR_SQLITE_ERROR' && 'errcode' in error) return REASONS.get(Number(error.errcode) & 0xff) ?? 'sqlite';
  // Making the file and setting its mode.
  return 'syscall' in error ? 'cannot-open' : undefined;
}
