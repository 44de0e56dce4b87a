// One connection to an upstream, which carries one exchange at a time.

import type { Socket } from 'node:net';
import { FramegateError } from '../../../kernel/errors.ts';
import { watchBodyLength } from '../body-limit.ts';
import type { AnswerHead } from './answer-head.ts';
import { answerFault } from './answer-head.ts';
import { type AnswerListener, AnswerParser } from './answer-parser.ts';
import type { Carrier, Exchange } from './exchange.ts';
import type { ReadBuffers } from './read-buffers.ts';
import { Upload } from './upload.ts';

/** A shorter stretch of a body is copied: who keeps it should not keep a whole piece for it. */
const COPIED_BYTES = 32 * 1024;

/** How a connection reads: `net` and `tls` take it as `onread`. */
export interface OnRead {
  buffer(): Buffer;
  callback(size: number, buffer: Uint8Array): boolean;
}

export interface ConnectionOptions {
  /** Opens the socket; it reads from the start. */
  readonly open: (onread: OnRead) => Socket;
  /** Of the socket: the connection stands, certificate included. */
  readonly openEvent: 'connect' | 'secureConnect';
  readonly timeouts: { readonly connectMs: number; readonly firstByteMs: number };
  readonly buffers: ReadBuffers;
  /** Longest body of a request; undefined: no bound. */
  readonly maxBodyBytes: number | undefined;
  /** It may take another exchange. */
  onFree(connection: Connection): void;
  /** Called once; it carries nothing any more. */
  onClosed(connection: Connection): void;
}

export class Connection implements AnswerListener, Carrier {
  /** Looked at by the pool alone: for how many sweeps it has been free. */
  idleSweeps = 0;
  /** What the upstream says it keeps a free connection for, in seconds. */
  keepAliveSeconds: number | undefined;
  /** More of what has come may follow in this turn: behind a piece that was filled, and over TLS the next record. */
  mayBringMore = false;
  readonly #options: ConnectionOptions;
  readonly #socket: Socket;
  readonly #parser = new AnswerParser(this);
  /** Until the connection stands; then until the answer's head. One timer for all its exchanges. */
  #timer: NodeJS.Timeout;
  #exchange: Exchange | undefined;
  #upload: Upload | undefined;
  #error: Error | undefined;
  #isReused = false;
  /** A byte has come since the request was sent. */
  #answerBegan = false;
  #mayServeAgain = false;
  /** What is read into, and whether a view of it has left. */
  #piece: Buffer;
  #isLent = false;
  /** The receiver can take no more for now: nothing is read until it says so. */
  #isHeldBack = false;
  /** What had been read by then, and what came since: TLS hands on all that it has decrypted, whoever wants to wait. */
  #rest: Buffer | undefined;
  /** The upstream has ended the connection behind what waits in `rest`. */
  #endsAfterRest = false;

