const FIRST_BYTES = 256;

/** Bytes that come in pieces: one buffer that grows, as a list of tiny pieces would take many times their size. */
export class ByteCollector {
  #buffer: Buffer = Buffer.alloc(0);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** What is there; good until the next `append` or `take`. */
  get view(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  append(piece: Buffer): void {
    const length = this.#length + piece.length;
    if (length > this.#buffer.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(length, this.#buffer.length * 2, FIRST_BYTES));
      this.view.copy(larger);
      this.#buffer = larger;
    }
    piece.copy(this.#buffer, this.#length);
    this.#length = length;
  }

  /** Hands over what is there and begins anew. */
  take(): Buffer {
    const taken = this.view;
    this.#buffer = Buffer.alloc(0);
    this.#length = 0;
    return taken;
  }
}
