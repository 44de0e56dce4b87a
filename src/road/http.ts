// One HTTP request along the road.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Request, RequestHandler, Response } from 'express';
import { answerPreflight, isPreflight } from '../embed/cors.ts';
import { decodePercent } from '../kernel/decode-percent.ts';
import { ERROR_TABLE, FramegateError } from '../kernel/errors.ts';
import { mergeVary } from '../proxy/caching.ts';
import { isDocumentRequest } from '../proxy/documents.ts';
import { forward } from '../proxy/forward.ts';
import { pathOf } from '../proxy/guard-target.ts';
import type { FollowedRequest } from '../proxy/live-connections.ts';
import { under } from '../proxy/mounts.ts';
import { writeHead } from '../proxy/write-head.ts';
import { chooseFilter } from './answer-filter.ts';
import { createEmbeddingNote } from './embedding-note.ts';
import type { GateParts } from './parts.ts';
import { type Outcome, recordOutcome } from './record.ts';
import { checkOrigin, type JudgedScope, runDecision, runGuard } from './run.ts';
import { Scope } from './scope.ts';
import { Denied, SignInNeeded } from './steps.ts';

/** Connections whose last answer was given. */
const closing = new WeakSet<object>();

/** A request as it comes from a server of ours, or through Express. */
type RoadRequest = IncomingMessage & { readonly originalUrl?: string; readonly baseUrl?: string };

export type HttpRoad = (req: RoadRequest, res: ServerResponse, next: (error?: unknown) => void) => Promise<void>;

/** @param ownRoutes Answers everything below `/_gate`; for these the request has to have come through Express. */
export function createHttpRoad(parts: GateParts, ownRoutes: RequestHandler): HttpRoad {
  const noteEmbedding = createEmbeddingNote(parts);
  return async function road(req, res, next) {
    // A pipelined request waits for its turn: whether it is one shows when those before it have been answered.
    if (res.socket === null) await turnOf(res);
    // What follows a refused request on its connection may be the rest of it (RFC 9112 9.6).
    if (closing.has(req.socket)) {
      req.socket.destroy();
      return;
    }
    const scope = new Scope(req, 'http', req.originalUrl ?? req.url ?? '', parts);
    try {
      parts.assertMounted(req);
      // The host application's own paths are its own to guard.
      if (parts.isHosted(req) && scope.target.startsWith('/') && !isOurs(scope.target, parts)) {
        next();
        return;
      }
      runGuard(scope, parts);
      if (answeredPreflight(scope, res, parts)) return;
      if (isOwnPath(scope.target, parts.gatePrefix())) {
        res.once('close', () => parts.meters.countOwnRequest(res.statusCode));
        ownRoutes(req as Request, res as Response, next);
        return;
      }
      checkOrigin(scope, parts);
      if (scope.mounted === undefined) throw new FramegateError('FRAMEGATE_NOT_FOUND', { reason: 'no-upstream' });
      assertBodyUnread(req);
      const judged = await runDecision(scope, parts);
      noteEmbedding(req.headers);
      const followed = follow(judged, parts);
      try {
        const status = await send(judged, res, followed, parts);
        recordOutcome(scope, parts, { outcome: 'allowed', status });
      } finally {
        followed.forget();
      }
    } catch (error) {
      if (error instanceof SignInNeeded) noteEmbedding(req.headers);
      answerFailure(scope, res, error, parts);
    }
  };
}

/** Node.js gives an answer its connection when those before it on that connection are over. */
function turnOf(res: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    res.once('socket', () => resolve());
    res.once('close', () => resolve());
  });
}

/** From this many connections to an upstream on, one session may have half of them. */
const LEAST_SHARED = 16;

function follow({ mounted, session }: JudgedScope, parts: GateParts): FollowedRequest {
  const { maxSockets } = mounted.route.upstream;
  // One person's stalled reads must leave connections for the others; a browser has far fewer under way.
  if (maxSockets >= LEAST_SHARED && parts.live.countRequests(session.key) >= maxSockets / 2)
    throw new FramegateError('FRAMEGATE_TOO_MANY', { reason: 'requests-of-session', retryAfterSeconds: 1 });
  return parts.live.addRequest(session.key, session.identity, mounted.route.upstream.name);
}

function send(scope: JudgedScope, res: ServerResponse, followed: FollowedRequest, parts: GateParts): Promise<number> {
  const { req, mounted } = scope;
  return forward({
    req,
    res,
    engine: parts.engineFor(mounted),
    mounted,
    headers: scope.headers,
    body: scope.body,
    filter: chooseFilter(scope, mounted, parts),
    embed: parts.embed,
    cookies: parts.config.embed.cookies,
    origin: req.headers.origin,
    rewrite: isDocumentRequest(scope.method, req.headers) ? parts.documentRewrite : parts.answerRewrite(mounted, req.headers),
    isDraining: parts.isDraining,
    onOpenAnswer(destroy, endless) {
      scope.isEndless ||= endless;
      // Judged by rules that are no longer in force, and without an end of its own: the page asks again.
      if (endless && parts.isRetired()) destroy();
      else followed.stayOpen(destroy, endless);
    },
  });
}

