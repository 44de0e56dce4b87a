// A proxy in front that asks everybody who they are, as oauth2-proxy does: it has a cookie of its own, overwrites the
// header with whoever that names, and hands everything on, upgrades too.

import { createServer, type IncomingMessage, type OutgoingHttpHeaders, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';

const LOOPBACK = '127.0.0.1';
export const USER_HEADER = 'X-Forwarded-User';
export const GROUPS_HEADER = 'X-Forwarded-Groups';
const SECRET_HEADER = 'X-Framegate-Proxy-Secret';
const SAID = new Set([USER_HEADER, GROUPS_HEADER, SECRET_HEADER].map((name) => name.toLowerCase()));

export class FrontProxy {
  /** What browsers see. */
  url = '';
  /** Port of the gate behind it. */
  gatePort = 0;
  /** Whom its cookie names; nobody else is signed in. */
  readonly people = new Set<string>();
  readonly #secret: string;
  readonly #server: Server;
  readonly #sockets = new Set<Duplex>();

  private constructor(secret: string) {
    this.#secret = secret;
    this.#server = createServer((req, res) => this.#answer(req, res));
    this.#server.on('upgrade', (req: IncomingMessage, socket: Duplex, head: Buffer) => this.#upgrade(req, socket, head));
  }

  static async start(secret: string): Promise<FrontProxy> {
    const proxy = new FrontProxy(secret);
    await new Promise<void>((resolve) => proxy.#server.listen(0, LOOPBACK, resolve));
    proxy.url = `http://localhost:${(proxy.#server.address() as AddressInfo).port}`;
    return proxy;
  }

  /** Its sign-in, for somebody whom it knows by other means. */
  signInUrl(user: string, to: string): string {
    return `${this.url}/front/sign-in?${new URLSearchParams({ user, to })}`;
  }

  #answer(req: IncomingMessage, res: ServerResponse): void {
    const url = new URL(req.url ?? '', this.url);
    if (url.pathname === '/front/sign-in') {
      const user = url.searchParams.get('user') ?? '';
      this.people.add(user);
      res.setHeader('Set-Cookie', `__Host-front=${user}; Path=/; Secure; HttpOnly; SameSite=None; Partitioned`);
      res.writeHead(303, { Location: url.searchParams.get('to') ?? '/' }).end();
      return;
    }
    const onward = this.#forward(req);
    onward.on('response', (answer) => {
      res.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.pipe(res);
    });
    onward.on('error', () => res.destroy());
    res.on('close', () => onward.destroy());
    req.pipe(onward);
  }

  #upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    const onward = this.#forward(req);
    const writeHead = ({ statusCode, statusMessage, rawHeaders }: IncomingMessage): void => {
      const lines = rawHeaders.map((text, index) => (index % 2 === 0 ? `${text}: ` : `${text}\r\n`));
      socket.write(`HTTP/1.1 ${statusCode} ${statusMessage}\r\n${lines.join('')}\r\n`);
    };
    onward.on('upgrade', (answer: IncomingMessage, upstream: Duplex, first: Buffer) => {
      writeHead(answer);
      if (first.length > 0) socket.write(first);
      if (head.length > 0) upstream.write(head);
      upstream.pipe(socket).pipe(upstream);
      for (const [one, other] of [
        [socket, upstream],
        [upstream, socket],
      ] as const)
        one.on('error', () => other.destroy()).on('close', () => other.destroy());
    });
    onward.on('response', (answer) => {
      writeHead(answer);
      answer.pipe(socket);
    });
    onward.on('error', () => socket.destroy());
    socket.on('error', () => onward.destroy());
    onward.end();
  }

  #forward(req: IncomingMessage) {
    const headers: OutgoingHttpHeaders = {};
    for (const [name, value] of Object.entries(req.headers)) if (!SAID.has(name)) headers[name] = value;
    const user = /(?:^|; )__Host-front=([a-z]+)/.exec(req.headers.cookie ?? '')?.[1] ?? '';
    if (this.people.has(user)) {
      headers[USER_HEADER] = user;
      headers[GROUPS_HEADER] = 'operators';
    }
    headers[SECRET_HEADER] = this.#secret;
    return request({ host: LOOPBACK, port: this.gatePort, method: req.method, path: req.url, headers, agent: false });
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
