// Sessions behind a real Express application on a real socket; time is moved by hand.

import http from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type RequestHandler } from 'express';
import { afterEach } from 'vitest';
import type { Config } from '../../src/config/config.ts';
import { FramegateError } from '../../src/kernel/errors.ts';
import type { Identity } from '../../src/kernel/identity.ts';
import { type Log, silentLog } from '../../src/kernel/log.ts';
import { Secret } from '../../src/kernel/secret.ts';
import type { StateStore } from '../../src/kernel/state-store.ts';
import { createSessions } from '../../src/session/create-sessions.ts';
import type { ActiveSession, SessionEndReason, SessionStart, Sessions } from '../../src/session/session.ts';
import { createMemoryStore } from '../../src/state/memory-store.ts';

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const FIRST_SECRET = new Secret('the first secret of the tests, 32 bytes');
export const SECOND_SECRET = new Secret('another secret of the tests, 32 bytes or so');

export class MovableClock {
  nowMs = Date.UTC(2026, 0, 1);

  now(): number {
    return this.nowMs;
  }
}

export function identityOf(login: string, over: Partial<Identity> = {}): Identity {
  return { issuer: 'https://host.test', subject: login, login, groups: [], ...over };
}

/** Where sessions are kept: what holds for one holds for the other. */
export const STORES = ['memory', 'shared'] as const;

/** A store of this process that counts as shared, and can be away. */
export type SharedStore = StateStore & { isAway: boolean };

export function createSharedStore(clock: MovableClock): SharedStore {
  const inner = createMemoryStore({ clock });
  function assertThere(): void {
    if (store.isAway) throw new FramegateError('FRAMEGATE_STORE_UNAVAILABLE', { reason: 'away' });
  }
  const guarded = <A extends unknown[], R>(method: (...args: A) => Promise<R>) =>
    async function askStore(...args: A): Promise<R> {
      assertThere();
      return method(...args);
    };
  const store: SharedStore = {
    isAway: false,
    isShared: true,
    isUp: () => !store.isAway,
    get: guarded(inner.get),
    getMany: guarded(inner.getMany),
    set: guarded(inner.set),
    add: guarded(inner.add),
    replace: guarded(inner.replace),
    take: guarded(inner.take),
    count: guarded(inner.count),
    append: guarded(inner.append),
    read: guarded(inner.read),
    async *entries(prefix) {
      assertThere();
      yield* inner.entries(prefix);
    },
    watch: (log, listener) => inner.watch(log, () => !store.isAway && listener()),
    close: () => inner.close(),
  };
  return store;
}

export interface KitOptions {
  /** Default: memory. */
  readonly store?: (typeof STORES)[number];
  /** In place of one of its own, to share it with another instance. */
  readonly state?: StateStore;
  readonly log?: Log;
  readonly session?: Partial<Config['session']>;
  readonly cookies?: 'lax' | 'partitioned';
  readonly clock?: MovableClock;
  /** Run before the sessions' middleware, as a host application's own. */
  readonly before?: readonly RequestHandler[];
}

export interface Ended {
  readonly login: string;
  readonly key: string;
  readonly reason: SessionEndReason;
}

export class SessionKit {
  readonly clock: MovableClock;
  readonly sessions: Sessions;
  readonly ended: Ended[] = [];
  readonly #server: http.Server;
  #handle: (req: express.Request, res: express.Response) => Promise<void> = async () => {};

  constructor({ session = {}, cookies = 'partitioned', clock = new MovableClock(), before = [], ...options }: KitOptions = {}) {
    this.clock = clock;
    const { store = 'memory', state = store === 'memory' ? createMemoryStore({ clock }) : createSharedStore(clock) } = options;
    const config = {
      session: {
        secrets: [FIRST_SECRET],
        idleTimeoutMs: 30 * MINUTE_MS,
        ticketIdleTimeoutMs: undefined,
        absoluteTimeoutMs: 8 * HOUR_MS,
        outageWindowMs: 5 * MINUTE_MS,
        maxSessions: 100,
        maxPerUser: undefined,
        ...session,
      },
      embed: { cookies },
    };
    this.sessions = createSessions({ config, state, clientAddress: () => '192.0.2.1', clock, log: options.log ?? silentLog });
    this.sessions.onEnd((ended, reason) => this.ended.push({ login: ended.identity.login, key: ended.key, reason }));
    const app = express();
    for (const handler of before) app.use(handler);
    app.use(this.sessions.middleware);
    app.use(async (req, res) => {
      try {
        await this.#handle(req, res);
        if (!res.headersSent) res.status(204).end();
      } catch (error) {
        res.status(500).end(String((error as { code?: string }).code ?? error));
      }
    });
    this.#server = http.createServer(app);
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  /** Sends a request whose handler is `handle`. @returns status, text and the cookies that were set. */
  async visit(
    cookie: string | undefined,
    handle: (req: express.Request, res: express.Response) => Promise<void>,
  ): Promise<{ status: number; text: string; setCookie: string[] }> {
    this.#handle = handle;
    const { port } = this.#server.address() as AddressInfo;
    const response = await fetch(`http://127.0.0.1:${port}/`, { headers: cookie === undefined ? {} : { Cookie: cookie } });
    return { status: response.status, text: await response.text(), setCookie: response.headers.getSetCookie() };
  }

  /** Signs in. @returns the session, and the Cookie header that the browser sends from now on. */
  async signIn(
    start: Partial<SessionStart> & { readonly login?: string } = {},
    cookie?: string,
  ): Promise<{ session: ActiveSession; cookie: string; line: string }> {
    const { login = 'alice', ...rest } = start;
    let session: ActiveSession | undefined;
    const answer = await this.visit(cookie, async (req) => {
      session = await this.sessions.start(req, { identity: identityOf(login), method: 'password', ...rest });
    });
    if (session === undefined) throw new Error(`no session: ${answer.status} ${answer.text}`);
    const line = answer.setCookie.findLast((each) => each.startsWith('__Host-framegate=')) ?? '';
    return { session, cookie: line.split(';')[0] ?? '', line };
  }

  /** A read that counts as activity, with the write that follows it. */
  async act(cookie: string): Promise<ActiveSession | undefined> {
    const session = await this.sessions.read(cookie, true);
    await new Promise(setImmediate);
    return session;
  }

  signOut(cookie?: string): Promise<{ status: number; setCookie: string[] }> {
    return this.visit(cookie, (req) => this.sessions.end(req));
  }

  async close(): Promise<void> {
    this.sessions.close();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

const open: SessionKit[] = [];

/** A kit that is closed after the test. */
export async function startSessions(options: KitOptions = {}): Promise<SessionKit> {
  const kit = new SessionKit(options);
  await kit.listen();
  open.push(kit);
  return kit;
}

/** Closes the kits of a file after each test. */
export function closeKits(): void {
  afterEach(async () => {
    for (const kit of open.splice(0)) await kit.close();
  });
}
