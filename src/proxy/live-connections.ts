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
  readonly kind: 'socket' | 'stream' | 'request';
  close(code: number): void;
}

/** A request from its decision to the end of its answer: a session that ends in between must not gain a stream. */
export interface FollowedRequest {
  /** The answer has no end: it ends with the session, or at once where that has ended already. */
  becomeStream(destroy: () => void): void;
  forget(): void;
}

export class LiveConnections {
  readonly #bySession = new Map<string, Set<LiveConnection>>();

  /** WebSockets of a session: open, or about to be. */
  countSockets(sessionKey: string): number {
    let count = 0;
    for (const connection of this.#bySession.get(sessionKey) ?? []) count += connection.kind === 'socket' ? 1 : 0;
    return count;
  }

  get size(): number {
    let size = 0;
    for (const connections of this.#bySession.values()) size += connections.size;
    return size;
  }

  /** Follows an upgrade that the upstream has not answered yet. @returns a function that forgets it. */
  addPendingSocket(sessionKey: string, identity: Identity, client: Duplex): () => void {
    return this.#add({ sessionKey, identity, kind: 'socket', close: () => client.destroy() });
  }

  /** Follows an open WebSocket; both ends are already joined. */
  addSocket(sessionKey: string, identity: Identity, client: Duplex, upstream: Duplex): void {
    const boundary = new FrameBoundary();
    upstream.on('data', (chunk: Buffer) => boundary.push(chunk));
    const forget = this.#add({
      sessionKey,
      identity,
      kind: 'socket',
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

  addRequest(sessionKey: string, identity: Identity): FollowedRequest {
    let hasEnded = false;
    const forgetRequest = this.#add({
      sessionKey,
      identity,
      kind: 'request',
      close: () => {
        hasEnded = true;
      },
    });
    let forgetStream = (): void => {};
    return {
      becomeStream: (destroy) => {
        if (hasEnded) destroy();
        else forgetStream = this.#add({ sessionKey, identity, kind: 'stream', close: destroy });
      },
      forget() {
        forgetRequest();
        forgetStream();
      },
    };
  }

  closeSession(sessionKey: string, code: number): void {
    for (const connection of [...(this.#bySession.get(sessionKey) ?? [])]) connection.close(code);
  }

  /** @returns how many WebSockets and streams were closed. */
  closeWhere(matches: (identity: Identity) => boolean, code: number): number {
    let closed = 0;
    for (const connections of [...this.#bySession.values()]) {
      for (const connection of [...connections]) {
        if (!matches(connection.identity)) continue;
        connection.close(code);
        closed += connection.kind === 'request' ? 0 : 1;
      }
    }
    return closed;
  }

  /** Closing forgets too: a second Close frame would cut the first one off. */
  #add({ sessionKey, identity, kind, close }: LiveConnection): () => void {
    const connections = this.#bySession.get(sessionKey) ?? new Set();
    const forget = (): void => {
      connections.delete(connection);
      if (connections.size === 0 && this.#bySession.get(sessionKey) === connections) this.#bySession.delete(sessionKey);
    };
    const connection: LiveConnection = {
      sessionKey,
      identity,
      kind,
      close(code) {
        forget();
        close(code);
      },
    };
    this.#bySession.set(sessionKey, connections.add(connection));
    return forget;
  }
}
