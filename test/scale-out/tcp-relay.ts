// A balancer of connections, as dumb as they come: each goes to the next target in turn. It can be cut, as a network is.

import { once } from 'node:events';
import net from 'node:net';

export class TcpRelay {
  readonly port: number;
  /** How many connections each target got. */
  readonly counts: number[];
  readonly #server: net.Server;
  readonly #sockets = new Set<net.Socket>();
  #targets: readonly number[];
  #next = 0;
  #isCut = false;

  private constructor(server: net.Server, targets: readonly number[]) {
    this.#server = server;
    this.#targets = targets;
    this.counts = targets.map(() => 0);
    this.port = (server.address() as net.AddressInfo).port;
    server.on('connection', (socket) => this.#relay(socket));
  }

  /** @param targets Ports on loopback. */
  static async start(...targets: readonly number[]): Promise<TcpRelay> {
    const server = net.createServer({ allowHalfOpen: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new TcpRelay(server, targets);
  }

  /** Ends what is open, and lets nothing through until `mend`. */
  cut(): void {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  mend(): void {
    this.#isCut = false;
  }

  async close(): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #relay(socket: net.Socket): void {
    if (this.#isCut) {
      socket.destroy();
      return;
    }
    const index = this.#next++ % this.#targets.length;
    this.counts[index] = (this.counts[index] ?? 0) + 1;
    const target = net.connect({ port: this.#targets[index] ?? 0, host: '127.0.0.1', allowHalfOpen: true });
    for (const [from, to] of [
      [socket, target],
      [target, socket],
    ] as const) {
      this.#sockets.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.#sockets.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
  }
}
