// The admin listener: its own port, loopback unless set, so that nothing here is ever beside a dashboard (SEC-H15).
// Paths are exact and no header grants anything (SEC-H14).

import { createServer, type Server } from 'node:http';
import type { AdminHandler } from './reply.ts';

/** Longest time for a whole request, in milliseconds. */
const REQUEST_TIMEOUT_MS = 15_000;

export interface AdminListenerOptions {
  /** False while the service drains: a load balancer then sends no new requests. */
  readonly isReady: () => boolean;
  /**
   * Told beside readiness and never part of it: an upstream that is down is down for every instance, and taking all of
   * them out of service would hide the page that says so.
   */
  readonly upstreamStates?: () => ReadonlyMap<string, 'up' | 'down'>;
  /** The same of the store that instances share: while it is down, those who are signed in go on. Default: there is none. */
  readonly storeState?: () => 'up' | 'down' | undefined;
  /** What else there is: the admin API, the metrics. Default: nothing. */
  readonly handlers?: readonly AdminHandler[];
}

export function createAdminServer({
  isReady,
  upstreamStates = () => new Map(),
  storeState = () => undefined,
  handlers = [],
}: AdminListenerOptions): Server {
  function describeReady(): string {
    const store = storeState();
    // No upstream has a name with a dot.
    const states = [...upstreamStates(), ...(store === undefined ? [] : [['session.store', store]])];
    return ['ready', ...states.map(([name, state]) => `${name}: ${state}`)].join('\n');
  }

  return createServer({ requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS }, (req, res) => {
    if (handlers.some((handle) => handle(req, res))) return;
    const answer = (status: number, text: string, headers: Readonly<Record<string, string>> = {}) => {
      res.writeHead(status, {
        ...headers,
        'Content-Type': 'text/plain; charset=utf-8',
        'Cache-Control': 'no-store',
        'X-Content-Type-Options': 'nosniff',
      });
      res.end(req.method === 'HEAD' ? undefined : `${text}\n`);
    };
    if (req.url !== '/healthz' && req.url !== '/readyz') answer(404, 'not found');
    else if (req.method !== 'GET' && req.method !== 'HEAD') answer(405, 'method not allowed', { Allow: 'GET, HEAD' });
    else if (req.url === '/healthz') answer(200, 'ok');
    else if (isReady()) answer(200, describeReady());
    else answer(503, 'draining');
  });
}
