// WebSocket upgrades through http-proxy, with the shims of proxying.md section 7 (PRX-N14, PRX-N15).

import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type HttpProxy from 'http-proxy';
import { FramegateError } from '../../kernel/errors.ts';
import { upstreamError } from '../upstream-error.ts';
import type { EngineUpgrade, UpgradeOutcome } from './engine.ts';
import { type ExchangeTimeouts, ExchangeTimers } from './exchange-timers.ts';
import type { TlsOptions } from './upstream-tls.ts';

type MarkedAnswer = IncomingMessage & { upgrade: boolean };

export function createUpgrader(
  proxy: HttpProxy,
  timeouts: ExchangeTimeouts,
  tls: TlsOptions | undefined,
): (upgrade: EngineUpgrade) => Promise<UpgradeOutcome> {
  const pending = new WeakMap<IncomingMessage, (upstreamRequest: ClientRequest) => void>();
  proxy.on('proxyReqWs', (upstreamRequest, req) => pending.get(req)?.(upstreamRequest));

  return function upgrade({ req, socket, head, target, headers, rewriteHeaders }) {
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

      pending.set(req, (created) => {
        upstreamRequest = created;
        // Not sent yet: the engine calls end() after this event.
        created.path = target;
        created.once('socket', (upstreamSocket) => timers.watchSocket(created, upstreamSocket, req));
        // These two run before the engine's own listeners, which were not attached yet.
        created.once('response', (answer: IncomingMessage) => {
          settle();
          // The engine would relay head and body with the wrong framing (PRX-H14); this flag keeps it from it.
          (answer as MarkedAnswer).upgrade = true;
          resolve({ kind: 'refused', answer });
        });
        created.once('upgrade', (answer: IncomingMessage, upstreamSocket: Duplex) => {
          settle();
          try {
            if (answer.statusCode !== 101) throw new FramegateError('FRAMEGATE_UPSTREAM_PROTOCOL', { reason: 'upgrade-status' });
            answer.headers = toHeaders(rewriteHeaders(101, answer.rawHeaders));
          } catch (error) {
            upstreamSocket.destroy();
            fail(error);
            // The engine's listener is next; without headers it writes a bare 101 to a socket that is closed by then.
            socket.destroy();
            return;
          }
          joinEnds(socket, upstreamSocket);
          resolve({ kind: 'open', upstreamSocket });
        });
      });
      req.headers = headers as IncomingMessage['headers'];
      const url = req.url;
      req.url = target;
      try {
        // No agent: an upgraded connection never returns to a pool (PRX-38).
        proxy.ws(req, socket, head, tls === undefined ? { agent: false } : { agent: false, ssl: { ...tls } }, fail);
        // The engine would end the browser's connection before the answer that says what happened is written.
        upstreamRequest?.removeAllListeners('error').on('error', fail);
        // Runs after the engine's own listener: were the flag still set when the parser returns, Node would take the
        // refusal for an upgrade and join the two ends.
        upstreamRequest?.once('response', (answer: IncomingMessage) => {
          (answer as MarkedAnswer).upgrade = false;
        });
      } catch (error) {
        fail(error);
      } finally {
        if (url !== undefined) req.url = url;
      }
    });
  };
}

function toHeaders(pairs: readonly (readonly [string, string])[]): IncomingMessage['headers'] {
  const headers: Record<string, string | string[]> = { connection: 'Upgrade', upgrade: 'websocket' };
  for (const [name, value] of pairs) {
    const earlier = headers[name];
    headers[name] = earlier === undefined ? value : [...(Array.isArray(earlier) ? earlier : [earlier]), value];
  }
  return headers;
}

/** Whichever end closes, the other does too: `pipe` passes on an end but not a reset (PRX-36, PRX-W1, PRX-W7). */
function joinEnds(client: Duplex, upstream: Duplex): void {
  upstream.on('error', () => client.destroy());
  client.on('error', () => upstream.destroy());
  client.once('close', () => upstream.destroy());
  upstream.once('close', () => {
    if (client.writableEnded) return;
    client.end();
  });
}
