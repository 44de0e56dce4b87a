// One file, watched by looking at it: events are not there on every file system, and a mounted secret is replaced by moving
// a link (Kubernetes). A writer that does not replace the file but writes into it is waited for, so that no half of a
// file, which may be a good file with half of its entries, is taken for the whole.

import { askFileStamp } from './file-stamp.ts';

/** How often the file is looked at, in milliseconds; within the 2 s of SEC-B8.3 with what follows. */
const LOOK_MS = 1000;
/** How long a file that has changed must stay as it is before it counts as written, in milliseconds. */
const SETTLE_MS = 150;

export interface FileWatch {
  /** Looks now, and reads whatever it finds; for a signal. Ends once `onChange` was called and has settled. */
  readNow(): Promise<void>;
  close(): void;
}

export interface FileWatchOptions {
  /** Absolute path; links are followed. */
  readonly path: string;
  /** The file as it was read before: what differs from it is a change. Default: as it is when the watching begins. */
  readonly seen?: string;
  /** Called when the file has changed, appeared or gone, and is written to no more. Never called twice at a time. */
  readonly onChange: () => void | Promise<void>;
  /** Told what `onChange` threw. */
  readonly onError: (error: unknown) => void;
}

export function watchOneFile({ path, seen, onChange, onError }: FileWatchOptions): FileWatch {
  let known = seen === undefined ? askFileStamp(path) : Promise.resolve(seen);
  let looking: Promise<void> | undefined;
  let isClosed = false;

  async function look(always: boolean): Promise<void> {
    const before = await known;
    let stamp = await askFileStamp(path);
    if (stamp === before && !always) return;
    for (let settled = false; !settled && !isClosed; ) {
      await new Promise<void>((resolve) => setTimeout(resolve, SETTLE_MS).unref());
      const next = await askFileStamp(path);
      settled = next === stamp;
      stamp = next;
    }
    if (isClosed) return;
    // Before it is read: what is written while it is being read is seen the next time.
    known = Promise.resolve(stamp);
    try {
      await onChange();
    } catch (error) {
      onError(error);
    }
  }

  function start(always: boolean): Promise<void> {
    looking = look(always).finally(() => {
      looking = undefined;
    });
    return looking;
  }

  const timer = setInterval(() => {
    if (looking === undefined) void start(false);
  }, LOOK_MS).unref();

  return {
    async readNow() {
      // What is under way may have begun before the change that the signal tells of.
      while (looking !== undefined) await looking;
      await start(true);
    },
    close() {
      isClosed = true;
      clearInterval(timer);
    },
  };
}
