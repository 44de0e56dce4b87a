// WebSocket upgrades through http-proxy, with the shims of proxying.md section 7 (PRX-N14, PRX-N15).

import type { ClientRequest, IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type HttpProxy from 'http-proxy';
import { FramegateError } from '../../kernel/errors.ts';
import { upstreamError } from '../upstream-error.ts';
import type { EngineUpgrade, UpgradeOutcome } from './engine.ts';
import { type ExchangeTimeouts, ExchangeTimers } from './exchange-timers.ts';
import type { TlsOptions } from './upstream-tls.ts';

export function createUpgrader(
  proxy: HttpProxy,
  timeouts: ExchangeTimeouts,
  tls: TlsOptions | undefined,
): (upgrade: EngineUpgrade) => Promise<UpgradeOutcome> {
  const pending = new WeakMap<IncomingMessage, (upstreamRequest: ClientRequest) => void>();
  proxy.on('proxyReqWs', (upstreamRequest, req) => pending.get(req)?.(upstreamRequest));

  return function upgrade({ req, socket, head, target, headers, rewriteHeaders, onOpen, join }) {
    return new Promise<UpgradeOutcome>((resolve, reject) => {
      let upstreamRequest = undefined as ClientRequest | undefined;
      const timers = new ExchangeTimers(timeouts, fail);
      // A browser that leaves before the 101 takes the upstream request with it (PRX-36, PRX-W6).
      const onClientClose = () => {
        fail(new FramegateError('FRAMEGATE_BAD_REQUEST', { reason: 'client-gone' }));
      };
      // Until the ends are joined nobody reads the socket, and an end that is not read is not noticed.
      const onReadable = () => {
        if (socket.readableLength === 0 && socket.read() === null && socket.readableEnded) socket.destroy();
      };
      socket.once('close', onClientClose);
      socket.once('end', onClientClose);
      socket.on('readable', onReadable);
      const settle = () => {
        timers.stop();
        socket.removeListener('close', onClientClose);
        socket.removeListener('end', onClientClose);
        socket.removeListener('readable', onReadable);
      };

      function fail(error: unknown): void {
        settle();
        upstreamRequest?.destroy();
        reject(upstreamError(error));
      }

      /**
       * The engine has made the request; what comes back is ours. Its own listeners would relay a refusal with the wrong
       * framing (PRX-H14), end the browser's connection before it was told why, and keep request and answer in memory
       * for as long as the WebSocket lives.
       */
      function takeOver(created: ClientRequest): void {
        for (const event of ['error', 'response', 'upgrade']) created.removeAllListeners(event);
        created.on('error', fail);
        created.once('response', (answer: IncomingMessage) => {
          settle();
          resolve({ kind: 'refused', answer });
        });
        created.once('upgrade', (answer: IncomingMessage, upstreamSocket: Duplex, upstreamHead: Buffer) => {
          settle();
          try {
            if (answer.statusCode !== 101) throw new FramegateError('FRAMEGATE_UPSTREAM_PROTOCOL', { reason: 'upgrade-status' });
            const switching = buildSwitching(rewriteHeaders(101, answer.rawHeaders));
            // Before anybody listens: a stream that flows hands it out at once, and pipe would not be there yet.
            if (upstreamHead.length > 0) upstreamSocket.unshift(upstreamHead);
            onOpen(upstreamSocket);
            joinEnds(socket, upstreamSocket, switching, join);
            resolve({ kind: 'open' });
          } catch (error) {
            upstreamSocket.destroy();
            fail(error);
          }
        });
      }

      pending.set(req, (created) => {
        upstreamRequest = created;
        // Not sent yet: the engine calls end() after this event.
        created.path = target;
        created.once('socket', (upstreamSocket) => timers.watchSocket(created, upstreamSocket, req));
      });
      req.headers = headers as IncomingMessage['headers'];
      const url = req.url;
      req.url = target;
      try {
        // No agent: an upgraded connection never returns to a pool (PRX-38).
        proxy.ws(req, socket, head, tls === undefined ? { agent: false } : { agent: false, ssl: { ...tls } }, fail);
        if (upstreamRequest === undefined) throw new Error('the engine made no request');
        takeOver(upstreamRequest);
      } catch (error) {
        fail(error);
      } finally {
        if (url !== undefined) req.url = url;
      }
    });
  };
}

function buildSwitching(headers: readonly (readonly [string, string])[]): string {
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${lines.join('')}\r\n`;
}

/** Whichever end closes, the other does too: a joint passes on an end but not a reset (PRX-36, PRX-W1, PRX-W7). */
function joinEnds(client: Duplex, upstream: Duplex, switching: string, join: (client: Duplex, upstream: Duplex) => void): void {
  upstream.on('error', () => client.destroy());
  client.on('error', () => upstream.destroy());
  client.on('close', () => upstream.destroy());
  upstream.on('close', () => {
    if (!client.writableEnded) client.end();
  });
  if (upstream instanceof Socket) upstream.setTimeout(0).setNoDelay(true).setKeepAlive(true);
  client.write(switching, 'latin1');
  join(client, upstream);
}
