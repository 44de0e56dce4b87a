// Two whole instances that share one Redis, behind a balancer that sends each connection to the other one in turn.

import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CryptoKey, exportSPKI, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import type { ConfigInput } from '../../src/config/schema.ts';
import { composeGate } from '../../src/gate.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { serve } from '../../src/service.ts';
import { type RawAnswer, RawConnection, send } from '../support/raw-client.ts';
import { RecordingUpstream } from '../support/recording-upstream.ts';
import { findFreePort, HOST_PAGE, PASSWORD } from '../support/start-gate.ts';
import { CLIENT_ID, CLIENT_SECRET, TestOidcProvider } from '../support/start-oidc-provider.ts';
import { TestRedis } from '../support/start-redis.ts';
import { TcpRelay } from './tcp-relay.ts';

const PASSWORD_HASH = '$argon2id$v=19$m=19456,t=2,p=1$ZnJhbWVnYXRlLXRlc3QtMQ$uPqijxR46vV57nnuzX8I/owLOf6Y/RQfIYxs+d4Ktwc';
const UPGRADE = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='];
const JSON_HEADERS = ['Content-Type: application/json', 'Accept: application/json'];

type Where = 'a' | 'b' | 'any';

export class TwoGates {
  redis!: TestRedis;
  /** What is between the second instance and Redis. */
  line!: TcpRelay;
  balancer!: TcpRelay;
  upstream!: RecordingUpstream;
  provider!: TestOidcProvider;
  readonly #changes: Partial<ConfigInput>;
  readonly #closing: (() => Promise<unknown>)[] = [];
  readonly #ports = { a: 0, b: 0 };
  #input!: ConfigInput;
  #key!: CryptoKey;

  constructor(changes: Partial<ConfigInput>) {
    this.#changes = changes;
  }

  get origin(): string {
    return `http://localhost:${this.balancer.port}`;
  }

