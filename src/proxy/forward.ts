// Sends a judged request upstream and streams the answer back. Nothing is decided here.

import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Transform, Writable } from 'node:stream';
import { FramegateError } from '../kernel/errors.ts';
import { type AnswerFilter, FilteredAnswer } from './answer-filter.ts';
import type { AnswerReceiver, Engine, UpstreamControl } from './engines/engine.ts';
import type { MountedRoute } from './mounts.ts';
import { buildResponseHeaders, type EmbedHeaders, type RawHeaders } from './response-headers.ts';
import { writeHead } from './write-head.ts';

/** Changes a document on its way; made by embed, given by the composition root. */
export interface DocumentRewrite {
  /** The stream to put between, or undefined to pass the body untouched. May change the headers in place. */
  open(status: number, headers: RawHeaders, headRequest: boolean): readonly Transform[] | undefined;
}

export interface ForwardInput {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly engine: Engine;
  readonly mounted: MountedRoute;
  readonly headers: OutgoingHttpHeaders;
  /** The request's body, where it has been read already. */
  readonly body: Buffer | undefined;
  /** Cuts the answer down before anything else sees it; undefined: the answer is streamed. */
  readonly filter: AnswerFilter | undefined;
  readonly embed: EmbedHeaders;
  readonly cookies: 'lax' | 'partitioned';
  readonly origin: string | undefined;
  readonly rewrite: DocumentRewrite | undefined;
  /** True once the server stops: the answer tells its client to go away. */
  isDraining(): boolean;
  /** Called for an answer that is not over at once, with what cuts it. */
  onOpenAnswer(destroy: () => void, endless: boolean): void;
}

/** How long an upload that nobody wants may go on, in milliseconds. */
const DRAIN_MS = 5000;

// Headers that a host application's middleware (helmet, cors) may have set before us and that would break the frame.
const HOST_HEADERS = [
  'content-security-policy',
  'content-security-policy-report-only',
  'x-frame-options',
  'cross-origin-opener-policy',
  'cross-origin-resource-policy',
  'cross-origin-embedder-policy',
  'origin-agent-cluster',
  'referrer-policy',
  'x-powered-by',
  'x-permitted-cross-domain-policies',
  'access-control-allow-origin',
  'access-control-allow-credentials',
  'access-control-expose-headers',
  'cache-control',
  'etag',
  'vary',
  'x-content-type-options',
];

/**
 * Resolves with the status that was sent, once the answer is over, whole or cut. As long as nothing was sent it rejects;
 * afterwards the connection is destroyed, so that a truncated answer never looks whole (PRX-28, PRX-U16).
 */
export function forward(input: ForwardInput): Promise<number> {
  return new Promise((resolve, reject) => {
    // It may have left while its identity was asked for; `close` would never be heard again.
    if (input.res.destroyed) {
      reject(new FramegateError('FRAMEGATE_BAD_REQUEST', { reason: 'client-gone' }));
      return;
    }
    const { req, res, headers, body, filter, mounted } = input;
    const answer = new ForwardedAnswer(input, resolve, reject);
    const receiver =
      filter === undefined
        ? answer
        : new FilteredAnswer(answer, {
            filter,
            headRequest: req.method === 'HEAD',
            idleMs: mounted.route.upstream.timeouts.idleMs,
            onHeld: (giveUp) => input.onOpenAnswer(giveUp, false),
          });
    input.engine.request({ req, res, target: mounted.forwardTarget, headers, body }, receiver);
  });
}

/** How long a browser may read nothing of what waits for it, in milliseconds. */
const MAX_STALL_MS = 120_000;

/** A body up to this many bytes goes out together with its head. */
const MAX_HELD_BYTES = 4096;

const ignore = (): void => {};

class ForwardedAnswer implements AnswerReceiver {
  readonly #input: ForwardInput;
  readonly #resolve: (status: number) => void;
  readonly #reject: (error: FramegateError) => void;
  #control: UpstreamControl | undefined;
  /** What takes the body: the browser's answer, or the first of the transforms before it. */
  #target: Writable;
  #transforms: readonly Transform[] = [];
  #idle: NodeJS.Timeout | undefined;
  /** A small first piece, until it is known whether it is the whole body. */
  #held: Buffer | undefined;
  #turnIsOver = false;
  /** How long the browser has read nothing, in milliseconds; looked at each time the idle timer ends. */
  #stalledMs = 0;
  #wroteBody = false;
  #ended = false;

