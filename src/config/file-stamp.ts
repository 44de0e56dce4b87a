// Whether a file is another than before: changes with what it holds and with where its links lead.

import { statSync } from 'node:fs';
import { stat } from 'node:fs/promises';

interface FileFacts {
  readonly dev: bigint;
  readonly ino: bigint;
  readonly size: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
}

/** Take it before the file is read, so that a write in between shows the next time. */
export function readFileStamp(file: string): string {
  try {
    return formatStamp(statSync(file, { bigint: true }));
  } catch {
    return ABSENT;
  }
}

/** The same without holding up the process, for a file system that takes its time. */
export async function askFileStamp(file: string): Promise<string> {
  try {
    return formatStamp(await stat(file, { bigint: true }));
  } catch {
    return ABSENT;
  }
}

const ABSENT = 'absent';
const formatStamp = ({ dev, ino, size, mtimeNs, ctimeNs }: FileFacts): string => [dev, ino, size, mtimeNs, ctimeNs].join('.');
