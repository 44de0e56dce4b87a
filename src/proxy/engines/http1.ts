// Our own HTTP/1.1 client behind the seam: forwarding is what framegate is for, and a client that does only that costs
// less than one for everybody (docs/decisions/0015). Strict where answers could be read in two ways.

import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { UpstreamConfig } from '../../config/config.ts';
import { FramegateError } from '../../kernel/errors.ts';
import { upstreamError } from '../upstream-error.ts';
import type { HttpEngine } from './engine.ts';
import type { ConnectionOptions, OnRead } from './http1/connection.ts';
import { Exchange, type ExchangeOwner } from './http1/exchange.ts';
import { ConnectionPool } from './http1/pool.ts';
import { ReadBuffers } from './http1/read-buffers.ts';
import { bareHostname, buildTlsOptions } from './upstream-tls.ts';

export function createHttp1Engine(upstream: UpstreamConfig): HttpEngine {
  const buffers = new ReadBuffers();
  const pool = new ConnectionPool({
    ...createOpener(upstream),
    timeouts: upstream.timeouts,
    maxSockets: upstream.maxSockets,
    maxBodyBytes: upstream.maxBodyBytes,
    buffers,
  });
  let inFlight = 0;
  let isClosing = false;
  const mostInFlight = upstream.maxSockets + upstream.maxQueue;
  const owner: ExchangeOwner = {
    repeat: (exchange) => pool.open(exchange),
    onOver: () => {
      inFlight -= 1;
    },
    giveBack: (chunk) => buffers.giveBack(chunk),
  };

  return {
    request(request, receiver) {
      if (isClosing || inFlight >= mostInFlight) {
        receiver.failed(
          new FramegateError('FRAMEGATE_BUSY', { reason: isClosing ? 'stopping' : 'upstream-queue-full', retryAfterSeconds: 1 }),
        );
        return;
      }
      let exchange: Exchange;
      try {
        exchange = new Exchange(request, receiver, owner);
      } catch (error) {
        receiver.failed(upstreamError(error));
        return;
      }
      inFlight += 1;
      pool.send(exchange);
    },
    connectionUse: () => pool.use,
    close() {
      isClosing = true;
      pool.close();
    },
  };
}

function createOpener(upstream: UpstreamConfig): Pick<ConnectionOptions, 'open' | 'openEvent'> {
  const url = new URL(upstream.origin);
  const tls = buildTlsOptions(upstream);
  const to =
    upstream.socketPath === undefined
      ? { host: bareHostname(url), port: Number(url.port || (tls === undefined ? 80 : 443)) }
      : { path: upstream.socketPath };
  if (tls === undefined) return { open: (onread: OnRead) => connect({ ...to, noDelay: true, onread }), openEvent: 'connect' };
  return { open: (onread: OnRead) => connectTls({ ...to, ...tls, ...{ onread } }).setNoDelay(true), openEvent: 'secureConnect' };
}
