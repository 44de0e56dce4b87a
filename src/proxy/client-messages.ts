// A browser's messages out of its frames: fragments put together, control frames let through (RFC 6455 5.4, 5.5).

import { ByteCollector } from './byte-collector.ts';
import { CLOSE_CODE, type ClientFrame, ClientFrameReader, FrameFault, OPCODE } from './websocket-frames.ts';

/** The longest message, in bytes, its fragments together. */
const MAX_MESSAGE_BYTES = 1024 * 1024;
/** Of its frames, headers included: fragments may be empty. */
const MAX_MESSAGE_FRAME_BYTES = 2 * MAX_MESSAGE_BYTES;

interface MessageReceiver {
  /** @param frames All frames of the message, as they came. */
  message(text: string, frames: Buffer): void;
  /** A ping, pong or Close frame, as it came. Behind a Close frame nothing is read any more. */
  control(frame: Buffer): void;
}

export class ClientMessages {
  readonly #reader = new ClientFrameReader(MAX_MESSAGE_BYTES);
  readonly #receiver: MessageReceiver;
  readonly #payload = new ByteCollector();
  readonly #frames = new ByteCollector();
  #isInMessage = false;
  #isClosed = false;

  constructor(receiver: MessageReceiver) {
    this.#receiver = receiver;
  }

  /** @throws {FrameFault} */
  push(chunk: Buffer): void {
    if (this.#isClosed) return;
    for (const frame of this.#reader.read(chunk)) {
      this.#take(frame);
      if (this.#isClosed) return;
    }
  }

  #take(frame: ClientFrame): void {
    const { opcode, isFinal, payload, bytes } = frame;
    if (opcode >= OPCODE.close) {
      if (opcode === OPCODE.close) {
        checkClose(payload);
        this.#isClosed = true;
      }
      this.#receiver.control(bytes);
      return;
    }
    if ((opcode === OPCODE.continuation) !== this.#isInMessage) throw new FrameFault(CLOSE_CODE.protocolError, 'frame-order');
    if (isFinal && !this.#isInMessage) {
      this.#receiver.message(decodeText(payload), bytes);
      return;
    }
    this.#isInMessage = !isFinal;
    if (this.#payload.length + payload.length > MAX_MESSAGE_BYTES || this.#frames.length + bytes.length > MAX_MESSAGE_FRAME_BYTES)
      throw new FrameFault(CLOSE_CODE.tooBig, 'frame-too-big');
    this.#payload.append(payload);
    this.#frames.append(bytes);
    if (isFinal) this.#receiver.message(decodeText(this.#payload.take()), this.#frames.take());
  }
}

function decodeText(payload: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(payload);
  } catch {
    throw new FrameFault(CLOSE_CODE.badText, 'frame-text');
  }
}

/** RFC 6455 5.5.1, 7.4. */
function checkClose(payload: Buffer): void {
  if (payload.length === 0) return;
  const code = payload.length === 1 ? 0 : payload.readUInt16BE(0);
  const isKnown = (code >= 1000 && code <= 1014 && code !== 1004 && code !== 1005 && code !== 1006) || (code >= 3000 && code <= 4999);
  if (!isKnown) throw new FrameFault(CLOSE_CODE.protocolError, 'frame-close-code');
  decodeText(payload.subarray(2));
}
