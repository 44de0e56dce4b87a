// Looks again and again at the files that a configuration was read from. Polled, as events are not there on every file
// system, are lost where an editor puts a new file in the old one's place, and never come where Kubernetes swaps a link.

import { askFileStamp } from './file-stamp.ts';

/** Within the 2 s after which a change has to hold (SEC-B8.3). */
const LOOK_MS = 500;

/** Absolute paths, each with the stamp that it was read with. */
export type StampedFiles = ReadonlyMap<string, string>;

export interface FileWatch {
  /** From now on these, compared with these stamps. */
  follow(files: StampedFiles): void;
  close(): void;
}

/**
 * @param onChange Called once a file is another than before and all of them have been still for one look, so that what is
 *   being written is not read half. Not called again for the same stamps.
 */
export function watchFiles(onChange: () => void): FileWatch {
  let files: StampedFiles = new Map();
  let told = '';
  let last = '';
  let isLooking = false;

  async function look(): Promise<void> {
    if (isLooking) return;
    isLooking = true;
    const asked = files;
    const now = joinStamps(await Promise.all([...asked.keys()].map(askFileStamp)));
    isLooking = false;
    if (asked !== files) return;
    const isStill = now === last;
    last = now;
    if (!isStill || now === told) return;
    told = now;
    onChange();
  }

  // It lasts as long as the process has other things to do.
  const timer = setInterval(() => void look(), LOOK_MS).unref();
  return {
    follow(stamped) {
      files = stamped;
      told = joinStamps(stamped.values());
      last = told;
    },
    close: () => clearInterval(timer),
  };
}

const joinStamps = (stamps: Iterable<string>): string => [...stamps].join('\n');
