// http-proxy 1.18.1 behind the seam, with the shims that it needs (proxying.md section 7). It is given a cleaned
// request and only ever sends: the answer's head and body are handed back and written by forward.ts.

import { type ClientRequest, Agent as HttpAgent, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { type Duplex, Readable } from 'node:stream';
import type HttpProxy from 'http-proxy';
import type { UpstreamConfig } from '../../config/config.ts';
import { FramegateError } from '../../kernel/errors.ts';
import { errorCode, upstreamError } from '../upstream-error.ts';
import { watchBodyLength } from './body-limit.ts';
import type { AnswerReceiver, Engine, EngineRequest, HttpEngine } from './engine.ts';
import { ExchangeTimers } from './exchange-timers.ts';
import { createUpgrader } from './http-proxy-upgrade.ts';
import { loadHttpProxy } from './load-http-proxy.ts';
import { isReplayable } from './replayable.ts';
import { bareHostname, buildTlsOptions, type TlsOptions } from './upstream-tls.ts';

/** Free connections kept per upstream (PRX-39). */
const MAX_FREE_SOCKETS = 64;
/** How long, in milliseconds: below what servers keep. A shorter time in the upstream's Keep-Alive header wins. */
const MAX_FREE_MS = 4000;

interface Exchange {
  onRequest(upstreamRequest: ClientRequest): void;
  onAnswer(answer: IncomingMessage): void;
}

export function createHttpProxyEngine(upstream: UpstreamConfig): Engine & HttpEngine {
  const url = new URL(upstream.origin);
  const tls = buildTlsOptions(upstream);
  const pooling = {
    keepAlive: true,
    maxSockets: upstream.maxSockets,
    maxFreeSockets: MAX_FREE_SOCKETS,
    scheduling: 'lifo',
    // Ends free connections only; requests have clocks of their own.
    timeout: MAX_FREE_MS,
  } as const;
  const agent = tls === undefined ? new HttpAgent(pooling) : new HttpsAgent({ ...pooling, ...tls });
  const exchanges = new WeakMap<IncomingMessage, Exchange>();
  const target = {
    protocol: url.protocol,
    host: url.host,
    hostname: bareHostname(url),
    port: url.port || undefined,
    socketPath: upstream.socketPath,
    // The engine copies these from here, and `undefined` over what an agent or `ssl` says.
    ca: tls?.ca,
    cert: tls?.cert,
    key: tls?.key,
  };

  const proxy = loadHttpProxy().createProxyServer({
    target,
    agent,
    prependPath: false,
    // The path is taken as it stands, not through url.parse (PRX-H24, PRX-T18).
    toProxy: true,
    selfHandleResponse: true,
  } as HttpProxy.ServerOptions);
  removeDeleteLength(proxy);
  proxy.on('proxyReq', (upstreamRequest, req) => exchanges.get(req)?.onRequest(upstreamRequest));
  proxy.on('proxyRes', (answer, req) => exchanges.get(req)?.onAnswer(answer));
  // Both are reported to the exchange as well; without a listener the emitter would throw (PRX-H32, SEC-N2).
  proxy.on('error', () => {});
  proxy.on('econnreset', () => {});

  let inFlight = 0;
  const mostInFlight = upstream.maxSockets + upstream.maxQueue;

  function request(exchange: EngineRequest, receiver: AnswerReceiver): void {
    if (inFlight >= mostInFlight) {
      receiver.failed(new FramegateError('FRAMEGATE_BUSY', { reason: 'upstream-queue-full', retryAfterSeconds: 1 }));
      return;
    }
    inFlight += 1;
    exchange.res.once('close', () => {
      inFlight -= 1;
    });
    attempt(exchange, receiver, (error, unanswered) => {
      // One retry, as the upstream had closed the pooled connection before it saw the request (PRX-32).
      if (unanswered && mayRetry(error, exchange)) attempt(exchange, receiver, (second) => receiver.failed(upstreamError(second)));
      else receiver.failed(upstreamError(error));
    });
  }

  /** @param onFailed Called at most once; `unanswered`: the connection came from the pool and brought no byte of an answer. */
  function attempt(
    { req, res, target: path, headers, body }: EngineRequest,
    receiver: AnswerReceiver,
    onFailed: (error: unknown, unanswered: boolean) => void,
  ): void {
    let upstreamRequest: ClientRequest | undefined;
    let received: IncomingMessage | undefined;
    let bytesReadBefore = 0;
    let isOver = false;
    const timers = new ExchangeTimers(upstream.timeouts, fail);
    // Node stopped emitting `aborted` for requests that were read to the end, and http-proxy listens for nothing
    // else: an abandoned event stream would stay open for ever (PRX-H2). It also works while no socket is assigned.
    const onClose = () => {
      if (res.writableFinished && received?.complete === true && req.complete) timers.stop();
      else fail(new FramegateError('FRAMEGATE_BAD_REQUEST', { reason: 'client-gone' }));
    };
    res.once('close', onClose);

    function destroy(): void {
      isOver = true;
      timers.stop();
      res.removeListener('close', onClose);
      req.emit('aborted');
      upstreamRequest?.destroy();
    }

    function fail(error: unknown): void {
      if (isOver) return;
      const unanswered =
        upstreamRequest?.reusedSocket === true && (upstreamRequest.socket?.bytesRead ?? bytesReadBefore) === bytesReadBefore;
      destroy();
      onFailed(error, unanswered);
    }

    exchanges.set(req, {
      onRequest(created) {
        upstreamRequest = created;
        // Node.js writes `Connection: close` and keeps the connection all the same where the upstream does.
        if (headers['connection'] === 'close') created.shouldKeepAlive = false;
        // The engine collapses slashes; what was judged is what is sent (PRX-N6). Headers already on the wire with
        // another path would be a request that nobody judged.
        if (created.path !== path) {
          if (created.headersSent) {
            fail(new FramegateError('FRAMEGATE_UPSTREAM_PROTOCOL', { reason: 'path-changed' }));
            return;
          }
          created.path = path;
        }
        if (created.socket !== null) {
          bytesReadBefore = created.socket.bytesRead;
          timers.watchSocket(created, created.socket, req);
        }
        created.once('upgrade', (_answer: IncomingMessage, socket: Duplex) => {
          socket.destroy();
          fail(new FramegateError('FRAMEGATE_UPSTREAM_PROTOCOL', { reason: 'unasked-upgrade' }));
        });
      },
      onAnswer(answer) {
        if (isOver) return;
        timers.stop();
        received = answer;
        // Before the head is handed over: what came with it then flows in the same turn.
        answer.on('data', (chunk: Buffer) => {
          if (!isOver && !receiver.data(chunk)) answer.pause();
        });
        answer.once('end', () => {
          // A FIN in the middle of a body ends the stream like any other (PRX-H7).
          if (isOver || !answer.complete) return;
          isOver = true;
          receiver.end();
          // The upstream has answered before the upload was over: what is left of it would hold the connection for ever.
          if (!req.complete) destroy();
        });
        answer.once('error', fail);
        answer.once('close', () => {
          if (!answer.complete) fail(new FramegateError('FRAMEGATE_UPSTREAM_PROTOCOL', { reason: 'answer-cut' }));
        });
        try {
          receiver.head(answer.statusCode ?? 0, answer.rawHeaders, { resume: () => answer.resume(), destroy });
        } catch (error) {
          fail(error);
        }
      },
    });
    req.headers = headers as IncomingMessage['headers'];
    const url = req.url;
    req.url = path;
    try {
      proxy.web(req, res, perCall(tls, body), fail);
      watchBodyLength(req, upstream.maxBodyBytes, fail);
    } catch (error) {
      fail(error);
    } finally {
      if (url !== undefined) req.url = url;
    }
  }

  return {
    request,
    upgrade: createUpgrader(proxy, upstream.timeouts, tls),
    connectionUse: () => ({ busy: countAll(agent.sockets), free: countAll(agent.freeSockets), waiting: countAll(agent.requests) }),
    close() {
      // Not destroy(), which would cut what is in flight: free connections go now, the others when they are done.
      (agent as unknown as { keepAlive: boolean }).keepAlive = false;
      for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
    },
  };
}

function countAll(lists: NodeJS.ReadOnlyDict<readonly unknown[]>): number {
  return Object.values(lists).reduce((sum, list = []) => sum + list.length, 0);
}

/** The engine writes into `ssl`, so each call has its own. */
function perCall(tls: TlsOptions | undefined, body: Buffer | undefined): HttpProxy.ServerOptions {
  return {
    ...(tls === undefined ? {} : { ssl: { ...tls } }),
    // As one piece: a list of pieces would be taken for its bytes.
    ...(body === undefined ? {} : { buffer: Readable.from([body], { objectMode: false }) }),
  };
}

function mayRetry(error: unknown, { req, res }: EngineRequest): boolean {
  const code = errorCode(error);
  return !res.destroyed && (code === 'ECONNRESET' || code === 'EPIPE') && isReplayable(req);
}

/**
 * Removes the pass that turns a chunked DELETE or OPTIONS into `Content-Length: 0` and still pipes the body, which
 * then is a second request (CVE-2026-29057; PRX-H4). The guard refuses such requests too.
 */
function removeDeleteLength(proxy: HttpProxy): void {
  const passes = (proxy as unknown as { webPasses: { name: string }[] }).webPasses;
  const index = passes.findIndex((pass) => pass.name === 'deleteLength');
  if (index === -1) throw new Error('http-proxy has no deleteLength pass; check the shims against its version');
  passes.splice(index, 1);
}
