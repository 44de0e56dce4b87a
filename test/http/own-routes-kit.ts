// The own routes in a real express application on a real socket, with real sessions, codes and csrf tokens. The two
// sign-in ports are the only stand-ins: what they verify is not the concern of the routes.

import http from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import type { Config } from '../../src/config/config.ts';
import { createAnswers } from '../../src/http/answers.ts';
import type { OwnRoutesDeps } from '../../src/http/route.ts';
import { createOwnRoutes } from '../../src/http/routes.ts';
import { FramegateError } from '../../src/kernel/errors.ts';
import type { LogFields } from '../../src/kernel/log.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { Secret } from '../../src/kernel/secret.ts';
import { createSessions } from '../../src/session/create-sessions.ts';
import { createCodeLimit } from '../../src/sign-in/code-limit.ts';
import { createPopupCodes } from '../../src/sign-in/popup-codes.ts';
import type { PasswordSignIn, TicketSignIn } from '../../src/sign-in/ports.ts';
import { createMemoryStore } from '../../src/state/memory-store.ts';

export const HOST = 'https://host.test';
export const PUBLIC = 'https://p.test';
const SECRET = new Secret('a secret of the tests, 32 bytes or longer');

class MovableClock {
  nowMs = Date.UTC(2026, 0, 1);

  now(): number {
    return this.nowMs;
  }
}

export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
}

export interface Ask {
  readonly method?: string;
  readonly path: string;
  readonly headers?: http.OutgoingHttpHeaders;
  readonly body?: string | Buffer;
}

export const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' };
export const JSON_BODY = { 'Content-Type': 'application/json' };
export const SAME_ORIGIN = { 'Sec-Fetch-Site': 'same-origin' };
export const NAVIGATION = { 'Sec-Fetch-Site': 'none', 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document', Accept: 'text/html' };
export const IN_FRAME = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'iframe', Accept: 'text/html' };
export const WANTS_JSON = { Accept: 'application/json' };

/** `right` is everybody's password; `slow down` is throttled. */
const password: PasswordSignIn = {
  async verify({ username, password: given }) {
    if (typeof username !== 'string' || typeof given !== 'string') throw new FramegateError('FRAMEGATE_BAD_REQUEST');
    if (given === 'slow down') throw new FramegateError('FRAMEGATE_TOO_MANY', { retryAfterSeconds: 42 });
    if (given === 'explode') throw new Error('canary-cause');
    if (given !== 'right') throw new FramegateError('FRAMEGATE_SIGN_IN_REFUSED');
    return { issuer: 'password', subject: username, login: username, displayName: 'Alice <A>', groups: ['operators'] };
  },
};

const tickets: TicketSignIn = {
  takesUrl: false,
  async verify(ticket) {
    if (!ticket.startsWith('good-')) throw new FramegateError('FRAMEGATE_TICKET_REFUSED', { reason: 'signature' });
    return {
      identity: { issuer: HOST, subject: ticket, login: ticket.slice(5), groups: [] },
      vouchedAtMs: Number.POSITIVE_INFINITY,
      jtiHash: '00',
    };
  },
  async verifyRevocation(token) {
    if (!token.startsWith('good-')) throw new FramegateError('FRAMEGATE_TICKET_REFUSED', { reason: 'signature' });
    return { issuer: HOST, subject: token, startedUntilMs: Number.POSITIVE_INFINITY, vouchedUntilMs: 0, jtiHash: '00' };
  },
};

export interface KitOptions {
  readonly config?: { readonly publicUrl?: Partial<Config['publicUrl']>; readonly embed?: Partial<Config['embed']> };
  readonly deps?: Partial<OwnRoutesDeps>;
  readonly withoutPassword?: boolean;
  /** Refused codes that an address may send. Default 1000. */
  readonly codesPerMinute?: number;
  readonly gatePrefix?: string;
  /** Runs before the routes, as a host application's own middleware does. */
  readonly before?: express.RequestHandler[];
}

export class Kit {
  readonly clock = new MovableClock();
  readonly audit: { event: string; fields: LogFields }[] = [];
  readonly logged: { event: string; fields: LogFields | undefined }[] = [];
  #server = http.createServer();
  readonly #options: KitOptions;

