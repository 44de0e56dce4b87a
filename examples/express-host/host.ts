// An Express application with users, sessions and a socket of its own. What it does for framegate: createGate with
// `identify`, `app.use`, `server.on('upgrade')`, and `gate.revoke` at log-out.

import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, ServerResponse } from 'node:http';
import path from 'node:path';
import express, { type Request, type Response } from 'express';
import session from 'express-session';
import helmet from 'helmet';
// In your application: from 'framegate'.
import { createGate } from '../../src/index.ts';
import { createChat } from './chat.ts';
import { buildHomePage, buildSignInPage } from './pages.ts';
import { findUser, type User, verifyPassword } from './users.ts';

declare module 'express-session' {
  interface SessionData {
    userName: string;
  }
}

const MOUNT = '/dashboards';

export interface HostOptions {
  readonly port: number;
  /** The dashboard server. It has to know that browsers see it under /dashboards (Grafana: root_url, serve_from_sub_path). */
  readonly upstreamUrl: string;
  /** The dashboard in the frame: its uid, and its path on the dashboard server. */
  readonly dashboard: { readonly uid: string; readonly path: string };
  /** Uids of the data sources that it shows; `*` stands for any characters. */
  readonly dataSources: string[];
  /** Least severe line that framegate writes. Default: warn. */
  readonly logLevel?: 'warn' | 'silent';
}

export interface RunningHost {
  readonly url: string;
  close(): Promise<void>;
}

export async function startHost({ port, upstreamUrl, dashboard, dataSources, logLevel = 'warn' }: HostOptions): Promise<RunningHost> {
  const origin = `http://localhost:${port}`;
  const sessions = session({
    name: 'acme.sid',
    secret: randomBytes(32).toString('hex'),
    resave: false,
    saveUninitialized: false,
    cookie: { httpOnly: true, sameSite: 'lax', maxAge: 8 * 60 * 60 * 1000 },
  });

  /**
   * Who is signed in. framegate also asks for upgrades, where no middleware has run: so the session's is run here, on
   * the bare request. The answer that it gets is never sent, so looking at a dashboard does not prolong the session.
   */
  async function identify(req: IncomingMessage): Promise<User | undefined> {
    await new Promise<void>((resolve, reject) => {
      sessions(req as Request, new ServerResponse(req) as Response, (error?: unknown) => (error ? reject(error) : resolve()));
    });
    return findUser((req as Request).session.userName);
  }

  const gate = await createGate(
    {
      publicUrl: origin,
      upstreams: { dashboards: { preset: 'grafana', url: upstreamUrl } },
      // Our own pages hold the iframe.
      embed: { hosts: [origin] },
      access: {
        // This dashboard, live, and its data; no other dashboard, no other data source, nothing to change.
        rules: [
          {
            name: 'operators watch their plant',
            who: { groups: ['operators'] },
            may: ['view'],
            on: { dashboards: [dashboard.uid], dataSources },
            as: { role: 'Viewer' },
          },
        ],
      },
      log: { level: logLevel },
    },
    {
      async identify(req) {
        const user = await identify(req);
        return user && { login: user.name, displayName: user.displayName, email: user.email, groups: user.groups };
      },
    },
  );
  const chat = createChat({ origin, identify, leaves: MOUNT });

  const app = express();
  app.use(helmet({ contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } } }));
  // Before body parsers and compression: framegate forwards bodies as they come, and streams.
  app.use(MOUNT, gate.middleware);
  app.use(sessions, express.json(), express.urlencoded({ extended: false }));
  app.use('/assets', express.static(path.join(import.meta.dirname, 'web')));

  app.get('/', (req, res) => {
    const user = findUser(req.session.userName);
    if (user === undefined) res.redirect('/sign-in');
    else res.send(buildHomePage(user, MOUNT + dashboard.path));
  });

  // A page of another site must not sign a visitor in as somebody else, or out. helmet's no-referrer makes our own forms
  // say `Origin: null`, so browsers are asked by Sec-Fetch-Site first.
  app.use((req, res, next) => {
    const isRead = req.method === 'GET' || req.method === 'HEAD';
    if (isRead || req.get('Sec-Fetch-Site') === 'same-origin' || req.get('Origin') === origin) next();
    else res.status(403).type('text').send('This request did not come from a page of this application.');
  });

  app.get('/sign-in', (_req, res) => void res.send(buildSignInPage(false)));

  app.post('/sign-in', (req, res, next) => {
    const { name, password } = (req.body ?? {}) as Record<string, unknown>;
    const user = verifyPassword(name, password);
    if (user === undefined) {
      res.status(401).send(buildSignInPage(true));
      return;
    }
    req.session.regenerate((error: unknown) => {
      if (error) return next(error);
      req.session.userName = user.name;
      res.redirect(303, '/');
    });
  });

  app.post('/sign-out', async (req, res, next) => {
    const { userName } = req.session;
    // First the session: a dashboard that reconnects at once must find nobody.
    req.session.destroy((error: unknown) => {
      if (error) return next(error);
      if (userName !== undefined) {
        chat.signOut(userName);
        gate.revoke({ login: userName }).catch(next);
      }
      res.redirect(303, '/sign-in');
    });
  });

  // With an upgrade listener Node would hand it every request that offers an upgrade, h2c among them; those are ordinary.
  const server = createServer({ shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === 'websocket' }, app);
  server.on('upgrade', gate.upgrade);
  server.on('upgrade', chat.upgrade);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });

  return {
    url: origin,
    async close() {
      chat.close();
      await gate.close();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
