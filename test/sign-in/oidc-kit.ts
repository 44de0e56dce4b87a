// A whole gate with a real provider, and a browser as far as cookies and redirects go.

import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import type { ConfigInput } from '../../src/config/schema.ts';
import type { Log, LogFields } from '../../src/kernel/log.ts';
import { serve } from '../../src/service.ts';
import { RecordingUpstream } from '../support/recording-upstream.ts';
import { findFreePort, HOST_PAGE } from '../support/start-gate.ts';
import { ALICE, CLIENT_ID, CLIENT_SECRET, type OidcProviderOptions, TestOidcProvider } from '../support/start-oidc-provider.ts';

type ProviderInput = NonNullable<NonNullable<ConfigInput['signIn']>['oidc']>[number];

export interface OidcKitOptions {
  /** Merged over the one provider. */
  readonly provider?: Partial<ProviderInput>;
  /** Further providers, each real. */
  readonly others?: readonly Partial<ProviderInput>[];
  readonly options?: Partial<OidcProviderOptions>;
  readonly config?: Partial<ConfigInput>;
  readonly signIn?: Partial<NonNullable<ConfigInput['signIn']>>;
  /** Gates behind the one address, with a file as their shared store. Default: one. */
  readonly instances?: number;
}

class MovableClock {
  aheadMs = 0;

  now(): number {
    return Date.now() + this.aheadMs;
  }
}

export interface Answer {
  readonly status: number;
  /** Absolute; empty: none. */
  readonly location: string;
  readonly text: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly cookies: readonly string[];
}

interface Ask {
  readonly method?: string;
  readonly body?: string;
}

type RequestHeaders = Readonly<Record<string, string>>;

/** One browser: cookies by origin, and no redirect followed unless asked to. */
export class Agent {
  readonly #jars = new Map<string, Map<string, string>>();

  async get(url: string, headers: RequestHeaders = {}, { method = 'GET', body = '' }: Ask = {}): Promise<Answer> {
    const { origin } = new URL(url);
    const jar = this.#jars.get(origin) ?? new Map<string, string>();
    this.#jars.set(origin, jar);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
      const all = { Accept: 'text/html', ...(cookie === '' ? {} : { Cookie: cookie }), ...headers };
      http.request(url, { method, headers: all, agent: false, family: 4 }, resolve).on('error', reject).end(body);
    });
    let text = '';
    for await (const chunk of response.setEncoding('utf8')) text += chunk;
    const cookies = response.headers['set-cookie'] ?? [];
    for (const line of cookies) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (/; Max-Age=0|Expires=Thu, 01 Jan 1970/i.test(line)) jar.delete(name);
      else jar.set(name, value);
    }
    const { location = '' } = response.headers;
    const { headers: received, statusCode: status = 0 } = response;
    return { status, location: location === '' ? '' : new URL(location, url).href, text, headers: received, cookies };
  }

  post(url: string, fields: Readonly<Record<string, string>>, headers: RequestHeaders = {}): Promise<Answer> {
    const form = { Origin: new URL(url).origin, 'Content-Type': 'application/x-www-form-urlencoded', ...headers };
    return this.get(url, form, { method: 'POST', body: new URLSearchParams(fields).toString() });
  }

  /** Follows redirects until an address begins like this. @returns it, not asked for. */
  async followTo(url: string, prefix: string): Promise<string> {
    let at = url;
    for (let hop = 0; hop < 12; hop++) {
      if (at.startsWith(prefix)) return at;
      const answer = await this.get(at);
      if (answer.location === '') throw new Error(`${answer.status} at ${at}: ${answer.text.slice(0, 500)}`);
      at = answer.location;
    }
    throw new Error('redirected for ever');
  }

  cookie(origin: string, name: string): string | undefined {
    return this.#jars.get(origin)?.get(name);
  }

  setCookie(origin: string, name: string, value: string): void {
    this.#jars.get(origin)?.set(name, value);
  }
}

export class OidcKit {
  url = '';
  upstream!: RecordingUpstream;
  readonly providers: TestOidcProvider[] = [];
  /** Which instance gets the next connections. */
  instance = 0;
  readonly clock = new MovableClock();
  readonly lines: { readonly event: string; readonly fields: LogFields }[] = [];
  readonly #options: OidcKitOptions;
  readonly #running: { close(): Promise<unknown> }[] = [];

  constructor(options: OidcKitOptions) {
    this.#options = options;
  }

  get provider(): TestOidcProvider {
    const [first] = this.providers;
    if (first === undefined) throw new Error('not started');
    return first;
  }