  constructor(options: KitOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const {
      config: overrides = {},
      deps,
      withoutPassword = false,
      gatePrefix = '/_gate',
      before = [],
      codesPerMinute = 1000,
    } = this.#options;
    const { clock } = this;
    const state = createMemoryStore({ clock });
    const config = {
      publicUrl: { origin: PUBLIC, hosts: ['p.test'], hostname: 'p.test', port: 443, https: true, ...overrides.publicUrl },
      embed: {
        hosts: [HOST],
        cookies: 'partitioned',
        storageStandIn: true,
        crossOriginIsolated: false,
        title: 'Plant & Co',
        ...overrides.embed,
      },
      upstreams: [{ mount: '/' }],
      session: {
        secrets: [SECRET],
        idleTimeoutMs: 1_800_000,
        ticketIdleTimeoutMs: undefined,
        absoluteTimeoutMs: 28_800_000,
        maxSessions: 100,
        maxSockets: 10,
      },
    } as unknown as Config;
    const record = (event: string, fields?: LogFields): void => void this.logged.push({ event, fields });
    const log = { ...silentLog, warn: record, error: record };
    const sessions = createSessions({ config, state, clientAddress: () => '192.0.2.1', clock, log: silentLog });
    const prefix = (): string => gatePrefix;
    const answers = createAnswers({ config, gatePrefix: prefix, hasLoginPage: !withoutPassword });
    const routes = createOwnRoutes({
      config,
      clock,
      log,
      sessions,
      ...(!withoutPassword && { password }),
      tickets,
      codes: createPopupCodes({ state, clock, keys: ['a key of the tests'] }),
      codeLimit: createCodeLimit({ state, clock, rate: { count: codesPerMinute, windowMs: 60_000 } }),
      gatePrefix: prefix,
      clientAddress: () => '192.0.2.1',
      secret: SECRET,
      requestId: () => 'request-1',
      answers,
      audit: (event, fields) => void this.audit.push({ event, fields }),
      ...deps,
    });
    const app = express();
    for (const middleware of before) app.use(middleware);
    app.use(gatePrefix, routes);
    // Stands for the rest of the road.
    const context = { requestId: 'request-1' };
    app.use('/denied', (req, res) => answers.denied(req, res, { ...context, login: 'bob <b>' }));
    app.use('/down', (req, res) =>
      answers.problem(req, res, new FramegateError('FRAMEGATE_UPSTREAM_DOWN', { message: 'canary-cause' }), context),
    );
    app.use((req, res) => answers.signIn(req, res, context));
    this.#server = http.createServer(app);
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  ask({ method = 'GET', path, headers = {}, body }: Ask): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const request = http.request({ port: this.port, host: '127.0.0.1', method, path, headers, agent: false }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk) => (text += chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
      });
      request.on('error', reject);
      request.end(body);
    });
  }

  /** A person's sign-in by form. @returns the answer to the POST. */
  async signIn(fields: Readonly<Record<string, string>> = {}, query = ''): Promise<Answer> {
    const page = await this.ask({ path: `/_gate/login${query}`, headers: NAVIGATION });
    const form = readForm(page.text);
    const body = new URLSearchParams({ ...form, username: 'alice', password: 'right', ...fields }).toString();
    return this.ask({
      method: 'POST',
      path: '/_gate/login',
      headers: { ...FORM, ...NAVIGATION, ...SAME_ORIGIN, Cookie: readCookies(page) },
      body,
    });
  }
}

/** Starts a kit for the tests of a file; its records are emptied before each test. */
export function startKit(options: KitOptions = {}): Kit {
  const kit = new Kit(options);
  beforeAll(() => kit.start());
  beforeEach(() => {
    kit.audit.length = 0;
    kit.logged.length = 0;
  });
  afterAll(() => kit.stop());
  return kit;
}

/** Cookie header value of what an answer sets. */
export function readCookies(answer: Answer): string {
  return (answer.headers['set-cookie'] ?? []).map((line) => line.split(';')[0]).join('; ');
}

/** Hidden fields of a page's form. */
export function readForm(text: string): Record<string, string> {
  const inputs = text.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g);
  return Object.fromEntries([...inputs].map(([, name = '', value = '']) => [name, value.replaceAll('&amp;', '&')]));
}

/** A directive of the Content-Security-Policy. */
export function readDirective(answer: Answer, name: string): string | undefined {
  const policy = String(answer.headers['content-security-policy'] ?? '');
  const found = policy.split(';').find((directive) => directive.trim().split(' ')[0] === name);
  return found?.trim().slice(name.length + 1);
}