  async start(): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), 'framegate-two-'));
    this.#closing.push(() => rm(folder, { recursive: true, force: true }));
    this.redis = await TestRedis.start();
    this.#closing.push(() => this.redis.close());
    this.upstream = await RecordingUpstream.start();
    this.#closing.push(() => this.upstream.close());
    this.#ports.a = await findFreePort();
    this.#ports.b = await findFreePort();
    this.balancer = await TcpRelay.start(this.#ports.a, this.#ports.b);
    this.line = await TcpRelay.start(this.redis.port);
    this.#closing.push(
      () => this.balancer.close(),
      () => this.line.close(),
    );
    this.provider = await TestOidcProvider.start({ gateUrl: this.origin });
    this.#closing.push(() => this.provider.close());
    const { publicKey, privateKey } = await generateKeyPair('EdDSA', { extractable: true });
    this.#key = privateKey;
    await writeFile(join(folder, 'host.pem'), await exportSPKI(publicKey));
    await writeFile(
      join(folder, 'users.yaml'),
      JSON.stringify({ users: ['pat', 'pia'].map((name) => ({ name, passwordHash: PASSWORD_HASH })) }),
    );
    this.#input = {
      publicUrl: this.origin,
      admin: false,
      upstreams: { main: { preset: 'grafana', url: this.upstream.url, version: 12 } },
      signIn: {
        password: { usersFile: join(folder, 'users.yaml') },
        tickets: [{ issuer: HOST_PAGE, publicKeyFile: join(folder, 'host.pem') }],
        oidc: [{ id: 'corp', issuer: this.provider.issuer, clientId: CLIENT_ID, clientSecret: CLIENT_SECRET, loginPrefix: 'corp-' }],
      },
      session: { secret: 'a secret of the tests, 32 bytes or longer' },
      embed: { hosts: [HOST_PAGE] },
      access: { rules: [{ name: 'all', who: { everyone: true }, may: ['everything'] }] },
      ...this.#changes,
    };
    await this.#serve('a', this.redis.port);
    await this.#serve('b', this.line.port);
  }

  #configFor(redisPort: number, port: number) {
    const session = { ...this.#input.session, store: `redis://127.0.0.1:${redisPort}` };
    return loadConfig({ ...this.#input, listen: { host: '127.0.0.1', port }, session });
  }

  async #serve(name: 'a' | 'b', redisPort: number): Promise<void> {
    const service = await serve(this.#configFor(redisPort, this.#ports[name]), { log: silentLog });
    this.#closing.unshift(() => service.close());
  }

  /** A third instance, which listens nowhere. @returns what ends sessions by login, and what ends the instance. */
  connectThird(): { revoke(login: string): Promise<number>; close(): Promise<void> } {
    const gate = composeGate(this.#configFor(this.redis.port, 0), { log: silentLog });
    return { revoke: (login) => gate.revoke({ login }), close: () => gate.close() };
  }

  #portOf(where: Where): number {
    return where === 'any' ? this.balancer.port : this.#ports[where];
  }

  send(where: Where, line: string, headers: readonly string[] = [], body = ''): Promise<RawAnswer> {
    const length = body === '' ? [] : [`Content-Length: ${Buffer.byteLength(body)}`];
    const head = [`${line} HTTP/1.1`, `Host: localhost:${this.balancer.port}`, ...length, ...headers];
    return send(this.#portOf(where), `${head.join('\r\n')}\r\n\r\n${body}`);
  }

  /** Asks for a dashboard's data. @returns the status: 200 signed in, 401 not, 503 nobody knows. */
  async visit(where: Where, cookie: string): Promise<number> {
    return (await this.send(where, 'GET /api/search/sorting', [`Cookie: ${cookie}`, 'Accept: application/json'])).status;
  }

  signTicket(login: string): Promise<string> {
    return new SignJWT({})
      .setProtectedHeader({ alg: 'EdDSA', typ: 'framegate-ticket+jwt', kid: 'test' })
      .setIssuer(HOST_PAGE)
      .setAudience(this.origin)
      .setSubject(login)
      .setIssuedAt()
      .setExpirationTime('60s')
      .setJti(randomUUID())
      .sign(this.#key);
  }

  enter(where: Where, ticket: string): Promise<RawAnswer> {
    const headers = ['Content-Type: application/x-www-form-urlencoded', `Origin: ${HOST_PAGE}`, 'Sec-Fetch-Site: cross-site'];
    const body = new URLSearchParams({ ticket, to: '/' }).toString();
    return this.send(where, 'POST /_gate/enter', [...headers, 'Sec-Fetch-Mode: navigate', 'Sec-Fetch-Dest: iframe'], body);
  }

  /** @returns the cookie of a new session. */
  async signIn(where: Where, login: string): Promise<string> {
    return cookieOf(await this.enter(where, await this.signTicket(login)));
  }

  /** Signs in by password: the form from one instance, its answer from the other where `where` says so. */
  async logIn(form: Where, where: Where, fields: Record<string, string> = {}): Promise<RawAnswer> {
    const page = await this.send(form, 'GET /_gate/login', ['Accept: application/json']);
    const { csrf = '' } = JSON.parse(page.body) as { csrf?: string };
    const cookies = page.all('set-cookie').map((line) => line.split(';')[0]);
    const headers = [...JSON_HEADERS, `Origin: ${this.origin}`, `Cookie: ${cookies.join('; ')}`];
    return this.send(where, 'POST /_gate/login', headers, JSON.stringify({ username: 'pat', password: PASSWORD, csrf, ...fields }));
  }

  redeem(where: Where, code: string, verifier: string): Promise<RawAnswer> {
    return this.send(where, 'POST /_gate/redeem', [...JSON_HEADERS, `Origin: ${this.origin}`], JSON.stringify({ code, verifier }));
  }

  signOut(where: Where, cookie: string): Promise<RawAnswer> {
    return this.send(where, 'POST /_gate/logout', [`Cookie: ${cookie}`, `Origin: ${this.origin}`]);
  }

  async openSocket(where: Where, cookie: string): Promise<RawConnection> {
    const connection = await RawConnection.open(this.#portOf(where));
    const head = ['GET /api/live/ws HTTP/1.1', `Host: localhost:${this.balancer.port}`, `Origin: ${this.origin}`, ...UPGRADE];
    connection.write(`${[...head, `Cookie: ${cookie}`].join('\r\n')}\r\n\r\n`);
    const { status } = await connection.answer();
    if (status !== 101) throw new Error(`no WebSocket: ${status}`);
    return connection;
  }

  async close(): Promise<void> {
    for (const close of this.#closing) await close();
  }
}

/** @throws where the answer starts no session. */
export function cookieOf(answer: RawAnswer): string {
  const line = answer.all('set-cookie').find((each) => each.startsWith('__Host-framegate='));
  if (line === undefined) throw new Error(`no session: ${answer.status} ${answer.body.slice(0, 300)}`);
  return line.split(';')[0] ?? '';
}

export const codeOf = (answer: RawAnswer): unknown => (JSON.parse(answer.body) as { code?: unknown }).code;

export function useTwoGates(changes: Partial<ConfigInput> = {}): TwoGates {
  const gates = new TwoGates(changes);
  beforeAll(() => gates.start());
  afterAll(() => gates.close());
  return gates;
}
