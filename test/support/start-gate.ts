// A gate on a free port in front of the recording upstream, with real keys and real sign-in.

import { randomUUID } from 'node:crypto';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CryptoKey, exportSPKI, generateKeyPair, SignJWT } from 'jose';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { ConfigError } from '../../src/config/error.ts';
import { checkServiceConfig, loadConfig } from '../../src/config/load.ts';
import type { ConfigInput } from '../../src/config/schema.ts';
import type { Clock } from '../../src/kernel/clock.ts';
import type { Log } from '../../src/kernel/log.ts';
import { type RunningService, serve } from '../../src/service.ts';
import { findFreePort } from './free-port.ts';
import { type Ending, type RawAnswer, send } from './raw-client.ts';
import { type RecordingOptions, RecordingUpstream } from './recording-upstream.ts';

export { findFreePort } from './free-port.ts';

/** A host page that may frame the gate. */
export const HOST_PAGE = 'https://host.test';
export const PASSWORD = 'correct horse battery staple';
export const PASSWORD_HASH = '$argon2id$v=19$m=19456,t=2,p=1$ZnJhbWVnYXRlLXRlc3QtMQ$uPqijxR46vV57nnuzX8I/owLOf6Y/RQfIYxs+d4Ktwc';

/** The suite runs once for each engine; see vitest.config.ts. */
const ENGINE = process.env['TEST_ENGINE'] as 'http-proxy' | 'undici' | undefined;

type UpstreamInput = ConfigInput['upstreams'][string];

export interface GateOptions {
  /** Merged over the upstream of the base configuration. */
  readonly upstream?: Partial<UpstreamInput>;
  /** Merged over the base configuration, one level deep. */
  readonly config?: Partial<ConfigInput>;
  /** Merged over the ways to sign in of the base configuration. */
  readonly signIn?: ConfigInput['signIn'];
  /** Put in the place of the recording upstream's address. */
  readonly upstreamUrl?: string;
  /** Put behind the recording upstream's address: `/base`. */
  readonly upstreamPath?: string;
  /** How the recording upstream listens. */
  readonly recording?: RecordingOptions;
  /** Default: nothing is written. */
  readonly log?: Log;
  /** Default: the system's. */
  readonly clock?: Clock;
  /** Nobody is signed in at the start. */
  readonly anonymous?: boolean;
  /** The configuration lies in a file, which `rewrite` changes. */
  readonly fromFile?: boolean;
}

export type Sent = RawAnswer & { readonly ending: Ending };

export class TestGate {
  port = 0;
  adminUrl = '';
  upstream!: RecordingUpstream;
  /** Cookie header value of alice, group operators, who may do everything. */
  alice = '';
  readonly #options: GateOptions;
  #key!: CryptoKey;
  #folder = '';
  #service: RunningService | undefined;

  constructor(options: GateOptions) {
    this.#options = options;
  }

  get origin(): string {
    return `http://localhost:${this.port}`;
  }

  /** The header line that makes a request one of our own pages. */
  get ownOrigin(): string {
    return `Origin: ${this.origin}`;
  }

