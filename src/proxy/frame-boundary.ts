// Where one WebSocket frame ends and the next begins (RFC 6455 5.2), so that a frame of ours never lands in the middle of
// an upstream's frame. Payloads are counted, never read.

export class FrameBoundary {
  /** Bytes of the current frame's payload that are still to come. */
  #payloadLeft = 0;
  /** Bytes of a header that has not fully arrived. */
  #header: number[] = [];
  #isInMessage = false;
  #isClosing = false;

  push(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; ) at = this.advance(chunk, at);
  }

  /** Takes a chunk from `from` on, up to the end of a frame. @returns the index behind that end, or the chunk's length. */
  advance(chunk: Buffer, from: number): number {
    let at = from;
    while (at < chunk.length) {
      if (this.#payloadLeft > 0) {
        const step = Math.min(this.#payloadLeft, chunk.length - at);
        this.#payloadLeft -= step;
        at += step;
        if (this.#payloadLeft === 0) return at;
        continue;
      }
      this.#header.push(chunk[at] ?? 0);
      at += 1;
      const length = payloadLength(this.#header);
      if (length === undefined) continue;
      this.#note(this.#header[0] ?? 0);
      this.#payloadLeft = length;
      this.#header = [];
      if (length === 0) return at;
    }
    return at;
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

  #note(first: number): void {
    const opcode = first & 0x0f;
    if (opcode === 8) this.#isClosing = true;
    if (opcode < 8) this.#isInMessage = (first & 0x80) === 0;
  }
}

/** Length of the payload after a complete header, mask included; undefined while the header is incomplete. */
function payloadLength(header: readonly number[]): number | undefined {
  const second = header[1];
  if (second === undefined) return undefined;
  const short = second & 0x7f;
  const extended = short === 126 ? 2 : short === 127 ? 8 : 0;
  const mask = (second & 0x80) === 0 ? 0 : 4;
  if (header.length < 2 + extended + mask) return undefined;
  if (extended === 0) return short;
  return header.slice(2, 2 + extended).reduce((sum, byte) => sum * 256 + byte, 0);
}

/** A Close frame (RFC 6455 5.5.1), unmasked as a server's is. */
export function closeFrame(code: number): Buffer {
  return Buffer.from([0x88, 2, code >> 8, code & 0xff]);
}
