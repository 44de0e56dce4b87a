// What the browser visits: a host page on one site (http://127.0.0.1) and a gate on another (http://localhost), with
// the demo's dashboard server behind it.

import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { startDashboard } from '../../examples/demo/dashboard/dashboard.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { ConfigInput } from '../../src/config/schema.ts';
import type { Log, LogFields } from '../../src/kernel/log.ts';
import { serve } from '../../src/service.ts';
import { hashPassword } from '../../src/sign-in/argon2id.ts';
import { createRevocation } from '../../src/sign-in/create-revocation.ts';
import { type CreateTicketOptions, createTicket } from '../../src/sign-in/create-ticket.ts';
import { findFreePort } from '../support/start-gate.ts';
import type { Account } from './support.ts';

const ISSUER = 'https://host.test';
const LOOPBACK = '127.0.0.1';

export const DASHBOARD_PATH = '/d/plant-a/plant-a-cooling-water?kiosk';
/** An account of the gate's own. */
export const OLGA: Account = { name: 'olga', password: 'a night shift of olga' };

export interface LogLine {
  readonly event: string;
  readonly fields: LogFields;
}

/** A log that keeps its lines. */
export function recordLog(lines: LogLine[]): Log {
  const write = (event: string, fields: LogFields = {}): void => {
    lines.push({ event, fields });
  };
  return { debug: write, info: write, warn: write, error: write };
}

export interface HostPage {
  readonly html: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface EmbeddingOptions {
  readonly url?: string;
  /** Attributes that say how people sign in. Default: by the host application's tickets. */
  readonly data?: string;
}

export interface SceneOptions {
  /** Merged over the base configuration, one level deep; `embed` two levels deep. */
  readonly config?: Partial<ConfigInput>;
  /** Served by an upstream of this test in the place of the demo's dashboard server. */
  readonly upstream?: RequestListener;
  /** The host application's tickets may come in an address. Default: false. */
  readonly allowInUrl?: boolean;
}

export class Scene {
  gateUrl = '';
  hostUrl = '';
  /** The same host application under the gate's own site. */
  sameSiteHostUrl = '';
  /** And under a third site, whose partition is another one. */
  thirdSiteHostUrl = '';
  readonly log: LogLine[] = [];
  /** Whom the host application's tickets are for. */
  viewer: Partial<CreateTicketOptions> = {};
  /** 200: there is a ticket. Anything else: that answer, and none. */
  ticketStatus = 200;
  readonly #options: SceneOptions;
  readonly #pages = new Map<string, HostPage>();
  readonly #asked = new Set<string | undefined>();
  readonly #running: { close(): Promise<unknown> }[] = [];
  readonly #keys = generateKeyPairSync('ed25519');

  constructor(options: SceneOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { upstream, allowInUrl = false, config: { embed, ...config } = {} } = this.#options;
    const host = await listen((req, res) => void this.#answer(req, res));
    const dashboards = upstream === undefined ? await startDashboard({ port: 0, host: LOOPBACK }) : await listen(upstream);
    const port = await findFreePort();
    this.hostUrl = host.url;
    this.sameSiteHostUrl = host.url.replace(LOOPBACK, 'localhost');
    this.thirdSiteHostUrl = host.url.replace(LOOPBACK, 'app.localhost');
    this.gateUrl = `http://localhost:${port}`;
    const folder = await mkdtemp(path.join(tmpdir(), 'framegate-scene-'));
    const usersFile = path.join(folder, 'users.json');
    const users = [{ name: OLGA.name, passwordHash: await hashPassword(OLGA.password), displayName: 'Olga Lind', groups: ['operators'] }];
    await writeFile(usersFile, JSON.stringify({ users }));
    const publicKeyFile = path.join(folder, 'host.pem');
    await writeFile(publicKeyFile, this.#keys.publicKey.export({ format: 'pem', type: 'spki' }));
    const loaded = loadConfig({
      publicUrl: this.gateUrl,
      listen: { host: LOOPBACK, port },
      admin: false,
      upstreams: { dashboards: { preset: 'grafana', url: dashboards.url } },
      signIn: { password: { usersFile }, tickets: [{ issuer: ISSUER, publicKeyFile, allowInUrl }] },
      embed: { hosts: [this.hostUrl, this.sameSiteHostUrl, this.thirdSiteHostUrl], ...embed },
      access: { rules: [{ name: 'operators', who: { groups: ['operators'] }, may: ['everything'], as: { role: 'Viewer' } }] },
      ...config,
    });
    this.#running.push(host, dashboards, await serve(loaded, { log: recordLog(this.log) }), {
      close: () => rm(folder, { recursive: true }),
    });
  }

  /** A page of the host application. @returns its address. */
  show(page: HostPage): string {
    const address = `/page-${this.#pages.size}`;
    this.#pages.set(address, page);
    return this.hostUrl + address;
  }