  constructor(input: ForwardInput, resolve: (status: number) => void, reject: (error: FramegateError) => void) {
    this.#input = input;
    this.#target = input.res;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  head(status: number, rawHeaders: readonly string[], control: UpstreamControl): void {
    const { req, res, mounted, rewrite } = this.#input;
    // 1xx never gets here; anything else outside 200..599 is no final status (PRX-24).
    if (status < 200 || status > 599) throw new FramegateError('FRAMEGATE_UPSTREAM_PROTOCOL', { reason: 'status' });
    const headers = buildResponseHeaders({
      status,
      rawHeaders,
      mounted,
      embed: this.#input.embed,
      cookies: this.#input.cookies,
      origin: this.#input.origin,
    });
    const transforms = rewrite?.open(status, headers, req.method === 'HEAD');
    if (res.getHeaderNames().length > 0) clearHostHeaders(res, headers);
    if (this.#input.isDraining()) headers.push(['Connection', 'close']);
    // The reason phrase is Node's own: an upstream's may hold bytes that end the process (PRX-H8).
    writeHead(res, status, headers);
    this.#control = control;
    if (transforms !== undefined) this.#insert(transforms);
    res.on('close', () => this.#onClose(status));
    // A write to a browser that has gone; `close` follows and does what is to be done.
    res.on('error', ignore);
    const type = headers.find(([name]) => name.length === 12 && name.toLowerCase() === 'content-type')?.[1] ?? '';
    const eventStream = /^text\/event-stream/i.test(type);
    process.nextTick(() => this.#onTurnOver(eventStream));
  }

  data(chunk: Buffer): boolean {
    if (!this.#wroteBody && chunk.length <= MAX_HELD_BYTES && this.#transforms.length === 0 && !this.#turnIsOver) {
      this.#wroteBody = true;
      this.#held = chunk;
      return true;
    }
    this.#wroteBody = true;
    this.#idle?.refresh();
    this.#release();
    if (this.#send(chunk)) return true;
    this.#target.once('drain', () => {
      this.#stalledMs = 0;
      this.#idle?.refresh();
      this.#control?.resume();
    });
    return false;
  }

  #send(chunk: Buffer): boolean {
    // What a host application has put around `write` may keep it.
    if (chunk.length <= MAX_HELD_BYTES || this.#transforms.length > 0 || Object.hasOwn(this.#target, 'write'))
      return this.#target.write(chunk);
    // The browser's connection is through with it when it says so, and not when it breaks.
    return this.#target.write(chunk, (error) => {
      if (!error) this.#control?.giveBack?.(chunk);
    });
  }

  end(): void {
    this.#ended = true;
    clearTimeout(this.#idle);
    const held = this.#held;
    this.#held = undefined;
    // As text Node.js puts head and body into one write; each character is one byte, so the length holds.
    if (held === undefined) this.#target.end();
    else this.#target.end(held.toString('latin1'), 'latin1');
  }

  #release(): void {
    if (this.#held === undefined) return;
    const held = this.#held;
    this.#held = undefined;
    this.#target.write(held);
  }

  failed(error: FramegateError): void {
    if (this.#control === undefined) this.#reject(error);
    else this.#cut();
  }

  #insert(transforms: readonly Transform[]): void {
    const { res } = this.#input;
    this.#transforms = transforms;
    for (const [index, transform] of transforms.entries()) {
      transform.once('error', () => this.#cut());
      transform.pipe(transforms[index + 1] ?? res);
    }
    this.#target = transforms[0] ?? res;
  }

  /** What came together with the head has been written; most answers are over by now. */
  #onTurnOver(eventStream: boolean): void {
    const { res, mounted } = this.#input;
    this.#turnIsOver = true;
    if (this.#ended || res.destroyed) return;
    this.#release();
    // An event stream's head must not wait for its first event (PRX-H17, PRX-17).
    if (!this.#wroteBody) res.flushHeaders();
    // Whatever is still under way ends with the session, whatever type it says it has.
    this.#input.onOpenAnswer(() => this.#cut(), eventStream);
    if (!eventStream) this.#idle = setTimeout(() => this.#onIdle(), mounted.route.upstream.timeouts.idleMs);
  }

  #onIdle(): void {
    // A browser that reads slowly is not a silent upstream; one that reads nothing at all holds a connection of everybody's.
    this.#stalledMs += this.#input.mounted.route.upstream.timeouts.idleMs;
    if (this.#target.writableNeedDrain && this.#stalledMs < MAX_STALL_MS) this.#idle?.refresh();
    else this.#cut();
  }

  #cut(): void {
    clearTimeout(this.#idle);
    this.#control?.destroy();
    for (const transform of this.#transforms) transform.destroy();
    this.#input.res.destroy();
  }

  #onClose(status: number): void {
    clearTimeout(this.#idle);
    const { req, res } = this.#input;
    if (!res.writableFinished) this.#control?.destroy();
    if (!req.complete) drain(req);
    this.#resolve(status);
  }
}

function clearHostHeaders(res: ServerResponse, headers: RawHeaders): void {
  for (const name of HOST_HEADERS) res.removeHeader(name);
  // What was set before is replaced by name; a host application's own cookie must not be lost to an upstream's.
  for (const cookie of [res.getHeader('set-cookie') ?? []].flat()) headers.push(['Set-Cookie', String(cookie)]);
}

/**
 * The upstream answered before the upload was over (413, 401): the rest is read into the void for a while, so that the
 * browser gets to the answer instead of a reset (PRX-18).
 */
function drain(req: IncomingMessage): void {
  req.unpipe();
  req.resume();
  const deadline = setTimeout(() => req.socket.destroy(), DRAIN_MS);
  for (const event of ['end', 'close']) req.once(event, () => clearTimeout(deadline));
}
