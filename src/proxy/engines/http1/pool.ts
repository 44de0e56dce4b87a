// The connections to one upstream: the one that was used last serves next, so that those that are not needed grow old.

import { FramegateError } from '../../../kernel/errors.ts';
import type { ConnectionUse } from '../engine.ts';
import { Connection, type ConnectionOptions } from './connection.ts';
import type { Carrier, Exchange } from './exchange.ts';

export interface PoolOptions extends Omit<ConnectionOptions, 'onFree' | 'onClosed'> {
  readonly maxSockets: number;
}

/** Free connections kept (PRX-39). */
const MAX_FREE = 64;
/** How long, in milliseconds: below what servers keep. A shorter time in the upstream's Keep-Alive header wins. */
const MAX_FREE_MS = 4000;
/** How often free connections are looked at, in milliseconds. */
const SWEEP_MS = 500;

export class ConnectionPool implements Carrier {
  readonly #options: ConnectionOptions;
  readonly #maxSockets: number;
  /** The one that was used last is the last. */
  readonly #free: Connection[] = [];
  /** In the order in which they came, with what ends their patience. */
  readonly #waiting = new Map<Exchange, NodeJS.Timeout>();
  #open = 0;
  #sweeper: NodeJS.Timeout | undefined;
  #isClosing = false;

  constructor({ maxSockets, ...options }: PoolOptions) {
    this.#maxSockets = maxSockets;
    this.#options = {
      ...options,
      onFree: (connection) => this.#onFree(connection),
      onClosed: (connection) => this.#onClosed(connection),
    };
  }

  get use(): ConnectionUse {
    return { busy: this.#open - this.#free.length, free: this.#free.length, waiting: this.#waiting.size };
  }

  /** Sends a request at once, or as soon as a connection is free. */
  send(exchange: Exchange): void {
    for (let connection = this.#free.pop(); connection !== undefined; connection = this.#free.pop()) {
      if (!connection.isUsable) continue;
      connection.carry(exchange);
      return;
    }
    if (this.#open < this.#maxSockets) this.open(exchange);
    else this.#wait(exchange);
  }

  /** Sends a request over a new connection. */
  open(exchange: Exchange): void {
    this.#open += 1;
    try {
      new Connection(this.#options, exchange);
    } catch (error) {
      this.#open -= 1;
      exchange.fail(error);
    }
  }

  /** Closes what is free now, and the others when they are done. */
  close(): void {
    this.#isClosing = true;
    for (const connection of this.#free.splice(0)) connection.destroy();
    clearInterval(this.#sweeper);
  }

  /** Who leaves the queue makes room in it at once. */
  drop(exchange: Exchange): void {
    clearTimeout(this.#waiting.get(exchange));
    this.#waiting.delete(exchange);
  }

  resume(): void {}

  #wait(exchange: Exchange): void {
    const { connectMs, firstByteMs } = this.#options.timeouts;
    const timer = setTimeout(
      () => exchange.fail(new FramegateError('FRAMEGATE_BUSY', { reason: 'no-free-connection', retryAfterSeconds: 1 })),
      Math.max(connectMs, firstByteMs),
    );
    this.#waiting.set(exchange, timer);
    exchange.connection = this;
  }

  #nextWaiting(): Exchange | undefined {
    const [exchange] = this.#waiting.keys();
    if (exchange !== undefined) this.drop(exchange);
    return exchange;
  }

  #onFree(connection: Connection): void {
    // Bytes behind its answer that have come already must not find another exchange.
    if (connection.mayBringMore) setImmediate(() => this.#place(connection));
    else this.#place(connection);
  }

  #place(connection: Connection): void {
    if (!connection.isUsable) return;
    const next = this.#nextWaiting();
    if (next === undefined) this.#keep(connection);
    else connection.carry(next);
  }

  #keep(connection: Connection): void {
    if (this.#isClosing || this.#free.length >= MAX_FREE || mostSweeps(connection) < 1) {
      connection.destroy();
      return;
    }
    connection.idleSweeps = 0;
    this.#free.push(connection);
    this.#sweeper ??= setInterval(() => this.#sweep(), SWEEP_MS).unref();
  }

  #onClosed(connection: Connection): void {
    this.#open -= 1;
    const index = this.#free.indexOf(connection);
    if (index !== -1) this.#free.splice(index, 1);
    // A repeated request has taken the place of the connection that failed it.
    if (this.#open >= this.#maxSockets) return;
    const next = this.#nextWaiting();
    if (next !== undefined) this.open(next);
  }

  #sweep(): void {
    for (const connection of [...this.#free]) {
      connection.idleSweeps += 1;
      if (connection.idleSweeps > mostSweeps(connection)) connection.destroy();
    }
    if (this.#free.length > 0) return;
    clearInterval(this.#sweeper);
    this.#sweeper = undefined;
  }
}

/** A second less than the upstream says, for the way there. */
function mostSweeps({ keepAliveSeconds }: Connection): number {
  const keptMs = keepAliveSeconds === undefined ? MAX_FREE_MS : Math.min(MAX_FREE_MS, (keepAliveSeconds - 1) * 1000);
  return Math.floor(keptMs / SWEEP_MS);
}