  /** Opens a connection for an exchange. */
  constructor(options: ConnectionOptions, exchange: Exchange) {
    this.#options = options;
    this.#exchange = exchange;
    this.#piece = options.buffers.take();
    const socket = options.open({
      buffer: () => this.#nextPiece(),
      callback: (size, buffer) => {
        this.#answerBegan = true;
        this.mayBringMore = size === buffer.length || options.openEvent === 'secureConnect';
        return this.#take((buffer as Buffer).subarray(0, size));
      },
    });
    this.#socket = socket;
    exchange.connection = this;
    this.#timer = setTimeout(
      () => this.#fail(new FramegateError('FRAMEGATE_UPSTREAM_TIMEOUT', { reason: 'connect-timeout' })),
      options.timeouts.connectMs,
    );
    socket.on(options.openEvent, () => this.#onOpen());
    socket.on('error', (error) => {
      this.#error = error;
    });
    socket.on('end', () => this.#onFin());
    socket.on('close', () => {
      clearTimeout(this.#timer);
      if (!this.#endsAfterRest || this.#error !== undefined) this.#fail(this.#error ?? answerFault('answer-cut'));
      options.onClosed(this);
    });
  }

  get isUsable(): boolean {
    return this.#socket.writable && !this.#socket.readableEnded;
  }

  /** Sends a request over the free connection. */
  carry(exchange: Exchange): void {
    this.#isReused = true;
    this.#exchange = exchange;
    exchange.connection = this;
    this.#send(exchange);
  }

  drop(exchange: Exchange): void {
    if (this.#exchange === exchange) this.destroy();
  }

  destroy(): void {
    this.#exchange = undefined;
    this.#stopUpload();
    this.#socket.destroy();
  }

  resume(exchange: Exchange): void {
    if (this.#exchange !== exchange || !this.#isHeldBack) return;
    this.#isHeldBack = false;
    const rest = this.#rest;
    // Called while the piece is being taken: reading simply goes on.
    if (rest === undefined) return;
    this.#rest = undefined;
    if (!this.#take(rest)) return;
    this.#socket.resume();
    if (this.#endsAfterRest) this.#onFin();
  }

  onHead(head: AnswerHead): void {
    const exchange = this.#exchange;
    if (exchange === undefined) return;
    this.keepAliveSeconds = head.keepAliveSeconds;
    this.#mayServeAgain = head.keepAlive && exchange.keepsConnection;
    exchange.answer(head);
  }

  onBody(chunk: Buffer): boolean {
    const exchange = this.#exchange;
    if (exchange === undefined) return true;
    // Before the call, in which the receiver may say that it goes on.
    this.#isHeldBack = true;
    if (exchange.take(this.#ownedChunk(chunk))) this.#isHeldBack = false;
    return !this.#isHeldBack;
  }

  onEnd(): void {
    this.#exchange?.end();
  }

  /** Memory that nobody reads into while somebody looks at it. */
  #ownedChunk(chunk: Buffer): Buffer {
    if (chunk.buffer !== this.#piece.buffer) return chunk;
    // A piece leaves once: who gives it back must have been the only one to look at it.
    if (chunk.length <= COPIED_BYTES || this.#isLent) return Buffer.from(chunk);
    this.#isLent = true;
    this.#options.buffers.lend(this.#piece);
    return chunk;
  }

  #onOpen(): void {
    clearTimeout(this.#timer);
    if (this.#exchange === undefined) {
      this.#socket.destroy();
      return;
    }
    this.#timer = setTimeout(() => this.#onLate(), this.#options.timeouts.firstByteMs).unref();
    this.#send(this.#exchange);
  }

  #send(exchange: Exchange): void {
    const { req } = exchange;
    this.#answerBegan = false;
    this.#parser.expect(exchange.method);
    this.#timer.refresh();
    this.#socket.write(exchange.requestHead, 'latin1');
    if (exchange.body !== undefined) this.#socket.write(exchange.body);
    if (exchange.body !== undefined || !exchange.hasBody) return;
    this.#upload = new Upload(req, this.#socket, req.headers['transfer-encoding'] !== undefined);
    watchBodyLength(req, this.#options.maxBodyBytes, (error) => this.#fail(error));
  }

  #onLate(): void {
    const exchange = this.#exchange;
    if (exchange === undefined || exchange.isAnswered) return;
    // While the browser is still sending, the upstream owes nothing yet; the server's requestTimeout bounds that.
    if (!exchange.req.complete) this.#timer.refresh();
    else this.#fail(new FramegateError('FRAMEGATE_UPSTREAM_TIMEOUT', { reason: 'first-byte-timeout' }));
  }

  #nextPiece(): Buffer {
    if (this.#isLent) {
      this.#isLent = false;
      this.#piece = this.#options.buffers.take();
    }
    return this.#piece;
  }

  /** @returns whether to go on reading. */
  #take(bytes: Buffer): boolean {
    if (this.#rest !== undefined) {
      this.#rest = Buffer.concat([this.#rest, bytes]);
      return false;
    }
    try {
      // What nobody asked for: the next exchange must not find it (PRX-U8).
      if (!this.#parser.isBusy) throw answerFault('unasked-bytes');
      const taken = this.#parser.push(bytes);
      if (!this.#parser.isBusy) this.#finish(taken === bytes.length);
      else if (this.#isHeldBack) this.#rest = Buffer.from(bytes.subarray(taken));
      return !this.#isHeldBack;
    } catch (error) {
      this.#fail(error);
      return false;
    }
  }

  #onFin(): void {
    if (this.#rest !== undefined) {
      this.#endsAfterRest = true;
      return;
    }
    try {
      if (!this.#parser.isBusy) throw answerFault('answer-cut');
      this.#parser.finish();
      this.#finish(false);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** The answer is over. @param isClean Nothing came behind it. */
  #finish(isClean: boolean): void {
    this.#exchange = undefined;
    this.#isHeldBack = false;
    // An upload that the upstream did not wait for would hold the connection for ever.
    const isSent = this.#upload?.isWhole ?? true;
    this.#stopUpload();
    if (isClean && isSent && this.#mayServeAgain && this.isUsable) this.#options.onFree(this);
    else this.#socket.destroy();
  }

  #fail(error: unknown): void {
    const exchange = this.#exchange;
    this.destroy();
    exchange?.fail(error, this.#isReused && !this.#answerBegan);
  }

  #stopUpload(): void {
    this.#upload?.stop();
    this.#upload = undefined;
  }
}
