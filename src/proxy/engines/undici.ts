// undici behind the seam, for plain HTTP: about half the cost of node:http's client. It is given a cleaned request and
// hands over the answer as its parser meets it; upgrades are carried by http-proxy.

import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { PassThrough, type Readable } from 'node:stream';
import { buildConnector, type Dispatcher, Pool } from 'undici';
import type { UpstreamConfig } from '../../config/config.ts';
import { FramegateError } from '../../kernel/errors.ts';
import { upstreamError } from '../upstream-error.ts';
import { watchBodyLength } from './body-limit.ts';
import type { AnswerReceiver, EngineRequest, HttpEngine } from './engine.ts';
import { isReplayable } from './replayable.ts';
import { buildTlsOptions } from './upstream-tls.ts';

/** How long a free connection is kept where the upstream does not say, in milliseconds: below what servers keep. */
const KEEP_ALIVE_MS = 4000;
const MAX_HEADER_BYTES = 16 * 1024;

export function createUndiciEngine(upstream: UpstreamConfig): HttpEngine {
  const pool = new Pool(upstream.origin, {
    connections: upstream.maxSockets,
    pipelining: 1,
    allowH2: false,
    keepAliveTimeout: KEEP_ALIVE_MS,
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: upstream.timeouts.firstByteMs,
    // Silence within an answer is watched by forward.ts, which knows event streams and slow readers.
    bodyTimeout: 0,
    connect: createConnector(upstream),
  });
  let inFlight = 0;
  const mostInFlight = upstream.maxSockets + upstream.maxQueue;
  const longestWaitMs = Math.max(upstream.timeouts.connectMs, upstream.timeouts.firstByteMs);

  function attempt(exchange: EngineRequest, receiver: AnswerReceiver, retries: number): void {
    const { req } = exchange;
    inFlight += 1;
    const onSettled = (): void => {
      inFlight -= 1;
    };
    const handler = new ExchangeHandler(exchange, receiver, onSettled, (error, unanswered) => {
      if (unanswered && retries > 0 && !exchange.res.destroyed && isReplayable(req)) attempt(exchange, receiver, retries - 1);
      else receiver.failed(translate(error));
    });
    const body = exchange.body ?? bodyOf(req);
    try {
      pool.dispatch(
        {
          path: exchange.target,
          method: (req.method ?? 'GET') as Dispatcher.HttpMethod,
          headers: listHeaders(exchange.headers),
          body,
          // An upstream that misreads the end of a chunked body must not find another person's request behind it.
          // Where nothing is said undici itself closes after HEAD, and after a body on a method that has none by rights.
          ...(exchange.headers['connection'] === 'close' ? { reset: true } : {}),
        },
        handler as unknown as Dispatcher.DispatchHandler,
      );
      watchBodyLength(req, upstream.maxBodyBytes, (error) => handler.onError(error));
      handler.awaitConnection(longestWaitMs);
    } catch (error) {
      handler.onError(error);
    }
  }

  return {
    request(exchange, receiver) {
      if (inFlight >= mostInFlight) {
        receiver.failed(new FramegateError('FRAMEGATE_BUSY', { reason: 'upstream-queue-full', retryAfterSeconds: 1 }));
        return;
      }
      attempt(exchange, receiver, 1);
    },
    connectionUse() {
      const { connected, running, pending } = pool.stats;
      return { busy: running, free: Math.max(connected - running, 0), waiting: pending };
    },
    close() {
      // A second close is refused by a promise that nobody would wait for.
      pool.close().catch(() => {});
    },
  };
}

function createConnector(upstream: UpstreamConfig): buildConnector.connector {
  const tls = buildTlsOptions(upstream);
  const connect = buildConnector({
    timeout: upstream.timeouts.connectMs,
    ...(upstream.socketPath === undefined ? {} : { socketPath: upstream.socketPath }),
    ...tls,
  });
  if (tls === undefined) return connect;
  // undici goes by the Host header's name otherwise.
  return function connectByName(options, callback) {
    connect({ ...options, servername: tls.servername }, callback);
  };
}

/** One exchange in undici's callbacks. Once it is over nothing more is told to the receiver. */
class ExchangeHandler {
  readonly #exchange: EngineRequest;
  readonly #receiver: AnswerReceiver;
  readonly #onSettled: () => void;
  readonly #onFailed: (error: unknown, unanswered: boolean) => void;
  readonly #onClose: () => void;
  #abort: ((error?: Error) => void) | undefined;
  #resume: (() => void) | undefined;
  #wait: NodeJS.Timeout | undefined;
  #answerBegan = false;
  #isOver = false;

