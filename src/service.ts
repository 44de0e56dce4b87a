// The gate as a service: an HTTP server around the middleware, the admin listener, and an orderly end.

import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { createAdminApi } from './admin/api.ts';
import { createDenialRoutes } from './admin/denial-routes.ts';
import { createAdminServer } from './admin/listener.ts';
import { createMetricsHandler } from './admin/metrics.ts';
import { createReply } from './admin/reply.ts';
import { createSessionRoutes } from './admin/session-routes.ts';
import { createStateRoutes } from './admin/state-routes.ts';
import { createReloader, type ReloaderOptions } from './compose/reloader.ts';
import type { ConfigChanges } from './config/changes.ts';
import type { AdminConfig, Config } from './config/config.ts';
import { nameRevision } from './config/fingerprint.ts';
import { composeGate, type GateOptions } from './gate.ts';
import { Bag } from './kernel/bag.ts';
import { FramegateError } from './kernel/errors.ts';
import { createLog } from './observe/log.ts';
import { printProcessMetrics } from './observe/process-metrics.ts';
import { refuseSocket } from './road/socket-answer.ts';

// SEC-D8.7 to D8.12, PRX-40; milliseconds.
const HEADERS_TIMEOUT_MS = 15_000;
const REQUEST_TIMEOUT_MS = 60_000;
const KEEP_ALIVE_TIMEOUT_MS = 75_000;
const CONNECTIONS_CHECK_MS = 5000;
const MAX_HEADER_BYTES = 16 * 1024;
/** What may wait for one browser before the upstream is held back: an answer of usual size never is. */
const WRITE_BUFFER_BYTES = 256 * 1024;
const MAX_REQUESTS_PER_SOCKET = 1000;
/** How long requests in flight may take after the order to stop (SEC-B9.6). */
const DRAIN_MS = 20_000;
/** How often connections that have become idle are closed meanwhile. */
const SWEEP_MS = 100;

export interface RunningService {
  /** Where the service listens, for example `http://127.0.0.1:8000`; browsers use publicUrl. */
  readonly url: string;
  /** Where the admin listener is; undefined when it is off. */
  readonly adminUrl: string | undefined;
  /**
   * Reads the configuration again and puts it in force, as a change of its files does.
   * @returns whether it is in force; if not, the one from before is, and the log says why.
   */
  reload(): Promise<boolean>;
  /** Opens the file of the audit log anew, by its name: after a rotation. */
  reopenAudit(): void;
  /** Stops accepting, finishes what is in flight (at most 20 s), closes WebSockets with 1001, then everything. */
  close(): Promise<void>;
}

interface ServiceOptions extends Pick<GateOptions, 'log' | 'audit' | 'clock'> {
  /** How the configuration is read again, and what it was read from. Default: it stays as it is. */
  readonly source?: Pick<ReloaderOptions, 'load' | 'files'>;
}