  /** A page that embeds a dashboard by embed.js; its script keeps what it is told in `states`. */
  buildEmbedding({ url = DASHBOARD_PATH, data = 'data-ticket-url="/ticket"' }: EmbeddingOptions = {}): string {
    return `<!doctype html><meta charset="utf-8"><title>Host page</title><link rel="icon" href="data:,">
<div data-framegate data-url="${url}" ${data}></div>
<script>${RECORD_STATES}</script><script src="${this.gateUrl}/_gate/embed.js"></script>`;
  }

  showEmbedding({ headers = {}, ...options }: EmbeddingOptions & { readonly headers?: HostPage['headers'] } = {}): string {
    return this.show({ html: this.buildEmbedding(options), headers });
  }

  /** A page with an iframe and nothing else of ours; its script keeps the messages of the frame in `messages`. */
  buildFrame(): string {
    return `<!doctype html><meta charset="utf-8"><title>Host page</title><link rel="icon" href="data:,"><script>${RECORD_MESSAGES}</script>
<iframe title="Dashboard" name="dashboard" style="width:1000px;height:600px" src="${this.gateUrl}${DASHBOARD_PATH}"></iframe>`;
  }

  showFrame(headers: HostPage['headers'] = {}): string {
    return this.show({ html: this.buildFrame(), headers });
  }

  /** Hands a ticket over into the frame of `showFrame`, without embed.js. */
  async enter(page: Page): Promise<void> {
    const fields = { ticket: await this.signTicket(), to: DASHBOARD_PATH };
    const script = `
      const form = Object.assign(document.createElement('form'), { method: 'post', action: '${this.gateUrl}/_gate/enter', target: 'dashboard' });
      for (const [name, value] of Object.entries(${JSON.stringify(fields)})) form.append(Object.assign(document.createElement('input'), { name, value }));
      document.body.append(form);
      form.submit();`;
    await page.evaluate(`{${script}}`);
  }

  /** The host application's log-out of a person, as its server sends it. */
  async revoke(subject: string): Promise<void> {
    const token = await createRevocation({ issuer: ISSUER, audience: this.gateUrl, key: this.#keys.privateKey, kid: 'host', subject });
    const { status } = await fetch(`${this.gateUrl}/_gate/revoke`, { method: 'POST', body: new URLSearchParams({ token }) });
    if (status !== 204) throw new Error(`POST /_gate/revoke answered ${status}`);
  }

  signTicket(): Promise<string> {
    const viewer = { subject: 'alice', name: 'Alice Berg', groups: ['operators'], ...this.viewer };
    return createTicket({ issuer: ISSUER, audience: this.gateUrl, key: this.#keys.privateKey, kid: 'host', ...viewer });
  }

  async close(): Promise<void> {
    for (const part of this.#running.splice(0).reverse()) await part.close();
  }

  async #answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const page = this.#pages.get(req.url ?? '');
    if (req.method === 'POST') {
      const isFirst = !this.#asked.has(req.url);
      this.#asked.add(req.url);
      // `/ticket...-once` gives a ticket for the first time only.
      const status = req.url?.endsWith('-once') === true && !isFirst ? 401 : this.ticketStatus;
      res.statusCode = status;
      res.setHeader('Content-Type', 'application/json');
      res.end(JSON.stringify(status === 200 ? { ticket: await this.signTicket() } : {}));
    } else {
      res.statusCode = page === undefined ? 404 : 200;
      res.setHeader('Content-Type', 'text/html; charset=utf-8');
      for (const [name, value] of Object.entries(page?.headers ?? {})) res.setHeader(name, value);
      res.end(page?.html ?? '');
    }
  }
}

const RECORD_STATES = `
  document.querySelector('[data-framegate]').style.height = '600px';
  globalThis.states = [];
  for (const name of ['loading', 'ready', 'signed-out', 'denied', 'error', 'renewed', 'renew-failed'])
    document.addEventListener('framegate:' + name, ({ detail }) => states.push({ name, detail }));`;

const RECORD_MESSAGES = `
  globalThis.messages = [];
  addEventListener('message', ({ origin, data }) => messages.push({ origin, data }));`;

/** A scene for the tests of a file. */
export function useScene(options: SceneOptions = {}): Scene {
  const scene = new Scene(options);
  beforeAll(() => scene.start());
  beforeEach(() => {
    scene.viewer = {};
    scene.ticketStatus = 200;
    scene.log.length = 0;
  });
  afterAll(() => scene.close());
  return scene;
}

export interface Listening {
  readonly url: string;
  close(): Promise<void>;
}

/** A server on a free port of loopback. */
export async function listen(listener: RequestListener): Promise<Listening> {
  const server: Server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, LOOPBACK, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${LOOPBACK}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
