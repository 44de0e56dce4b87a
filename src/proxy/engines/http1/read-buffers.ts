// Memory that upstream connections read into. A body that flows takes the same few pieces over and over, so that its
// length costs no memory.

/** What one read takes at most, in bytes: 64 KiB of a body and its head, which servers send in one go. */
const READ_BYTES = 80 * 1024;
/** Free pieces kept. */
const MAX_FREE = 16;

export class ReadBuffers {
  readonly #free: Buffer[] = [];
  readonly #lent = new WeakSet<ArrayBufferLike>();

  /** A piece to read into. */
  take(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(READ_BYTES);
  }

  /** A view of the piece leaves for somebody who may keep it, or give it back once. */
  lend(piece: Buffer): void {
    this.#lent.add(piece.buffer);
  }

  /** @param chunk What was lent; nobody may look at it any more. Anything else is left alone. */
  giveBack(chunk: Buffer): void {
    if (this.#lent.delete(chunk.buffer) && this.#free.length < MAX_FREE) this.#free.push(Buffer.from(chunk.buffer));
  }
}
