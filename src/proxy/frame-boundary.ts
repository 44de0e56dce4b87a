// Where one WebSocket frame ends and the next begins (RFC 6455 5.2), so that a frame of ours never lands in the middle of
// an upstream's frame. Payloads are counted, never read.

const NO_BYTES: number[] = [];

export class FrameBoundary {
  /** Bytes of the current frame's payload that are still to come. */
  #payloadLeft = 0;
  /** Bytes of a header that has not fully arrived. */
  #header = NO_BYTES;
  #isInMessage = false;
  #isClosing = false;

  push(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; ) at = this.advance(chunk, at);
  }

  /** Takes a chunk from `from` on, up to the end of a frame. @returns the index behind that end, or the chunk's length. */
  advance(chunk: Buffer, from: number): number {
    let at = from;
    while (at < chunk.length) {
      if (this.#payloadLeft === 0) {
        at = this.#readHeader(chunk, at);
      } else {
        const step = Math.min(this.#payloadLeft, chunk.length - at);
        this.#payloadLeft -= step;
        at += step;
      }
      if (this.isBetweenFrames) return at;
    }
    return at;
  }

  /** @returns the index behind what it took: all of a header, or one byte of one that is cut. */
  #readHeader(chunk: Buffer, at: number): number {
    const whole = this.#header.length === 0 ? headerLength(chunk, at) : undefined;
    if (whole !== undefined && at + whole <= chunk.length) {
      this.#begin(chunk, at);
      return at + whole;
    }
    if (this.#header.length === 0) this.#header = [];
    this.#header.push(chunk[at] ?? 0);
    if (headerLength(this.#header, 0) === this.#header.length) {
      this.#begin(this.#header, 0);
      this.#header = NO_BYTES;
    }
    return at + 1;
  }

  /** True between two frames: a control frame may stand here. */
  get isBetweenFrames(): boolean {
    return this.#payloadLeft === 0 && this.#header.length === 0;
  }

  /** True where a message may begin: between two frames, no fragments outstanding, and no Close frame sent (RFC 6455 5.4, 5.5.1). */
  get isBetweenMessages(): boolean {
    return this.isBetweenFrames && !this.#isInMessage && !this.#isClosing;
  }

  /** A Close frame has begun. */
  get isClosing(): boolean {
    return this.#isClosing;
  }

  /** @param at Where a complete header stands. */
  #begin(bytes: ArrayLike<number>, at: number): void {
    const first = bytes[at] ?? 0;
    const opcode = first & 0x0f;
    if (opcode === 8) this.#isClosing = true;
    if (opcode < 8) this.#isInMessage = (first & 0x80) === 0;
    this.#payloadLeft = payloadLength(bytes, at);
  }
}

/** Bytes that say a frame's length, behind its first two. */
function extendedLength(second: number): number {
  const short = second & 0x7f;
  return short === 126 ? 2 : short === 127 ? 8 : 0;
}

/** Mask included; undefined while the second byte, which tells it, is not there. */
function headerLength(bytes: ArrayLike<number>, at: number): number | undefined {
  const second = bytes[at + 1];
  if (second === undefined) return undefined;
  return 2 + extendedLength(second) + ((second & 0x80) === 0 ? 0 : 4);
}

function payloadLength(bytes: ArrayLike<number>, at: number): number {
  const second = bytes[at + 1] ?? 0;
  const extended = extendedLength(second);
  if (extended === 0) return second & 0x7f;
  let length = 0;
  for (let index = at + 2; index < at + 2 + extended; index += 1) length = length * 256 + (bytes[index] ?? 0);
  return length;
}

/** A Close frame (RFC 6455 5.5.1), unmasked as a server's is. */
export function closeFrame(code: number): Buffer {
  return Buffer.from([0x88, 2, code >> 8, code & 0xff]);
}