export async function serve(config: Config, options: ServiceOptions = {}): Promise<RunningService> {
  const log = options.log ?? createLog(config.log.level);
  const gate = composeGate(config, { ...options, log });
  const server = createServer({
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    connectionsCheckingInterval: CONNECTIONS_CHECK_MS,
    maxHeaderSize: MAX_HEADER_BYTES,
    highWaterMark: WRITE_BUFFER_BYTES,
    // Host is the guard's to judge, for HTTP/1.0 too.
    requireHostHeader: false,
    // Everything else that asks for an upgrade is an ordinary request, which the guard refuses (PRX-34, PRX-H36).
    shouldUpgradeCallback: (req) =>
      req.headers.upgrade?.toLowerCase() === 'websocket' &&
      req.headers['content-length'] === undefined &&
      req.headers['transfer-encoding'] === undefined,
  });
  // Node would cut silently at 2000 and hide the rest from the guard; the size limit above bounds them.
  server.maxHeadersCount = 0;
  server.maxRequestsPerSocket = MAX_REQUESTS_PER_SOCKET;
  server.maxConnections = config.limits.connections;
  const connections = new Bag<{ readonly socket: Socket; place: number }>();
  server.on('connection', (socket: Socket) => {
    const connection = { socket, place: -1 };
    connections.add(connection);
    socket.once('close', () => connections.remove(connection));
  });
  let draining = false;
  server.on('request', gate.handle);
  server.on('upgrade', gate.upgrade);
  // CONNECT: closed with an answer instead of silence (PRX-T21). Node.js has let go of the socket by now: a reset
  // without a listener would end the process, and an open end would keep the service from stopping.
  server.on('connect', (_req, socket) => {
    socket.on('error', () => socket.destroy());
    refuseSocket(
      socket,
      new FramegateError('FRAMEGATE_METHOD_NOT_ALLOWED', { allow: 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS' }),
      randomUUID(),
    );
  });

  const admin = config.admin === undefined ? undefined : createAdmin(config.admin);
  try {
    await listen(server, config.listen, 'listen');
    if (admin !== undefined && config.admin !== undefined) await listen(admin, config.admin, 'admin');
  } catch (error) {
    server.close();
    await gate.close();
    throw error;
  }
  const url = urlOf(server);
  const adminUrl = admin === undefined ? undefined : urlOf(admin);
  log.info('service.started', { url, adminUrl, publicUrl: config.publicUrl.origin });

  async function apply(next: Config): Promise<ConfigChanges> {
    const changes = await gate.apply(next);
    server.maxConnections = next.limits.connections;
    return changes;
  }
  const reloader = options.source && createReloader({ ...options.source, apply, onKept: gate.noteKept, log });

  let closing: Promise<void> | undefined;
  async function drain(): Promise<void> {
    draining = true;
    reloader?.close();
    log.info('service.stopping', { deadlineMs: DRAIN_MS });
    gate.drain();
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeIdleConnections();
    // Browsers connect ahead of need. Node.js does not count a connection that never sent a byte as idle.
    for (const { socket } of [...connections.items]) if (socket.bytesRead === 0) socket.destroy();
    await gate.close();
    // Not server.closeAllConnections(), which does not know of upgraded ones.
    const deadline = setTimeout(() => {
      for (const { socket } of [...connections.items]) socket.destroy();
    }, DRAIN_MS);
    // What was in flight leaves an idle keep-alive connection behind, which server.close() no longer looks at.
    const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
    await closed;
    clearTimeout(deadline);
    clearInterval(sweep);
    if (admin !== undefined) {
      const adminClosed = new Promise((resolve) => admin.close(resolve));
      admin.closeAllConnections();
      await adminClosed;
    }
    log.info('service.stopped');
  }
  return {
    url,
    adminUrl,
    reopenAudit: gate.reopenAudit,
    reload: async () => !draining && (await reloader?.reload()) === true,
    close: () => (closing ??= drain()),
  };

  function createAdmin(listener: AdminConfig): Server {
    const { upstreamStates, upstreamVersions, storeState, listSessions, revoke, listDenials } = gate;
    const revision = (): string => nameRevision(gate.config());
    const state = createStateRoutes({ config: gate.config, revision, upstreamStates, upstreamVersions });
    const routes = [...createSessionRoutes({ listSessions, revoke, log }), ...state, ...createDenialRoutes({ listDenials, revision })];
    const reply = createReply(listener, log);
    const printMetrics = async (): Promise<string> => `${await gate.metrics()}${await printProcessMetrics()}`;
    return createAdminServer({
      isReady: () => !draining,
      upstreamStates,
      storeState,
      handlers: [createAdminApi({ reply, routes }), createMetricsHandler(reply, printMetrics)],
    });
  }
}

function listen(server: Server, { host, port }: { host: string; port: number }, key: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const what = cause.code === 'EADDRINUSE' ? 'the port is in use; stop the other program or choose another port' : cause.message;
      reject(new FramegateError('FRAMEGATE_INTERNAL', { message: `${key}: cannot listen on ${host}:${port}: ${what}`, cause }));
    });
    server.listen(port, host, resolve);
  });
}

function urlOf(server: Server): string {
  const { address, port, family } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
