// Every connection that outlives its request: WebSockets and event streams. The end of a session closes its own.

import type { Duplex } from 'node:stream';
import type { Identity } from '../kernel/identity.ts';
import { closeFrame, FrameBoundary } from './frame-boundary.ts';

/** WebSocket close codes (RFC 6455 7.4.1). */
export const POLICY_VIOLATION = 1008;
export const GOING_AWAY = 1001;

/** How long a browser may take to answer our Close frame, in milliseconds. */
const CLOSE_GRACE_MS = 1000;

interface LiveConnection {
  readonly sessionKey: string;
  readonly identity: Identity;
  readonly socket: boolean;
  close(code: number): void;
}

export class LiveConnections {
  readonly #bySession = new Map<string, Set<LiveConnection>>();

  /** Open WebSockets of a session. */
  countSockets(sessionKey: string): number {
    let count = 0;
    for (const connection of this.#bySession.get(sessionKey) ?? []) count += connection.socket ? 1 : 0;
    return count;
  }

  get size(): number {
    let size = 0;
    for (const connections of this.#bySession.values()) size += connections.size;
    return size;
  }

  /** Follows an open WebSocket; both ends are already joined. */
  addSocket(sessionKey: string, identity: Identity, client: Duplex, upstream: Duplex): void {
    const boundary = new FrameBoundary();
    upstream.on('data', (chunk: Buffer) => boundary.push(chunk));
    const forget = this.#add({
      sessionKey,
      identity,
      socket: true,
      close(code) {
        upstream.unpipe(client);
        if (boundary.isBetweenFrames && client.writable) {
          client.end(closeFrame(code));
          setTimeout(() => client.destroy(), CLOSE_GRACE_MS).unref();
        } else {
          client.destroy();
        }
        upstream.destroy();
      },
    });
    client.once('close', forget);
    upstream.once('close', forget);
  }

  /** Follows an answer without end. @returns a function that forgets it. */
  addStream(sessionKey: string, identity: Identity, destroy: () => void): () => void {
    return this.#add({ sessionKey, identity, socket: false, close: destroy });
  }

  closeSession(sessionKey: string, code: number): void {
    for (const connection of [...(this.#bySession.get(sessionKey) ?? [])]) connection.close(code);
  }

  /** @returns how many were closed. */
  closeWhere(matches: (identity: Identity) => boolean, code: number): number {
    let closed = 0;
    for (const connections of [...this.#bySession.values()]) {
      for (const connection of [...connections]) {
        if (!matches(connection.identity)) continue;
        connection.close(code);
        closed += 1;
      }
    }
    return closed;
  }

  #add(connection: LiveConnection): () => void {
    const { sessionKey } = connection;
    const connections = this.#bySession.get(sessionKey) ?? new Set();
    this.#bySession.set(sessionKey, connections.add(connection));
    return () => {
      connections.delete(connection);
      if (connections.size === 0 && this.#bySession.get(sessionKey) === connections) this.#bySession.delete(sessionKey);
    };
  }
}
