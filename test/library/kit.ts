// A host application on a free port, with the gate mounted in it and the recording upstream behind the gate.

import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Socket } from 'node:net';
import express, { type Express } from 'express';
import { afterAll, afterEach, beforeAll } from 'vitest';
import type { ConfigInput, Gate, GateOptions, HostIdentity, Log } from '../../src/index.ts';
import { createGate } from '../../src/index.ts';
import { RawConnection, send } from '../support/raw-client.ts';
import { RecordingUpstream } from '../support/recording-upstream.ts';
import { findFreePort, HOST_PAGE, type Sent } from '../support/start-gate.ts';

export interface LogLine {
  readonly severity: string;
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface HostParts {
  readonly app: Express;
  readonly server: Server;
  readonly gate: Gate;
  readonly origin: string;
}

export interface HostOptions {
  readonly config?: Partial<ConfigInput>;
  /** Merged over the upstream of the base configuration. */
  readonly upstream?: Partial<ConfigInput['upstreams'][string]>;
  readonly gate?: GateOptions;
  /** Puts the parts together. Default: the gate under `/dash`, upgrades included. */
  readonly compose?: (parts: HostParts) => void;
}

/** The test host's way to know people: a header that names the login. `throw` stands for a defect in it. */
export function identifyByHeader(req: IncomingMessage): HostIdentity | null {
  const login = req.headers['x-host-user'];
  if (login === 'throw') throw new Error('the user table is gone');
  return typeof login === 'string' ? { login, groups: ['operators'] } : null;
}

export class TestHost {
  port = 0;
  upstream!: RecordingUpstream;
  gate!: Gate;
  server!: Server;
  readonly logged: LogLine[] = [];
  readonly #options: HostOptions;
  readonly #sockets = new Set<Socket>();

  constructor(options: HostOptions) {
    this.#options = options;
  }

  get origin(): string {
    return `http://localhost:${this.port}`;
  }

  async start(): Promise<void> {
    this.upstream = await RecordingUpstream.start();
    this.port = await findFreePort();
    const { gate = {}, compose = mountUnderDash } = this.#options;
    this.gate = await createGate(this.input(), { identify: identifyByHeader, log: this.#log(), ...gate });
    const app = express().disable('x-powered-by');
    this.server = createServer(app);
    this.server.on('connection', (socket) => {
      this.#sockets.add(socket);
    });
    compose({ app, server: this.server, gate: this.gate, origin: this.origin });
    await new Promise<void>((resolve) => this.server.listen(this.port, '127.0.0.1', resolve));
  }

  input(): ConfigInput {
    const { config = {}, upstream = {} } = this.#options;
    return {
      publicUrl: this.origin,
      upstreams: { main: { preset: 'grafana', url: `http://127.0.0.1:${this.upstream.port}`, version: 12, ...upstream } },
      session: { secret: 'a secret of the tests, 32 bytes or longer' },
      embed: { hosts: [HOST_PAGE] },
      access: { rules: [{ name: 'operators', who: { groups: ['operators'] }, may: ['everything'], as: { role: 'Viewer' } }] },
      ...config,
    };
  }

  #log(): Log {
    const write =
      (severity: string) =>
      (event: string, fields: LogLine['fields'] = {}) => {
        this.logged.push({ severity, event, fields });
      };
    return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
  }

  linesOf(event: string): LogLine[] {
    return this.logged.filter((line) => line.event === event);
  }

  /** The bytes of a request. */
  text(line: string, headers: readonly string[] = [], body = ''): string {
    const length = body === '' ? [] : [`Content-Length: ${Buffer.byteLength(body)}`];
    return `${[`${line} HTTP/1.1`, `Host: localhost:${this.port}`, ...headers, ...length].join('\r\n')}\r\n\r\n${body}`;
  }

  send(line: string, headers: readonly string[] = [], body = ''): Promise<Sent> {
    return send(this.port, this.text(line, headers, body));
  }

  /** Sends as a person whom the host knows. */
  sendAs(login: string, line: string, headers: readonly string[] = [], body = ''): Promise<Sent> {
    return this.send(line, [`X-Host-User: ${login}`, ...headers], body);
  }

  /** A connection on which a WebSocket was asked for; the answer is not read yet. */
  async openSocket(path: string, headers: readonly string[] = []): Promise<RawConnection> {
    const connection = await RawConnection.open(this.port);
    const upgrade = [
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ];
    connection.write(this.text(`GET ${path}`, [...upgrade, `Origin: ${this.origin}`, ...headers]));
    return connection;
  }

  async close(): Promise<void> {
    await this.gate.close();
    // Those that were upgraded, or that nobody wanted, too.
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
    await this.upstream.close();
  }
}

function mountUnderDash({ app, server, gate }: HostParts): void {
  app.use('/dash', gate.middleware);
  server.on('upgrade', gate.upgrade);
}

/** One host application for the tests of a file or block. */
export function useHost(options: HostOptions = {}): TestHost {
  const host = new TestHost(options);
  beforeAll(() => host.start());
  afterEach(() => host.upstream.clear());
  afterAll(() => host.close());
  return host;
}

/** Code and reason of the Close frame at the end of the bytes of a socket. */
export function readCloseCode(bytes: string): number | undefined {
  const frame = Buffer.from(bytes, 'latin1').subarray(-4);
  return frame.length === 4 && frame[0] === 0x88 && frame[1] === 2 ? frame.readUInt16BE(2) : undefined;
}
