// One WebSocket upgrade along the same road. No Express middleware has run here (PRX-H36), so every step is called by
// name, from the same list as for HTTP.

import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { FramegateError } from '../kernel/errors.ts';
import type { UpgradeOutcome } from '../proxy/engines/engine.ts';
import { FrameBoundary } from '../proxy/frame-boundary.ts';
import { joinJudged } from '../proxy/live-frames.ts';
import { passBytes } from '../proxy/pass-bytes.ts';
import { buildResponseHeaders } from '../proxy/response-headers.ts';
import { describeScope } from './audit-outcome.ts';
import { describeFailure, isOurs, isOwnPath } from './http.ts';
import { createMessageJudge } from './judged-messages.ts';
import type { GateParts } from './parts.ts';
import { recordFault, recordOutcome } from './record.ts';
import { checkOrigin, type JudgedScope, runDecision, runGuard } from './run.ts';
import { keepTold, Scope, type ToldScope } from './scope.ts';
import { answerSocket, refuseSocket } from './socket-answer.ts';
import { Denied, SignInNeeded } from './steps.ts';

/** Longest body of a refused upgrade that is relayed, in bytes. */
const MAX_RELAYED_BYTES = 64 * 1024;

export type UpgradeHandler = (req: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** The upgrade listeners that are gates, each with the question whether a target is its own. */
const gates = new WeakMap<object, (target: string) => boolean>();

/** @param now What of the configuration in force the steps use. */
export function createUpgradeRoad(now: () => GateParts): UpgradeHandler {
  function upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void {
    // First line: a reset before this listener is there ends the process (PRX-H13).
    socket.on('error', () => socket.destroy());
    const target = req.url ?? '';
    const parts = now();
    if (isOurs(target, parts) || !isTakenByAnother(upgrade, req, target)) void carry(req, socket, head, target, parts);
  }
  gates.set(upgrade, (target) => isOurs(target, now()));
  return upgrade;
}

/**
 * Whether an upgrade outside our mounts is left to another listener: any of the host application's, or the gate whose
 * path it is. Where there are only gates, and it is nobody's, the first of them refuses it.
 */
function isTakenByAnother(self: UpgradeHandler, req: IncomingMessage, target: string): boolean {
  const { server } = req.socket as Socket & { server?: NodeJS.EventEmitter };
  const listeners = server?.listeners('upgrade') ?? [];
  if (listeners.some((listener) => gates.get(listener)?.(target) ?? true)) return true;
  return listeners.length > 0 && listeners[0] !== self;
}

async function carry(req: IncomingMessage, socket: Duplex, head: Buffer, target: string, parts: GateParts): Promise<void> {
  const scope = new Scope(req, 'upgrade', target, parts);
  try {
    runGuard(scope, parts);
    checkOrigin(scope, parts);
    if (scope.mounted === undefined || isOwnPath(target, parts.gatePrefix()))
      throw new FramegateError('FRAMEGATE_NOT_FOUND', { reason: 'no-upstream' });
    const judged = await runDecision(scope, parts);
    // Judged by rules that are no longer in force: the page asks again.
    if (parts.isRetired()) throw new FramegateError('FRAMEGATE_BUSY', { reason: 'reloaded', retryAfterSeconds: 1 });
    if (parts.live.countSockets(judged.session.key) >= parts.config.session.maxSockets)
      throw new FramegateError('FRAMEGATE_TOO_MANY', { reason: 'sockets' });
    const status = await join(judged, socket, head, parts);
    recordOutcome(scope, parts, { outcome: status === 101 ? 'allowed' : 'failed', status });
    if (status === 101) auditClose(keepTold(scope), socket, parts);
  } catch (error) {
    const failure =
      error instanceof FramegateError || error instanceof SignInNeeded || error instanceof Denied
        ? error
        : new FramegateError('FRAMEGATE_INTERNAL', { cause: error });
    recordOutcome(scope, parts, describeFailure(failure));
    const refusal =
      failure instanceof FramegateError
        ? failure
        : new FramegateError(failure instanceof SignInNeeded ? 'FRAMEGATE_NOT_SIGNED_IN' : 'FRAMEGATE_FORBIDDEN');
    refuseSocket(socket, refusal, scope.requestId, [
      ['Content-Security-Policy', parts.embed.frameAncestors],
      ['Vary', 'Cookie, Origin'],
    ]);
  }
}

async function join(scope: JudgedScope, socket: Duplex, head: Buffer, parts: GateParts): Promise<number> {
  const { req, mounted, session } = scope;
  // It may have left while its identity was asked for; `close` would never be heard again.
  if (socket.destroyed) throw new FramegateError('FRAMEGATE_BAD_REQUEST', { reason: 'client-gone' });
  const rewriteHeaders = (status: number, rawHeaders: readonly string[]) => {
    const headers = buildResponseHeaders({
      status,
      rawHeaders,
      mounted,
      embed: parts.embed,
      cookies: parts.config.embed.cookies,
      origin: req.headers.origin,
    });
    if (scope.judgesMessages && status === 101) assertReadable(headers);
    return headers;
  };
  // A session that ends while the upstream thinks must not gain a socket.
  const { name } = mounted.route.upstream;
  const forget = parts.live.addPendingSocket(session.key, session.identity, socket, name);
  let outcome: UpgradeOutcome;
  try {
    const boundary = new FrameBoundary();
    const onOpen = (upstream: Duplex) => {
      const { maxSocketAgeMs: maxAgeMs } = parts.config.session;
      parts.live.addSocket(session.key, session.identity, { client: socket, upstream, boundary, maxAgeMs, upstreamName: name });
    };
    outcome = await parts.engineFor(mounted).upgrade({
      req,
      socket,
      head,
      target: mounted.forwardTarget,
      headers: scope.headers,
      rewriteHeaders,
      onOpen,
      join: joinOf(scope, parts, boundary),
    });
    if (outcome.kind === 'open') return 101;
  } finally {
    forget();
  }
  const { answer } = outcome;
  const giveUp = (): void => {
    answer.destroy();
  };
  // An answer without end, and one that nobody waits for any more, must not keep its connection.
  const deadline = setTimeout(giveUp, mounted.route.upstream.timeouts.firstByteMs);
  socket.once('close', giveUp);
  try {
    await relay(answer, socket, rewriteHeaders, scope.classification?.filter !== undefined);
    return answer.statusCode ?? 0;
  } finally {
    clearTimeout(deadline);
    giveUp();
  }
}

function auditClose(scope: ToldScope, socket: Duplex, parts: GateParts): void {
  const tell = (): void => {
    const bytes = (socket as Partial<Socket>).bytesWritten;
    parts.audit(describeScope(scope, parts, { event: 'socket-close', outcome: 'ok', status: 101, bytes }));
  };
  if (socket.destroyed) tell();
  else socket.once('close', tell);
}

/** How the ends are joined: message by message where these are judged, else as they are. */
function joinOf(scope: JudgedScope, parts: GateParts, boundary: FrameBoundary): (client: Duplex, upstream: Duplex) => void {
  if (!scope.judgesMessages) return (client, upstream) => passBytes(client, upstream, boundary);
  const told = keepTold(scope);
  const judge = createMessageJudge(told, scope.mounted, parts);
  return (client, upstream) =>
    joinJudged(client, upstream, {
      boundary,
      judge,
      onFault: ({ code, reason, cause }) => recordFault(told, parts, { code, reason, cause }),
    });
}

/** Nobody asked for these, and compressed or binary messages cannot be judged. */
function assertReadable(headers: readonly (readonly [string, string])[]): void {
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    if (key === 'sec-websocket-extensions' || (key === 'sec-websocket-protocol' && /protobuf/i.test(value)))
      throw new FramegateError('FRAMEGATE_UPSTREAM_PROTOCOL', { reason: 'unasked-extension' });
  }
}

/** A refused upgrade, relayed whole with framing of our own (PRX-H14, PRX-W3 to W5); a cut one is cut (PRX-W4). */
async function relay(
  answer: IncomingMessage,
  socket: Duplex,
  rewriteHeaders: (status: number, raw: readonly string[]) => [string, string][],
  withoutBody: boolean,
): Promise<void> {
  const status = answer.statusCode ?? 0;
  if (status < 200 || status > 599) throw new FramegateError('FRAMEGATE_UPSTREAM_PROTOCOL', { reason: 'status' });
  const all = rewriteHeaders(status, answer.rawHeaders);
  const headers = all.filter(([name]) => name.toLowerCase() !== 'content-length');
  // What is cut down over HTTP is not shown whole here.
  if (withoutBody) {
    answerSocket(socket, status, headers, '');
    return;
  }
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > MAX_RELAYED_BYTES) break;
      chunks.push(chunk);
    }
  } catch {
    // Cut below: isComplete is false.
  }
  if (answer.complete) {
    answerSocket(socket, status, headers, Buffer.concat(chunks));
    return;
  }
  // Cut here as it was cut there: the length promises more than comes.
  answerSocket(socket, status, headers, Buffer.concat(chunks), size + 1);
}
