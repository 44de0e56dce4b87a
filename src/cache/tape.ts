// A body that several may read while it is still being written: each at its own pace, from its beginning.

import { FramegateError } from '../kernel/errors.ts';
import type { Control, Receiver } from './ports.ts';

/** A reader is given no more at a time, in bytes: what lies in the buffers of a stalled connection is a copy under TLS. */
const PIECE_BYTES = 64 * 1024;

/** Keeps the count of the memory that bodies take. */
export interface Ledger {
  /** Changes, in bytes: of what there is, and of that what somebody is writing or reading. */
  count(used: number, pinned: number): void;
}

type State = 'growing' | 'whole' | FramegateError;

export class Tape {
  bytes = 0;
  #chunks: Buffer[] = [];
  #state: State = 'growing';
  readonly #readers = new Set<TapeReader>();
  readonly #ledger: Ledger;
  #promisedBytes: number;
  #pins = 0;
  #isKept = false;
  #used = 0;
  #pinned = 0;

  /** @param promisedBytes Counted from the beginning, while it grows. */
  constructor(ledger: Ledger, promisedBytes = 0) {
    this.#ledger = ledger;
    this.#promisedBytes = promisedBytes;
  }

  get isWhole(): boolean {
    return this.#state === 'whole';
  }

  get isPinned(): boolean {
    return this.#pins > 0;
  }

  /** Its memory counts, whether it is kept or not, until the returned function is called. */
  pin(): () => void {
    this.#pins += 1;
    this.#count();
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#pins -= 1;
      this.#count();
    };
  }

  setKept(isKept: boolean): void {
    this.#isKept = isKept;
    this.#count();
  }

  append(chunk: Buffer): void {
    if (this.#state !== 'growing') return;
    this.#chunks.push(chunk);
    this.bytes += chunk.length;
    this.#count();
    for (const reader of [...this.#readers]) reader.run();
  }

  end(): void {
    if (this.#state !== 'growing') return;
    // The pieces are views of larger read buffers, which they would keep alive; readers under way go on in the copy.
    this.#chunks = [Buffer.concat(this.#chunks)];
    this.#close('whole');
  }

  /** Nothing more comes: every reader is told. */
  break(error: FramegateError): void {
    if (this.#state !== 'growing') return;
    this.#chunks = [];
    this.bytes = 0;
    this.#close(error);
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
    const source = { chunks: () => this.#chunks, state: () => this.#state };
    const reader: TapeReader = new TapeReader(source, receiver, (aborted) => {
      this.#readers.delete(reader);
      onOver(aborted);
    });
    this.#readers.add(reader);
    return reader;
  }

  #close(state: State): void {
    this.#state = state;
    this.#promisedBytes = 0;
    this.#count();
    for (const reader of [...this.#readers]) reader.rewind();
    for (const reader of [...this.#readers]) reader.run();
  }

  #count(): void {
    const bytes = Math.max(this.bytes, this.#promisedBytes);
    const pinned = this.#pins > 0 ? bytes : 0;
    const used = this.#isKept ? bytes : pinned;
    const [moreUsed, morePinned] = [used - this.#used, pinned - this.#pinned];
    this.#used = used;
    this.#pinned = pinned;
    if (moreUsed !== 0 || morePinned !== 0) this.#ledger.count(moreUsed, morePinned);
  }
}

interface Source {
  chunks(): readonly Buffer[];
  state(): State;
}

export class TapeReader implements Control {
  readonly #source: Source;
  readonly #receiver: Pick<Receiver, 'data' | 'end' | 'failed'>;
  readonly #onOver: (aborted: boolean) => void;
  /** Bytes that were given; the chunk that is next, and where in it. */
  #given = 0;
  #index = 0;
  #offset = 0;
  #isPaused = true;
  #isOver = false;
  #isRunning = false;

  constructor(source: Source, receiver: Pick<Receiver, 'data' | 'end' | 'failed'>, onOver: (aborted: boolean) => void) {
    this.#source = source;
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

  /** All chunks have become one. */
  rewind(): void {
    this.#index = 0;
    this.#offset = this.#given;
  }

  run(): void {
    // A receiver may ask for more while it is being given some.
    if (this.#isRunning) return;
    this.#isRunning = true;
    try {
      while (!this.#isPaused && !this.#isOver) {
        const piece = this.#next();
        if (piece === undefined) break;
        // Set before: the receiver may call `resume` while it takes the piece.
        this.#isPaused = true;
        if (this.#receiver.data(piece)) this.#isPaused = false;
      }
    } finally {
      this.#isRunning = false;
    }
    const state = this.#source.state();
    if (this.#isOver || state === 'growing') return;
    if (state instanceof FramegateError) {
      this.#finish(false);
      this.#receiver.failed(state);
    } else if (this.#given === (this.#source.chunks()[0]?.length ?? 0)) {
      this.#finish(false);
      this.#receiver.end();
    }
  }

  #next(): Buffer | undefined {
    const chunks = this.#source.chunks();
    for (let chunk = chunks[this.#index]; chunk !== undefined; chunk = chunks[this.#index]) {
      if (this.#offset < chunk.length) {
        const piece = chunk.subarray(this.#offset, this.#offset + PIECE_BYTES);
        this.#offset += piece.length;
        this.#given += piece.length;
        return piece;
      }
      this.#index += 1;
      this.#offset = 0;
    }
    return undefined;
  }

  #finish(aborted: boolean): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#onOver(aborted);
  }
}
