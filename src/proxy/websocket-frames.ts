// Frames of WebSockets on the wire (RFC 6455 5), where framegate reads what a browser sends. Strict: what two parsers could
// read differently is a fault, so that what was judged is what the upstream reads.

import { randomBytes } from 'node:crypto';
import { ByteCollector } from './byte-collector.ts';

export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** Codes of Close frames (RFC 6455 7.4.1). */
export const CLOSE_CODE = {
  goingAway: 1001,
  protocolError: 1002,
  unsupportedData: 1003,
  badText: 1007,
  policy: 1008,
  tooBig: 1009,
} as const;

/** Ends the socket. */
export class FrameFault extends Error {
  override name = 'FrameFault';
  readonly code: number;

  /** @param reason Fixed word for the log. */
  constructor(code: number, reason: string) {
    super(reason);
    this.code = code;
  }
}

export interface ClientFrame {
  readonly opcode: number;
  readonly isFinal: boolean;
  /** Unmasked. */
  readonly payload: Buffer;
  /** The whole frame, as it came. */
  readonly bytes: Buffer;
}

/** Reads frames of a client, however they are cut. */
export class ClientFrameReader {
  readonly #maxPayload: number;
  readonly #held = new ByteCollector();

  /** @param maxPayload In bytes; a longer frame is a fault as soon as its header is there. */
  constructor(maxPayload: number) {
    this.#maxPayload = maxPayload;
  }

  /** @throws {FrameFault} at the first frame that is none of RFC 6455's, compressed, binary, or too long. */
  *read(chunk: Buffer): Generator<ClientFrame> {
    let rest = chunk;
    while (rest.length > 0) {
      if (this.#held.length === 0) {
        const size = this.#sizeOf(rest);
        if (size.known && rest.length >= size.bytes) {
          yield parseFrame(rest.subarray(0, size.bytes));
          rest = rest.subarray(size.bytes);
          continue;
        }
      }
      const needed = this.#sizeOf(this.#held.view).bytes - this.#held.length;
      this.#held.append(rest.subarray(0, needed));
      rest = rest.subarray(needed);
      const size = this.#sizeOf(this.#held.view);
      if (size.known && this.#held.length === size.bytes) yield parseFrame(this.#held.take());
    }
  }

  /** How many bytes the frame has; while that is not known, how many are needed to get on. */
  #sizeOf(bytes: Buffer): { readonly known: boolean; readonly bytes: number } {
    const header = headerLength(bytes);
    if (bytes.length < header) return { known: false, bytes: header };
    return { known: true, bytes: header + checkHeader(bytes, this.#maxPayload) };
  }
}

/** @returns the payload's length. */
function checkHeader(bytes: Buffer, maxPayload: number): number {
  const [first = 0, second = 0] = bytes;
  const opcode = first & 0x0f;
  const short = second & 0x7f;
  // No extension was agreed on, so nothing gives these bits a meaning.
  if ((first & 0x70) !== 0) throw new FrameFault(CLOSE_CODE.protocolError, 'frame-reserved-bits');
  if (!(Object.values(OPCODE) as number[]).includes(opcode)) throw new FrameFault(CLOSE_CODE.protocolError, 'frame-opcode');
  if ((second & 0x80) === 0) throw new FrameFault(CLOSE_CODE.protocolError, 'frame-not-masked');
  if (opcode >= OPCODE.close && ((first & 0x80) === 0 || short > 125)) throw new FrameFault(CLOSE_CODE.protocolError, 'frame-control');
  if (opcode === OPCODE.binary) throw new FrameFault(CLOSE_CODE.unsupportedData, 'frame-binary');
  const length = short === 126 ? bytes.readUInt16BE(2) : short === 127 ? bytes.readUInt32BE(2) * 2 ** 32 + bytes.readUInt32BE(6) : short;
  if (length > maxPayload) throw new FrameFault(CLOSE_CODE.tooBig, 'frame-too-big');
  if ((short === 126 && length < 126) || (short === 127 && length <= 0xffff))
    throw new FrameFault(CLOSE_CODE.protocolError, 'frame-length');
  return length;
}

function headerLength(bytes: Buffer): number {
  const second = bytes[1];
  if (second === undefined) return 2;
  const short = second & 0x7f;
  return 2 + (short === 126 ? 2 : short === 127 ? 8 : 0) + ((second & 0x80) === 0 ? 0 : 4);
}

function parseFrame(bytes: Buffer): ClientFrame {
  const start = headerLength(bytes);
  const mask = bytes.subarray(start - 4, start);
  const payload = Buffer.allocUnsafe(bytes.length - start);
  for (let i = 0; i < payload.length; i += 1) payload[i] = (bytes[start + i] ?? 0) ^ (mask[i & 3] ?? 0);
  const first = bytes[0] ?? 0;
  return { opcode: first & 0x0f, isFinal: (first & 0x80) !== 0, payload, bytes };
}

/** A whole text message in one frame; a client's is masked, with a mask that nobody can foretell (RFC 6455 5.3). */
export function textFrame(text: string, from: 'client' | 'server'): Buffer {
  const payload = Buffer.from(text);
  const { length } = payload;
  const extended = length < 126 ? 0 : length <= 0xffff ? 2 : 8;
  const isMasked = from === 'client';
  const head = Buffer.alloc(2 + extended + (isMasked ? 4 : 0));
  head[0] = 0x80 | OPCODE.text;
  head[1] = (isMasked ? 0x80 : 0) | (extended === 0 ? length : extended === 2 ? 126 : 127);
  if (extended === 2) head.writeUInt16BE(length, 2);
  if (extended === 8) head.writeBigUInt64BE(BigInt(length), 2);
  if (isMasked) {
    const mask = randomBytes(4);
    mask.copy(head, 2 + extended);
    for (let i = 0; i < length; i += 1) payload[i] = (payload[i] ?? 0) ^ (mask[i & 3] ?? 0);
  }
  return Buffer.concat([head, payload]);
}
