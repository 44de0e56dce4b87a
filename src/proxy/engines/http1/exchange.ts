import type { IncomingMessage } from 'node:http';
import { FramegateError } from '../../../kernel/errors.ts';
import { errorCode, upstreamError } from '../../upstream-error.ts';
import type { AnswerReceiver, EngineRequest, UpstreamControl } from '../engine.ts';
import { isReplayable } from '../replayable.ts';
import type { AnswerHead } from './answer-head.ts';
import { buildRequestHead } from './request-head.ts';

/** What somebody does for an exchange in his hands; for any other, nothing. */
export interface Carrier {
  /** The exchange is given up. */
  drop(exchange: Exchange): void;
  /** Its receiver can take more. */
  resume(exchange: Exchange): void;
}

export interface ExchangeOwner {
  /** Sends it once more, over a new connection. */
  repeat(exchange: Exchange): void;
  /** It is over; called once. */
  onOver(): void;
  giveBack(chunk: Buffer): void;
}

/** One request and its answer. Once it is over nothing more is told to the receiver. */
export class Exchange implements UpstreamControl {
  readonly req: IncomingMessage;
  readonly method: string;
  readonly requestHead: string;
  /** The body that has been read already; undefined: that of `req`, where it has one. */
  readonly body: Buffer | undefined;
  readonly hasBody: boolean;
  /** Whether its connection may serve another request. */
  readonly keepsConnection: boolean;
  /** The connection that carries it, or is being opened for it; the pool while it waits for one. */
  connection: Carrier | undefined;
  #isAnswered = false;
  #isOver = false;
  #mayRepeat: boolean;
  readonly #receiver: AnswerReceiver;
  readonly #owner: ExchangeOwner;

  /** @throws {TypeError} for headers that cannot be sent. */
  constructor({ req, res, target, headers, body }: EngineRequest, receiver: AnswerReceiver, owner: ExchangeOwner) {
    this.req = req;
    this.method = req.method ?? 'GET';
    this.requestHead = buildRequestHead(this.method, target, headers);
    const length = req.headers['content-length'];
    this.body = body;
    this.hasBody = req.headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
    this.keepsConnection = headers['connection'] !== 'close';
    this.#mayRepeat = isReplayable(req);
    this.#receiver = receiver;
    this.#owner = owner;
    res.on('close', () => {
      if (!this.#isOver) this.fail(new FramegateError('FRAMEGATE_BAD_REQUEST', { reason: 'client-gone' }));
    });
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Its final head has come. */
  get isAnswered(): boolean {
    return this.#isAnswered;
  }

  answer({ status, rawHeaders }: AnswerHead): void {
    this.#isAnswered = true;
    if (!this.#isOver) this.#receiver.head(status, rawHeaders, this);
  }

  /** @returns false when nothing more can be taken for now. */
  take(chunk: Buffer): boolean {
    return this.#isOver || this.#receiver.data(chunk);
  }

  end(): void {
    if (this.#isOver) return;
    this.#settle();
    this.#receiver.end();
  }

  /** @param unanswered The connection had served before, and brought no byte of an answer. */
  fail(error: unknown, unanswered = false): void {
    if (this.#isOver) return;
    if (unanswered && this.#mayRepeat && isStaleSocket(error)) {
      // The upstream had closed the pooled connection before it saw the request (PRX-32).
      this.#mayRepeat = false;
      this.#owner.repeat(this);
      return;
    }
    this.#settle();
    this.connection?.drop(this);
    this.#receiver.failed(upstreamError(error));
  }

  resume(): void {
    if (!this.#isOver) this.connection?.resume(this);
  }

  destroy(): void {
    if (this.#isOver) return;
    this.#settle();
    this.connection?.drop(this);
  }

  giveBack(chunk: Buffer): void {
    this.#owner.giveBack(chunk);
  }

  #settle(): void {
    this.#isOver = true;
    this.#owner.onOver();
  }
}

function isStaleSocket(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'ECONNRESET' || code === 'EPIPE' || (error instanceof FramegateError && error.reason === 'answer-cut');
}
