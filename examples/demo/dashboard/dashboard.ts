// A dashboard server that stands in for Grafana 12.2: it believes the identity header, redirects everybody else to
// its own log-in page, forbids framing, and compares Origin with Host on its socket. It must be reachable only
// through the gate; the demo binds it to loopback.

import type { IncomingMessage } from 'node:http';
import { createServer, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { RunningServer } from '../running-server.ts';
import { listen } from '../running-server.ts';
import { sendMessage, sendText, sendUnauthorized } from './answers.ts';
import { loadAssets } from './assets.ts';
import { createLive, isSameOrigin, LIVE_PATH } from './live.ts';
import { createRoutes } from './routes.ts';
import { createViewers } from './viewer.ts';

export interface DashboardOptions {
  /** 0 takes a free port. */
  readonly port: number;
  readonly host: string;
  /** Sub-path under which browsers see the server, such as `/dashboards`; the path arrives with it. Default: none. */
  readonly basePath?: string;
  /** Milliseconds since the epoch; the data is a function of it. Default: the system's clock. */
  readonly now?: () => number;
}

/** @throws the system's error when the port is taken (code EADDRINUSE). */
export async function startDashboard({ port, host, basePath = '', now = Date.now }: DashboardOptions): Promise<RunningServer> {
  const viewers = createViewers(now);
  const live = createLive(now);
  const answer = createRoutes({ assets: await loadAssets(basePath), viewers, now });

  /** Cuts the sub-path off; a path that does not begin with it is taken as it is. */
  function enter(req: IncomingMessage): void {
    const rest = req.url?.startsWith(basePath) === true ? req.url.slice(basePath.length) : '';
    if (/^[/?]/.test(rest)) req.url = rest.startsWith('/') ? rest : `/${rest}`;
    else if (req.url === basePath) req.url = '/';
  }

  async function answerSafely(req: IncomingMessage, res: ServerResponse): Promise<void> {
    try {
      await answer(req, res);
    } catch {
      // The client went away in the middle of its body, or a defect: either way this request is over.
      if (res.headersSent || req.destroyed) res.destroy();
      else sendMessage(res, 500, { error: 'Server Error', message: 'Internal Server Error - please inspect the server log for details' });
    }
  }

  function answerUpgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    enter(req);
    const isLive = (req.url ?? '').split('?')[0] === LIVE_PATH;
    const viewer = viewers.read(req);
    if (isLive && viewer !== undefined && isSameOrigin(req)) {
      live.accept(req, socket, head, viewer);
      return;
    }
    const res = createSocketResponse(req, socket);
    if (!isLive) void answerSafely(req, res);
    else if (viewer === undefined) sendUnauthorized(res);
    else sendText(res, 403, 'Forbidden\n');
  }

  const server = createServer((req, res) => {
    enter(req);
    void answerSafely(req, res);
  });
  server.on('upgrade', answerUpgrade);
  server.on('clientError', (_error, socket) => socket.destroy());
  await listen(server, port, host);
  const address = server.address() as AddressInfo;

  function close(): Promise<void> {
    live.close();
    return new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }

  return { url: `http://${host}:${address.port}`, close };
}

/** An ordinary answer on the socket of a refused upgrade; the connection ends with it. */
function createSocketResponse(req: IncomingMessage, socket: Duplex): ServerResponse {
  const res = new ServerResponse(req);
  res.shouldKeepAlive = false;
  if (socket instanceof Socket) res.assignSocket(socket);
  res.on('finish', () => socket.end());
  return res;
}