function answerFailure(scope: Scope, res: ServerResponse, error: unknown, parts: GateParts): void {
  const { req } = scope;
  const context = { requestId: scope.requestId };
  const failure =
    error instanceof FramegateError || error instanceof SignInNeeded || error instanceof Denied
      ? error
      : new FramegateError('FRAMEGATE_INTERNAL', { cause: error });
  recordOutcome(scope, parts, describeFailure(failure));
  if (res.headersSent || res.destroyed) {
    res.destroy();
    return;
  }
  for (const name of res.getHeaderNames()) if (name !== 'set-cookie') res.removeHeader(name);
  for (const [name, value] of parts.embed.cors(req.headers.origin)) res.setHeader(name, value);
  res.setHeader('Vary', mergeVary(undefined, ['Cookie', 'Origin', 'Sec-Fetch-Site', 'Sec-Fetch-Dest']));
  // A refused request's body is not worth reading, and bytes behind it must not be taken for a request.
  const hasBody = req.headers['content-length'] !== undefined || req.headers['transfer-encoding'] !== undefined;
  const unread = hasBody && (!req.complete || (failure instanceof FramegateError && failure.code === 'FRAMEGATE_BODY_TOO_LARGE'));
  if (unread || (failure instanceof FramegateError && failure.status < 500 && scope.session === undefined)) {
    res.setHeader('Connection', 'close');
    closing.add(req.socket);
  }
  if (failure instanceof SignInNeeded) {
    parts.answers.signIn(req, res, context);
  } else if (failure instanceof Denied) {
    parts.answers.denied(req, res, { ...context, login: scope.session?.identity.login ?? '' });
  } else {
    parts.answers.problem(req, res, failure, context);
  }
}

export function describeFailure(failure: FramegateError | SignInNeeded | Denied): Outcome {
  if (failure instanceof SignInNeeded) return { outcome: 'refused', status: 401, reason: 'not-signed-in' };
  if (failure instanceof Denied) return { outcome: 'denied', status: 403, reason: failure.reasons.join(' ') };
  const { status, code, reason = code, message, cause } = failure;
  if (status < 500) return { outcome: 'refused', status, code, reason, cause };
  // What an operator or the host application's developer has to do stands in the message, where there is one.
  return {
    outcome: 'failed',
    status,
    code,
    reason,
    cause,
    ...(message === reason || message === ERROR_TABLE[failure.code].title ? {} : { message }),
  };
}

function answeredPreflight(scope: Scope, res: ServerResponse, parts: GateParts): boolean {
  const { headers } = scope.req;
  if (!isPreflight(scope.method, headers)) return false;
  const answer = answerPreflight(headers, parts.config.embed.hosts, parts.corsHeaders);
  if (answer === undefined) throw new FramegateError('FRAMEGATE_CROSS_ORIGIN', { reason: 'preflight' });
  for (const name of res.getHeaderNames()) res.removeHeader(name);
  writeHead(res, 204, [
    ...answer,
    ['Vary', 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers'],
    ['Cache-Control', 'no-store'],
  ]);
  res.end();
  return true;
}

/** Whether the target lies under an upstream's mount, or is an own path. */
export function isOurs(target: string, parts: Pick<GateParts, 'findMount' | 'gatePrefix'>): boolean {
  return parts.findMount(target) !== undefined || isOwnPath(target, parts.gatePrefix());
}

/** Below the reserved prefix in any spelling: such a path is never forwarded. */
export function isOwnPath(target: string, prefix: string): boolean {
  const path = target.includes('%') ? decodePercent(pathOf(target)) : target;
  // With the character behind, which tells whether the name ends there.
  return under(path.slice(0, prefix.length + 1).toLowerCase(), prefix.toLowerCase()) !== undefined;
}

/** A parser in front of us has eaten the body; forwarding would wait for ever (PRX-H23). */
function assertBodyUnread(req: IncomingMessage): void {
  const hasBody = req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length'] ?? 0) > 0;
  if (!hasBody || !(req.readableDidRead || req.readableEnded)) return;
  throw new FramegateError('FRAMEGATE_BODY_CONSUMED', {
    reason: 'body-already-read',
    message: 'the request body was read before the gate: mount gate.middleware before express.json() and other body parsers',
  });
}
