// An upstream on a raw socket. It records every byte that it receives, reads requests leniently (a second request
// hidden in a body is seen and counted) and answers with whatever bytes a test scripts.

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import tls from 'node:tls';
import { framingOfRequest, type HeaderPair, parseHead, readBody, valuesOf } from './http-text.ts';

export interface RecordedRequest {
  readonly method: string;
  readonly target: string;
  readonly startLine: string;
  readonly headers: readonly HeaderPair[];
  readonly body: Buffer;
  readonly connection: RecordedConnection;
  header(name: string): string | undefined;
  all(name: string): string[];
}

export interface RecordedConnection {
  readonly socket: net.Socket;
  /** Every byte since the last `clear`. */
  bytes: Buffer;
  /** Bytes after a 101 answer. */
  tunnelled: Buffer;
  closed: boolean;
}

/** Answers one request; called as soon as its head is there when `early`, else after its body. */
export type Script = (request: RecordedRequest, socket: net.Socket) => void;

export const OK = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok';

/** Text of an answer with a length. */
export function answerText(status: string, headers: readonly string[] = [], body = ''): string {
  const lines = [`HTTP/1.1 ${status}`, ...headers, `Content-Length: ${Buffer.byteLength(body, 'latin1')}`];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

export const replyWith =
  (bytes: string): Script =>
  (_request, socket) => {
    socket.write(Buffer.from(bytes, 'latin1'));
  };
export const replyThenEnd =
  (bytes: string): Script =>
  (_request, socket) => {
    socket.end(Buffer.from(bytes, 'latin1'));
  };
/** The pause lets the bytes go out before the reset drops what is still queued. */
export const replyThenReset =
  (bytes: string, pauseMs = 30): Script =>
  (_request, socket) => {
    if (bytes !== '') socket.write(Buffer.from(bytes, 'latin1'));
    setTimeout(() => socket.resetAndDestroy(), bytes === '' ? 0 : pauseMs);
  };
export const neverReply: Script = () => {};

/** The value of Sec-WebSocket-Accept (RFC 6455 4.2.2). */
function webSocketAccept(key: string): string {
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
}

export const acceptUpgrade =
  (firstBytes = '', extraHeaders = ''): Script =>
  (request, socket) => {
    const accept = webSocketAccept(request.header('sec-websocket-key') ?? '');
    const head = `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n${extraHeaders}\r\n`;
    socket.write(Buffer.from(head + firstBytes, 'latin1'));
  };

export const defaultScript: Script = (request, socket) => {
  if (request.header('upgrade') !== undefined) acceptUpgrade()(request, socket);
  else if (request.method === 'HEAD') socket.write(OK.slice(0, -2));
  else socket.write(OK);
};

const REQUEST_LINE = /^[!-~]+ [^ ]+ HTTP\/1\.[01]$/;

export interface RecordingOptions {
  /** Default: a free one. */
  readonly port?: number;
  /** A Unix socket in its place. */
  readonly path?: string;
  readonly tls?: tls.TlsOptions;
  /** What it answers from the start, and again after `clear`. Default: 200 with `ok`, and any upgrade. */
  readonly script?: Script;
}

export class RecordingUpstream {
  /** 0 on a Unix socket. */
  readonly port: number;
  /** As `upstreams.NAME.url` has it. */
  readonly url: string;
  readonly requests: RecordedRequest[] = [];
  connections: RecordedConnection[] = [];
  script: Script;
  /** Answer at the end of the head, while the body is still on its way. */
  early = false;
  readonly #server: net.Server;
  readonly #firstScript: Script;

  private constructor(server: net.Server, options: RecordingOptions) {
    this.#server = server;
    this.#firstScript = options.script ?? defaultScript;
    this.script = this.#firstScript;
    const address = server.address();
    this.port = typeof address === 'object' && address !== null ? address.port : 0;
    this.url =
      options.path === undefined ? `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${this.port}` : `unix:${options.path}`;
    server.on(options.tls === undefined ? 'connection' : 'secureConnection', (socket: net.Socket) => this.#take(socket));
  }

  static async start(options: RecordingOptions = {}): Promise<RecordingUpstream> {
    const server = options.tls === undefined ? net.createServer() : tls.createServer(options.tls);
    if (options.path === undefined) server.listen(options.port ?? 0, '127.0.0.1');
    else server.listen(options.path);
    await once(server, 'listening');
    // A client that breaks off its handshake.
    server.on('tlsClientError', () => {});
    return new RecordingUpstream(server, options);
  }

  #take(socket: net.Socket): void {
    const connection: RecordedConnection = { socket, bytes: Buffer.alloc(0), tunnelled: Buffer.alloc(0), closed: false };
    this.connections.push(connection);
    let unread: Buffer<ArrayBufferLike> = Buffer.alloc(0);
    let answeredEarly = false;
    let tunnel = false;
    socket.setNoDelay(true);
    socket.on('error', () => {});
    socket.on('close', () => {
      connection.closed = true;
    });
    socket.on('data', (chunk) => {
      connection.bytes = Buffer.concat([connection.bytes, chunk]);
      if (tunnel) {
        connection.tunnelled = Buffer.concat([connection.tunnelled, chunk]);
        return;
      }
      unread = Buffer.concat([unread, chunk]);
      for (;;) {
        const head = parseHead(unread);
        if (head === undefined) return;
        if (!REQUEST_LINE.test(head.startLine)) {
          // Junk between requests, such as a chunk size: skip to the next line, as a lenient server would.
          unread = unread.subarray(unread.indexOf('\r\n') + 2);
          continue;
        }
        const { body, length, complete } = readBody(unread.subarray(head.length), framingOfRequest(head.headers));
        if (this.early && !answeredEarly) this.script(makeRequest(head.startLine, head.headers, body, connection), socket);
        answeredEarly = this.early;
        if (!complete) return;
        unread = unread.subarray(head.length + length);
        const request = makeRequest(head.startLine, head.headers, body, connection);
        this.requests.push(request);
        if (!answeredEarly) this.script(request, socket);
        answeredEarly = false;
        if (request.header('upgrade') !== undefined) {
          tunnel = true;
          connection.tunnelled = unread;
          return;
        }
      }
    });
  }

  /** The only request since the last `clear`. @throws when there is none, or more than one. */
  get onlyRequest(): RecordedRequest {
    const [first] = this.requests;
    if (first === undefined || this.requests.length > 1) {
      throw new Error(`the upstream received ${this.requests.length} requests: ${this.requests.map((each) => each.startLine).join(', ')}`);
    }
    return first;
  }

  /** Every byte received since the last `clear`, as Latin-1, after a pause for what may still be on its way. */
  async allBytes(pauseMs = 15): Promise<string> {
    await sleep(pauseMs);
    return this.connections.map((each) => each.bytes.toString('latin1')).join('');
  }

  get openConnections(): number {
    return this.connections.filter((each) => !each.closed).length;
  }

  /** Open connections that a request came over; a pool may open one ahead. */
  get usedConnections(): number {
    return this.connections.filter((each) => !each.closed && each.bytes.length > 0).length;
  }

  /** Waits until the check holds. @returns whether it did in time. */
  async waitUntil(check: (upstream: RecordingUpstream) => boolean, patienceMs = 3000): Promise<boolean> {
    const deadline = Date.now() + patienceMs;
    while (!check(this)) {
      if (Date.now() > deadline) return false;
      await sleep(2);
    }
    return true;
  }

  /** Forgets what was recorded and what was scripted; connections stay open. */
  clear(): void {
    this.requests.length = 0;
    this.script = this.#firstScript;
    this.early = false;
    this.connections = this.connections.filter((each) => !each.closed);
    for (const each of this.connections) each.bytes = Buffer.alloc(0);
  }

  async close(): Promise<void> {
    for (const each of this.connections) each.socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

function makeRequest(startLine: string, headers: readonly HeaderPair[], body: Buffer, connection: RecordedConnection): RecordedRequest {
  const [method = '', target = ''] = startLine.split(' ');
  return {
    method,
    target,
    startLine,
    headers,
    body: Buffer.from(body),
    connection,
    header: (name) => {
      const values = valuesOf(headers, name);
      return values.length === 0 ? undefined : values.join(', ');
    },
    all: (name) => valuesOf(headers, name),
  };
}
