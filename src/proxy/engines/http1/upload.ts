// A browser's body on its way upstream, as fast as the upstream takes it, framed as its head says.

import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

const CRLF = Buffer.from('\r\n');
const LAST_CHUNK = Buffer.from('0\r\n\r\n');

export class Upload {
  readonly #req: IncomingMessage;
  readonly #socket: Socket;
  readonly #chunked: boolean;
  readonly #onData: (chunk: Buffer) => void;
  readonly #onEnd: () => void;
  readonly #onDrain: () => void;
  /** Nobody else listens, and might keep what is freed. */
  readonly #isAlone: boolean;
  #isWhole = false;

  /** Begins at once. */
  constructor(req: IncomingMessage, socket: Socket, chunked: boolean) {
    this.#req = req;
    this.#socket = socket;
    this.#chunked = chunked;
    this.#isAlone = req.listenerCount('data') === 0;
    this.#onData = (chunk) => this.#send(chunk);
    this.#onEnd = () => {
      if (chunked) socket.write(LAST_CHUNK);
      this.#isWhole = true;
      this.stop();
    };
    this.#onDrain = () => req.resume();
    req.on('data', this.#onData);
    req.on('end', this.#onEnd);
    socket.on('drain', this.#onDrain);
  }

  /** All of it has been handed to the connection. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** What has not been sent yet stays with the request. */
  stop(): void {
    this.#req.removeListener('data', this.#onData);
    this.#req.removeListener('end', this.#onEnd);
    this.#socket.removeListener('drain', this.#onDrain);
  }

  #send(chunk: Buffer): void {
    const socket = this.#socket;
    if (!this.#chunked) {
      if (!socket.write(chunk, (error) => this.#free(chunk, error))) this.#req.pause();
      return;
    }
    socket.cork();
    socket.write(`${chunk.length.toString(16)}\r\n`, 'latin1');
    socket.write(chunk, (error) => this.#free(chunk, error));
    const goesOn = socket.write(CRLF);
    socket.uncork();
    if (!goesOn) this.#req.pause();
  }

  /** At once: the collector would wait until a hundred such pieces have come together. Node.js makes each a memory of its own. */
  #free({ buffer, byteLength }: Buffer, error: Error | null | undefined): void {
    if (this.#isAlone && !error && buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
  }
}
