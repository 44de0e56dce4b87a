// Frames as a browser sends them, and as one that is up to something would.

export interface FrameOptions {
  readonly opcode?: number;
  readonly isFinal?: boolean;
  /** Default: masked. */
  readonly isMasked?: boolean;
  /** Default: the shortest. */
  readonly form?: 0 | 2 | 8;
  /** The three bits behind FIN. */
  readonly reserved?: number;
}

const MASK = Buffer.from([0x12, 0x34, 0x56, 0x78]);

export function clientFrame(content: string | Buffer, options: FrameOptions = {}): Buffer {
  const { opcode = 1, isFinal = true, isMasked = true, reserved = 0 } = options;
  const payload = Buffer.from(content);
  const { length } = payload;
  const form = options.form ?? (length < 126 ? 0 : length <= 0xffff ? 2 : 8);
  const head = Buffer.alloc(2 + form);
  head[0] = (isFinal ? 0x80 : 0) | reserved | opcode;
  head[1] = (isMasked ? 0x80 : 0) | (form === 0 ? length : form === 2 ? 126 : 127);
  if (form === 2) head.writeUInt16BE(length, 2);
  if (form === 8) head.writeBigUInt64BE(BigInt(length), 2);
  if (!isMasked) return Buffer.concat([head, payload]);
  return Buffer.concat([head, MASK, payload.map((byte, index) => byte ^ (MASK[index % 4] ?? 0))]);
}
