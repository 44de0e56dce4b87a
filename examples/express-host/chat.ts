// A socket of the application's own, at /chat, beside those of the dashboards.

import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { User } from './users.ts';

/** Policy violation (RFC 6455 7.4.1). */
const SIGNED_OUT = 1008;

export interface ChatOptions {
  /** The one origin whose pages may open the socket: browsers check nothing for WebSockets. */
  readonly origin: string;
  readonly identify: (req: IncomingMessage) => Promise<User | undefined>;
  /** Path under which upgrades are somebody else's. */
  readonly leaves: string;
}

export interface Chat {
  readonly upgrade: (req: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /** Closes the sockets of a user who signed out. */
  signOut(name: string): void;
  close(): void;
}

export function createChat({ origin, identify, leaves }: ChatOptions): Chat {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 4096 });
  const names = new Map<object, string>();

  function refuse(socket: Duplex, status: string): void {
    socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  }

  async function accept(req: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const user = req.headers.origin === origin ? await identify(req) : undefined;
    if (user === undefined) {
      refuse(socket, '401 Unauthorized');
      return;
    }
    sockets.handleUpgrade(req, socket, head, (client) => {
      names.set(client, user.name);
      client.on('error', () => client.terminate());
      client.on('close', () => names.delete(client));
      client.on('message', (data, isBinary) => {
        if (isBinary) return;
        const text = JSON.stringify({ from: user.displayName, text: String(data).slice(0, 500) });
        for (const each of sockets.clients) each.send(text);
      });
    });
  }

  return {
    upgrade(req, socket, head) {
      const path = req.url?.split('?')[0] ?? '';
      // Every listener sees every upgrade. What nobody takes would stay open for ever, so one of them has to refuse it.
      if (path === leaves || path.startsWith(`${leaves}/`)) return;
      socket.on('error', () => socket.destroy());
      if (path === '/chat') accept(req, socket, head).catch(() => refuse(socket, '500 Internal Server Error'));
      else refuse(socket, '404 Not Found');
    },
    signOut(name) {
      for (const client of sockets.clients) if (names.get(client) === name) client.close(SIGNED_OUT);
    },
    close() {
      for (const client of sockets.clients) client.terminate();
    },
  };
}
