// So many pieces of work at a time, in the order in which they came.

export interface Lane {
  /** Pieces that have not been begun. */
  readonly waiting: number;
  run(work: () => Promise<void>): Promise<void>;
}

export function createLane(width: number): Lane {
  const waiting: (() => void)[] = [];
  let running = 0;
  return {
    get waiting() {
      return waiting.length;
    },
    async run(work) {
      if (running >= width) await new Promise<void>((resolve) => waiting.push(resolve));
      else running += 1;
      try {
        await work();
      } finally {
        const next = waiting.shift();
        // The place is handed on as it is.
        if (next === undefined) running -= 1;
        else next();
      }
    },
  };
}
