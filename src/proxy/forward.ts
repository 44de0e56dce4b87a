// Sends a judged request upstream and streams the answer back. Nothing is decided here.

import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Readable, Transform } from 'node:stream';
import { FramegateError } from '../kernel/errors.ts';
import type { Engine, UpstreamAnswer } from './engines/engine.ts';
import type { MountedRoute } from './mounts.ts';
import { buildResponseHeaders, type EmbedHeaders, type RawHeaders } from './response-headers.ts';
import { upstreamError } from './upstream-error.ts';
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
  readonly embed: EmbedHeaders;
  readonly cookies: 'lax' | 'partitioned';
  readonly origin: string | undefined;
  readonly rewrite: DocumentRewrite | undefined;
  /** Called for an answer without end, with what cuts it. */
  onEventStream(destroy: () => void): void;
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
 * @throws {FramegateError} as long as nothing was sent to the browser; afterwards the connection is destroyed, so that
 *   a truncated answer never looks whole (PRX-28, PRX-U16).
 * @returns the status that was sent.
 */
export async function forward(input: ForwardInput): Promise<number> {
  const { req, res, engine, mounted } = input;
  const answer = await engine.request({ req, res, target: mounted.forwardTarget, headers: input.headers });
  let body: Readable;
  try {
    body = answerHead(input, answer);
  } catch (error) {
    answer.body.on('error', () => {});
    answer.destroy();
    throw upstreamError(error);
  }
  await pump(answer, body, input);
  return answer.status;
}

function answerHead(input: ForwardInput, answer: UpstreamAnswer): Readable {
  const { req, res, mounted } = input;
  // 1xx never gets here; anything else outside 200..599 is no final status (PRX-24).
  if (answer.status < 200 || answer.status > 599) throw new FramegateError('FRAMEGATE_UPSTREAM_PROTOCOL', { reason: 'status' });
  const headers = buildResponseHeaders({
    status: answer.status,
    rawHeaders: answer.rawHeaders,
    mounted,
    embed: input.embed,
    cookies: input.cookies,
    origin: input.origin,
  });
  const transforms = input.rewrite?.open(answer.status, headers, req.method === 'HEAD');
  let body = answer.body;
  for (const transform of transforms ?? []) {
    const source = body;
    source.once('error', (error) => transform.destroy(error));
    source.once('close', () => {
      if (!source.readableEnded) transform.destroy(new Error('upstream ended early'));
    });
    body = source.pipe(transform);
  }
  for (const name of HOST_HEADERS) res.removeHeader(name);
  // What was set before is replaced by name; a host application's own cookie must not be lost to an upstream's.
  for (const cookie of [res.getHeader('set-cookie') ?? []].flat()) headers.push(['Set-Cookie', String(cookie)]);
  // The reason phrase is Node's own: an upstream's may hold bytes that end the process (PRX-H8).
  writeHead(res, answer.status, headers);
  return body;
}

function pump(answer: UpstreamAnswer, body: Readable, { req, res, mounted, onEventStream }: ForwardInput): Promise<void> {
  return new Promise((resolve) => {
    const { idleMs } = mounted.route.upstream.timeouts;
    let idle: NodeJS.Timeout | undefined;
    const cut = () => {
      clearTimeout(idle);
      answer.destroy();
      body.destroy();
      res.destroy();
    };
    const onIdle = () => {
      // A browser that reads slowly is not a silent upstream.
      if (res.writableNeedDrain) idle?.refresh();
      else cut();
    };
    if (contentType(answer).startsWith('text/event-stream')) onEventStream(cut);
    else idle = setTimeout(onIdle, idleMs);
    let wrote = false;
    body.on('data', () => {
      wrote = true;
      idle?.refresh();
    });
    body.once('error', cut);
    answer.body.once('error', cut);
    answer.body.once('close', () => {
      // A FIN in the middle of a body ends the stream without an error (PRX-H7): cut, never a clean end.
      if (!answer.isComplete()) cut();
    });
    res.once('close', () => {
      clearTimeout(idle);
      if (!res.writableFinished) answer.destroy();
      if (!req.complete) drain(req);
      resolve();
    });
    res.once('error', cut);
    body.pipe(res);
    // An event stream's head must not wait for its first event (PRX-H17, PRX-17).
    setImmediate(() => {
      if (!wrote && !res.writableEnded && !res.destroyed) res.flushHeaders();
    });
  });
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

function contentType(answer: UpstreamAnswer): string {
  const index = answer.rawHeaders.findIndex((text, i) => i % 2 === 0 && text.toLowerCase() === 'content-type');
  return index === -1 ? '' : (answer.rawHeaders[index + 1] ?? '').toLowerCase();
}