  constructor(
    exchange: EngineRequest,
    receiver: AnswerReceiver,
    onSettled: () => void,
    onFailed: (error: unknown, unanswered: boolean) => void,
  ) {
    this.#exchange = exchange;
    this.#receiver = receiver;
    this.#onSettled = onSettled;
    this.#onFailed = onFailed;
    this.#onClose = () => this.#fail(new FramegateError('FRAMEGATE_BAD_REQUEST', { reason: 'client-gone' }));
    exchange.res.once('close', this.#onClose);
  }

  /** Ends the wait for a free connection; an idle one has taken the request by now. Call it after the dispatch. */
  awaitConnection(longestMs: number): void {
    if (this.#isOver || this.#abort !== undefined) return;
    this.#wait = setTimeout(
      () => this.#fail(new FramegateError('FRAMEGATE_BUSY', { reason: 'no-free-connection', retryAfterSeconds: 1 })),
      longestMs,
    );
  }

  onConnect(abort: (error?: Error) => void): void {
    clearTimeout(this.#wait);
    this.#abort = abort;
    if (this.#isOver) abort();
  }

  onResponseStarted(): void {
    this.#answerBegan = true;
  }

  onHeaders(status: number, rawHeaders: readonly Buffer[], resume: () => void): boolean {
    // 103 and other interim answers are dropped, always (PRX-24).
    if (status < 200 || this.#isOver) return true;
    this.#resume = resume;
    try {
      this.#receiver.head(status, decode(rawHeaders), { resume: () => this.#resume?.(), destroy: () => this.#finish(true) });
      // These have no body whatever their headers say (RFC 9112 6.3); undici waits for what Content-Length promises.
      if (status === 204 || status === 304) this.onComplete();
    } catch (error) {
      this.#fail(error);
    }
    return true;
  }

  onData(chunk: Buffer): boolean {
    return this.#isOver || this.#receiver.data(chunk);
  }

  onComplete(): void {
    if (this.#isOver) return;
    this.#finish(false);
    this.#receiver.end();
  }

  onError(error: unknown): void {
    this.#fail(error);
  }

  #fail(error: unknown): void {
    if (this.#isOver) return;
    const unanswered = !this.#answerBegan && isStaleSocket(error);
    this.#finish(true);
    this.#onFailed(error, unanswered);
  }

  #finish(abort: boolean): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#wait);
    this.#onSettled();
    this.#exchange.res.removeListener('close', this.#onClose);
    if (abort) this.#abort?.();
  }
}

/** The connection had served before and broke before this answer's first byte. */
function isStaleSocket(error: unknown): boolean {
  const { code, socket } = error as { code?: string; socket?: { bytesRead?: number } };
  if (code === 'ECONNRESET' || code === 'EPIPE') return true;
  return code === 'UND_ERR_SOCKET' && (socket?.bytesRead ?? 0) > 0;
}

function translate(error: unknown): FramegateError {
  switch ((error as { code?: string }).code) {
    case 'UND_ERR_CONNECT_TIMEOUT':
      return new FramegateError('FRAMEGATE_UPSTREAM_TIMEOUT', { reason: 'connect-timeout', cause: error });
    case 'UND_ERR_CLOSED':
    case 'UND_ERR_DESTROYED':
      return new FramegateError('FRAMEGATE_BUSY', { reason: 'stopping', cause: error, retryAfterSeconds: 1 });
    case 'UND_ERR_HEADERS_TIMEOUT':
      return new FramegateError('FRAMEGATE_UPSTREAM_TIMEOUT', { reason: 'first-byte-timeout', cause: error });
    default:
      return upstreamError(error);
  }
}

function decode(rawHeaders: readonly Buffer[]): string[] {
  const out: string[] = [];
  for (const bytes of rawHeaders) out.push(bytes.toString('latin1'));
  return out;
}

/** As a list, which undici takes as it is; framing and connection headers it writes by itself. */
function listHeaders(headers: OutgoingHttpHeaders): string[] {
  const list: string[] = [];
  for (const name in headers) {
    if (name === 'connection' || name === 'transfer-encoding') continue;
    const value = headers[name];
    if (Array.isArray(value)) for (const line of value) list.push(name, line);
    else if (value !== undefined) list.push(name, String(value));
  }
  return list;
}

/**
 * The browser's body, through a stream of our own: undici destroys the stream that it was given, and the request's own
 * would take the browser's connection with it, before an early answer could be read (PRX-18).
 */
function bodyOf(req: IncomingMessage): Readable | null {
  const length = req.headers['content-length'];
  if (req.headers['transfer-encoding'] === undefined && (length === undefined || length === '0')) return null;
  const body = new PassThrough();
  // undici listens only once it has a connection; a browser that leaves a waiting upload must not end the process.
  body.on('error', () => {});
  req.once('error', (error) => body.destroy(error));
  req.once('close', () => {
    if (!req.complete) body.destroy(new Error('the browser went away'));
  });
  return req.pipe(body);
}
