// Where one WebSocket frame ends and the next begins (RFC 6455 5.2), so that a Close frame of ours never lands in the
// middle of an upstream's frame. Payloads are counted, never read.

export class FrameBoundary {
  /** Bytes of the current frame's payload that are still to come. */
  #payloadLeft = 0;
  /** Bytes of a header that has not fully arrived. */
  #header: number[] = [];

  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#payloadLeft > 0) {
        const step = Math.min(this.#payloadLeft, chunk.length - at);
        this.#payloadLeft -= step;
        at += step;
        continue;
      }
      this.#header.push(chunk[at] ?? 0);
      at += 1;
      const length = payloadLength(this.#header);
      if (length === undefined) continue;
      this.#payloadLeft = length;
      this.#header = [];
    }
  }

  /** True between two frames. */
  get isBetweenFrames(): boolean {
    return this.#payloadLeft === 0 && this.#header.length === 0;
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
