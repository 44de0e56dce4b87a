// A body that several may read while it is still being written: each at its own pace, from its beginning.

import { FramegateError } from '../kernel/errors.ts';
import type { Control, Receiver } from './ports.ts';

export class Tape {
  bytes = 0;
  #chunks: Buffer[] = [];
  #state: 'growing' | 'whole' | FramegateError = 'growing';
  readonly #readers = new Set<TapeReader>();

  get isWhole(): boolean {
    return this.#state === 'whole';
  }

  append(chunk: Buffer): void {
    if (this.#state !== 'growing') return;
    this.#chunks.push(chunk);
    this.bytes += chunk.length;
    for (const reader of [...this.#readers]) reader.run();
  }

  end(): void {
    if (this.#state !== 'growing') return;
    this.#state = 'whole';
    for (const reader of [...this.#readers]) reader.run();
    // The pieces are views of larger read buffers, which they would keep alive. Readers under way keep theirs.
    this.#chunks = [Buffer.concat(this.#chunks)];
  }

  /** Nothing more comes: every reader is told. */
  break(error: FramegateError): void {
    if (this.#state !== 'growing') return;
    this.#state = error;
    for (const reader of [...this.#readers]) reader.run();
  }

  /** The whole body. @throws {Error} while it is growing. */
  whole(): Buffer {
    if (!this.isWhole) throw new Error('the body is not whole');
    return this.#chunks[0] ?? Buffer.alloc(0);
  }

  /** What has come so far. */
  chunks(): readonly Buffer[] {
    return this.#chunks;
  }

  /** Begins only when `start` is called, so that the reader can be given as a control before. */
  read(receiver: Pick<Receiver, 'data' | 'end' | 'failed'>, onOver: (aborted: boolean) => void): TapeReader {
    const reader: TapeReader = new TapeReader(
      this.#chunks,
      () => this.#state,
      receiver,
      (aborted) => {
        this.#readers.delete(reader);
        onOver(aborted);
      },
    );
    this.#readers.add(reader);
    return reader;
  }
}

export class TapeReader implements Control {
  readonly #chunks: readonly Buffer[];
  readonly #state: () => 'growing' | 'whole' | FramegateError;
  readonly #receiver: Pick<Receiver, 'data' | 'end' | 'failed'>;
  readonly #onOver: (aborted: boolean) => void;
  #next = 0;
  #isPaused = true;
  #isOver = false;
  #isRunning = false;

  constructor(
    chunks: readonly Buffer[],
    state: () => 'growing' | 'whole' | FramegateError,
    receiver: Pick<Receiver, 'data' | 'end' | 'failed'>,
    onOver: (aborted: boolean) => void,
  ) {
    this.#chunks = chunks;
    this.#state = state;
    this.#receiver = receiver;
    this.#onOver = onOver;
  }

  start(): void {
    this.resume();
  }

  resume(): void {
    this.#isPaused = false;
    this.run();
  }

  destroy(): void {
    this.#finish(true);
  }

  run(): void {
    // A receiver may ask for more while it is being given some.
    if (this.#isRunning) return;
    this.#isRunning = true;
    try {
      while (!this.#isPaused && !this.#isOver && this.#next < this.#chunks.length) {
        const chunk = this.#chunks[this.#next] ?? Buffer.alloc(0);
        this.#next += 1;
        // Set before: the receiver may call `resume` while it takes the chunk.
        this.#isPaused = true;
        if (chunk.length === 0 || this.#receiver.data(chunk)) this.#isPaused = false;
      }
    } finally {
      this.#isRunning = false;
    }
    const state = this.#state();
    if (this.#isOver || state === 'growing') return;
    if (state instanceof FramegateError) {
      this.#finish(false);
      this.#receiver.failed(state);
    } else if (this.#next === this.#chunks.length) {
      this.#finish(false);
      this.#receiver.end();
    }
  }

  #finish(aborted: boolean): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#onOver(aborted);
  }
}
