// Work that can wait, one piece at a time, and only while nobody is being served: the first visit must not share its
// cores with the polish for the later ones.

/** How long nothing may have been going on before the work begins, in milliseconds. */
const REST_MS = 500;
/** More pieces than this are not remembered; the quick forms then stay. */
const MAX_WAITING = 500;

export interface Background {
  /** @param work Must end soon after its signal is aborted. Failures are its own to handle. */
  add(work: (signal: AbortSignal) => Promise<void>): void;
  /** Somebody is being served until the returned function is called. */
  hold(): () => void;
  close(): void;
}

export function createBackground(restMs: number = REST_MS): Background {
  const waiting: ((signal: AbortSignal) => Promise<void>)[] = [];
  const closed = new AbortController();
  let holders = 0;
  let isWorking = false;
  let timer: NodeJS.Timeout | undefined;

  function schedule(): void {
    clearTimeout(timer);
    if (holders > 0 || isWorking || waiting.length === 0 || closed.signal.aborted) return;
    timer = setTimeout(() => void run(), restMs);
    timer.unref();
  }

  async function run(): Promise<void> {
    isWorking = true;
    try {
      while (holders === 0 && !closed.signal.aborted) {
        const work = waiting.shift();
        if (work === undefined) break;
        await work(closed.signal);
      }
    } finally {
      isWorking = false;
      schedule();
    }
  }

  return {
    add(work) {
      if (waiting.length >= MAX_WAITING) return;
      waiting.push(work);
      schedule();
    },
    hold() {
      holders += 1;
      clearTimeout(timer);
      let isHeld = true;
      return function release() {
        if (!isHeld) return;
        isHeld = false;
        holders -= 1;
        schedule();
      };
    },
    close() {
      clearTimeout(timer);
      waiting.length = 0;
      closed.abort();
    },
  };
}