  get log(): Log {
    const write = (event: string, fields: LogFields = {}): void => void this.lines.push({ event, fields });
    return { debug: write, info: write, warn: write, error: write };
  }

  get callback(): string {
    return `${this.url}/_gate/oidc/callback`;
  }

  /** `reason` of the last refusal. */
  get refusal(): unknown {
    return this.lines.findLast(({ event }) => event === 'oidc.refused')?.fields['reason'];
  }

  async start(): Promise<void> {
    const { provider = {}, others = [], options = {}, config = {}, signIn = {}, instances } = this.#options;
    const port = await findFreePort();
    this.url = `http://localhost:${port}`;
    this.upstream = await RecordingUpstream.start();
    for (const _ of [provider, ...others]) this.providers.push(await TestOidcProvider.start({ gateUrl: this.url, ...options }));
    const oidc = [provider, ...others].map((input, index) => ({
      id: `p${index}`,
      issuer: this.providers[index]?.issuer ?? '',
      clientId: CLIENT_ID,
      clientSecret: CLIENT_SECRET,
      ...(index === 0 ? {} : { loginPrefix: `p${index}-` }),
      ...input,
    }));
    const input: ConfigInput = {
      publicUrl: this.url,
      listen: { host: '127.0.0.1', port },
      admin: false,
      upstreams: { main: { preset: 'grafana', url: this.upstream.url, version: 12 } },
      signIn: { oidc, ...signIn },
      session: { secret: 'a secret of the tests, 32 bytes or longer' },
      embed: { hosts: [HOST_PAGE] },
      access: { rules: [{ name: 'operators', who: { groups: ['operators'] }, may: ['everything'], as: { role: 'Viewer' } }] },
      ...config,
    };
    this.#running.push(this.upstream, ...this.providers);
    if (instances === undefined) this.#running.push(await serve(loadConfig(input), { log: this.log, clock: this.clock }));
    else await this.#serveBehindBalancer(input, instances, port);
  }

  async #serveBehindBalancer(input: ConfigInput, instances: number, port: number): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), 'framegate-oidc-'));
    this.#running.push({ close: () => rm(folder, { recursive: true }) });
    const ports: number[] = [];
    for (let index = 0; index < instances; index++) {
      const listen = { host: '127.0.0.1', port: await findFreePort() };
      const session = { ...input.session, store: `sqlite:${join(folder, 'state.db')}` };
      ports.push(listen.port);
      this.#running.push(await serve(loadConfig({ ...input, listen, session }), { log: this.log, clock: this.clock }));
    }
    const balancer = net.createServer((socket) => {
      const there = net.connect(ports[this.instance] ?? 0, '127.0.0.1');
      socket.on('error', () => there.destroy()).pipe(there);
      there.on('error', () => socket.destroy()).pipe(socket);
    });
    await new Promise<void>((resolve) => balancer.listen(port, '127.0.0.1', resolve));
    this.#running.push({ close: () => new Promise((resolve) => balancer.close(resolve)) });
  }

  reset(): void {
    this.instance = 0;
    this.clock.aheadMs = 0;
    this.lines.length = 0;
    this.upstream.clear();
    for (const provider of this.providers) {
      provider.replaced.clear();
      provider.account = ALICE;
    }
  }

  /** The sign-in up to the callback's address, which is not asked for. */
  async reachCallback(agent: Agent, query = '?returnTo=/d/x'): Promise<string> {
    return agent.followTo(`${this.url}/_gate/oidc/start${query}`, this.callback);
  }

  async signIn(agent: Agent, query?: string): Promise<Answer> {
    return agent.get(await this.reachCallback(agent, query));
  }

  /** The answer of /_gate/session. */
  async whoIs(agent: Agent): Promise<{ readonly status: number; readonly session: Record<string, unknown> }> {
    const { status, text } = await agent.get(`${this.url}/_gate/session`, { Accept: 'application/json' });
    return { status, session: JSON.parse(text) as Record<string, unknown> };
  }

  async close(): Promise<void> {
    for (const part of this.#running.splice(0).reverse()) await part.close();
  }
}

/** A kit for the tests of a file; clock, log and replaced answers are as new for each. */
export function useOidc(options: OidcKitOptions = {}): OidcKit {
  const kit = new OidcKit(options);
  beforeAll(() => kit.start());
  beforeEach(() => kit.reset());
  afterEach(() => kit.reset());
  afterAll(() => kit.close());
  return kit;
}
