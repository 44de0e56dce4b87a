import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { FramegateError } from '../../kernel/errors.ts';

export interface ExchangeTimeouts {
  readonly connectMs: number;
  readonly firstByteMs: number;
}

/**
 * The clocks of one exchange until the answer's head: connect, then first byte (PRX-30). http-proxy's own
 * `proxyTimeout` looks like a reset and cannot be told from one (PRX-H20), so these are ours.
 */
export class ExchangeTimers {
  #timer: NodeJS.Timeout | undefined;
  readonly #timeouts: ExchangeTimeouts;
  readonly #fail: (error: FramegateError) => void;

  constructor(timeouts: ExchangeTimeouts, fail: (error: FramegateError) => void) {
    this.#timeouts = timeouts;
    this.#fail = fail;
    // Until a connection of the pool is free.
    this.#arm(timeouts.firstByteMs, () =>
      fail(new FramegateError('FRAMEGATE_BUSY', { reason: 'no-free-connection', retryAfterSeconds: 1 })),
    );
  }

  /** The request has its socket. */
  watchSocket(upstreamRequest: ClientRequest, socket: Socket, req: IncomingMessage): void {
    if (!socket.connecting) {
      this.#awaitFirstByte(req);
      return;
    }
    this.#arm(this.#timeouts.connectMs, () => this.#fail(timeout('connect-timeout')));
    // Over TLS the connection stands when the certificate has been checked.
    socket.once('encrypted' in socket ? 'secureConnect' : 'connect', () => {
      if (!upstreamRequest.destroyed) this.#awaitFirstByte(req);
    });
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #awaitFirstByte(req: IncomingMessage): void {
    this.#arm(this.#timeouts.firstByteMs, () => {
      // While the browser is still sending, the upstream owes nothing yet; the server's requestTimeout bounds that.
      if (!req.complete) this.#awaitFirstByte(req);
      else this.#fail(timeout('first-byte-timeout'));
    });
  }

  #arm(ms: number, onTimeout: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(onTimeout, ms);
  }
}

function timeout(reason: string): FramegateError {
  return new FramegateError('FRAMEGATE_UPSTREAM_TIMEOUT', { reason });
}