  async start(): Promise<void> {
    this.upstream = await RecordingUpstream.start(this.#options.recording);
    this.port = await findFreePort();
    this.#folder = await mkdtemp(join(tmpdir(), 'framegate-'));
    const { publicKey, privateKey } = await generateKeyPair('EdDSA', { extractable: true });
    this.#key = privateKey;
    await writeFile(join(this.#folder, 'host.pem'), await exportSPKI(publicKey));
    const users = ['pat', 'pia'].map((name) => ({ name, passwordHash: PASSWORD_HASH, groups: ['operators'] }));
    await writeFile(join(this.#folder, 'users.yaml'), JSON.stringify({ users }));
    const { log, clock, fromFile } = this.#options;
    const ports = { ...(log && { log }), ...(clock && { clock }) };
    const service = fromFile === true ? await this.#serveFile(ports) : await serve(loadConfig(this.#input()), ports);
    this.#service = service;
    this.adminUrl = service.adminUrl ?? '';
    if (this.#options.anonymous !== true) this.alice = await this.signIn('alice', ['operators']);
    this.upstream.clear();
  }

  /** Where the configuration and the files that it names are. */
  get folder(): string {
    return this.#folder;
  }

  async #serveFile(ports: Pick<GateOptions, 'log' | 'clock'>): Promise<RunningService> {
    await this.rewrite({});
    const load = () => checkServiceConfig(join(this.#folder, 'framegate.json'), { env: {} });
    const { config, files, problems } = load();
    if (config === undefined) throw new ConfigError(problems);
    return serve(config, { ...ports, source: { load, files } });
  }

  /** Puts another configuration file in the place of the one that is there. */
  async rewrite(over: Partial<ConfigInput>): Promise<void> {
    await replaceFile(join(this.#folder, 'framegate.json'), JSON.stringify({ ...this.#input(), ...over }));
  }

  async reload(): Promise<boolean> {
    return (await this.#service?.reload()) === true;
  }

  #input(): ConfigInput {
    const {
      config = {},
      signIn = {},
      upstream = {},
      upstreamPath = '',
      upstreamUrl = `${this.upstream.url}${upstreamPath}`,
    } = this.#options;
    return {
      publicUrl: this.origin,
      listen: { host: '127.0.0.1', port: this.port },
      admin: { host: '127.0.0.1', port: 0 },
      upstreams: {
        main: {
          preset: 'grafana',
          url: upstreamUrl,
          ...(ENGINE === undefined ? {} : { engine: ENGINE }),
          // Else the upstream is asked, and its recordings hold a request that nobody of the test sent.
          ...((upstream.preset ?? 'grafana') === 'grafana' ? { version: 12 } : {}),
          ...upstream,
        },
      },
      signIn: {
        password: { usersFile: join(this.#folder, 'users.yaml') },
        tickets: [{ issuer: HOST_PAGE, publicKeyFile: join(this.#folder, 'host.pem') }],
        ...signIn,
      },
      session: { secret: 'a secret of the tests, 32 bytes or longer' },
      embed: { hosts: [HOST_PAGE] },
      access: { rules: [{ name: 'operators', who: { groups: ['operators'] }, may: ['everything'], as: { role: 'Viewer' } }] },
      log: { level: 'silent' },
      ...config,
    };
  }

  /** A ticket as the host application signs it. */
  async signTicket(login: string, groups: readonly string[] = [], claims: Record<string, unknown> = {}): Promise<string> {
    return new SignJWT({ groups, ...claims })
      .setProtectedHeader({ alg: 'EdDSA', typ: 'framegate-ticket+jwt', kid: 'test' })
      .setIssuer(HOST_PAGE)
      .setAudience(this.origin)
      .setSubject(login)
      .setIssuedAt()
      .setExpirationTime('60s')
      .setJti(randomUUID())
      .sign(this.#key);
  }

  /** Posts a ticket as a host page does. @returns the value of the Cookie header of the session. */
  async signIn(login: string, groups: readonly string[], claims: Record<string, unknown> = {}): Promise<string> {
    const body = new URLSearchParams({ ticket: await this.signTicket(login, groups, claims), to: '/' }).toString();
    const headers = ['Content-Type: application/x-www-form-urlencoded', `Origin: ${HOST_PAGE}`, 'Sec-Fetch-Site: cross-site'];
    const entered = await this.send('POST /_gate/enter', [...headers, 'Sec-Fetch-Mode: navigate', 'Sec-Fetch-Dest: iframe'], body);
    const cookie = entered.all('set-cookie').find((line) => line.startsWith('__Host-framegate='));
    if (cookie === undefined) throw new Error(`no session: ${entered.status} ${entered.body.slice(0, 300)}`);
    return cookie.split(';')[0] ?? '';
  }

  /** The bytes of a request: own Host unless a Host line is given, Content-Length where there is a body and no framing. */
  text(line: string, headers: readonly string[] = [], body = ''): string {
    const has = (name: string) => headers.some((header) => header.toLowerCase().startsWith(`${name}:`));
    const all = has('host') ? [...headers] : [`Host: localhost:${this.port}`, ...headers];
    if (body !== '' && !has('content-length') && !has('transfer-encoding')) all.push(`Content-Length: ${body.length}`);
    const startLine = / HTTP\/\d\.\d$/.test(line) ? line : `${line} HTTP/1.1`;
    return `${[startLine, ...all].join('\r\n')}\r\n\r\n${body}`;
  }

  /** The same with alice's cookie. */
  aliceText(line: string, headers: readonly string[] = [], body = ''): string {
    return this.text(line, [`Cookie: ${this.alice}`, ...headers], body);
  }

  /** Sends a request without a session. */
  send(line: string, headers: readonly string[] = [], body = ''): Promise<Sent> {
    return send(this.port, this.text(line, headers, body));
  }

  /** Sends a request as alice. */
  sendAsAlice(line: string, headers: readonly string[] = [], body = ''): Promise<Sent> {
    return send(this.port, this.aliceText(line, headers, body));
  }

  /** Sends exactly these bytes. */
  sendBytes(bytes: string): Promise<Sent> {
    return send(this.port, bytes);
  }

  async close(): Promise<void> {
    await this.#service?.close();
    await this.upstream.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** As editors do: a new file takes the place of the old one, and is never seen half. */
export async function replaceFile(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
}

/** One gate for the tests of a file. After each test the recordings are cleared. */
export function useGate(options: GateOptions = {}): TestGate {
  const gate = new TestGate(options);
  beforeAll(() => gate.start());
  afterEach(() => gate.upstream.clear());
  afterAll(() => gate.close());
  return gate;
}

/** Asserts that the request was refused with the status and that not one byte of it went upstream. */
export async function expectRefused(gate: TestGate, sent: Sent, ...statuses: number[]): Promise<void> {
  expect(statuses, `status ${sent.status}, body ${sent.body.slice(0, 200)}`).toContain(sent.status);
  expect(await gate.upstream.allBytes()).toBe('');
}

/** A refusal of the guard: also ends the connection, is not stored, and sets no cookie. */
export async function expectRefusedByGuard(gate: TestGate, sent: Sent, ...statuses: number[]): Promise<void> {
  await expectRefused(gate, sent, ...statuses);
  expect(sent.ending).not.toBe('open');
  expect(sent.header('cache-control')).toBe('no-store');
  expect(sent.header('set-cookie')).toBeUndefined();
}
