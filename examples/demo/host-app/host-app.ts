// A host application as somebody would write it: Express, helmet, users and sessions of its own. What it does for
// framegate is all in this file: two CSP lines, the public key, POST /framegate-ticket, and a line at sign-out.

import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import express from 'express';
import session from 'express-session';
import helmet from 'helmet';
import type { RunningServer } from '../running-server.ts';
import { listen } from '../running-server.ts';
import type { Plant } from './pages.ts';
import { buildHomePage, buildSignInPage } from './pages.ts';
import type { PersonWithPassword } from './people.ts';
import { createPeople } from './people.ts';
import { createTickets } from './tickets.ts';

declare module 'express-session' {
  interface SessionData {
    acmePerson: string;
  }
}

export interface HostAppOptions {
  /** 0 takes a free port. */
  readonly port: number;
  readonly host: string;
  /** Origin that people open, for example `http://localhost:8001`; also the issuer of the tickets. */
  readonly publicUrl: string;
  /** Origin of the gate. */
  readonly gateUrl: string;
  readonly people: readonly PersonWithPassword[];
  readonly plants: readonly Plant[];
}

export interface RunningHostApp extends RunningServer {
  /** `iss` of the tickets. */
  readonly issuer: string;
  readonly jwksUrl: string;
}

/** @throws the system's error when the port is taken (code EADDRINUSE). */
export async function startHostApp({ port, host, publicUrl, gateUrl, people: list, plants }: HostAppOptions): Promise<RunningHostApp> {
  const people = await createPeople(list);
  const tickets = createTickets({ issuer: publicUrl, audience: gateUrl });
  const app = express();
  app.disable('x-powered-by');
  app.use(createSecurityHeaders(gateUrl));
  app.use('/assets', express.static(path.join(import.meta.dirname, 'web')));
  app.get('/.well-known/jwks.json', (_req, res) => void res.json(tickets.keySet));

  app.use(
    session({
      name: 'acme.sid',
      secret: randomBytes(32).toString('hex'),
      resave: false,
      saveUninitialized: false,
      cookie: { httpOnly: true, sameSite: 'lax' },
    }),
  );
  app.use((_req, res, next) => {
    res.set('Cache-Control', 'no-store');
    next();
  });

  app.get('/', (req, res) => {
    const person = people.find(req.session.acmePerson);
    const [first] = plants;
    if (person === undefined || first === undefined) return res.redirect('/sign-in');
    const plant = plants.find(({ id }) => id === req.query['plant']) ?? first;
    res.send(buildHomePage({ person, plants, plant, gateUrl }));
  });

  app.get('/sign-in', (_req, res) => void res.send(buildSignInPage()));

  app.post('/sign-in', requireOwnPage(publicUrl), express.urlencoded({ extended: false, limit: '4kb' }), async (req, res) => {
    const { name, password } = (req.body ?? {}) as Record<string, unknown>;
    const person = await people.verify(name, password);
    if (person === undefined) {
      const typed = typeof name === 'string' ? name.slice(0, 100) : '';
      return void res.status(401).send(buildSignInPage({ failed: true, name: typed }));
    }
    await renewSession(req);
    req.session.acmePerson = person.name;
    res.redirect(303, '/');
  });

  app.post('/sign-out', requireOwnPage(publicUrl), (req, res, next) => {
    const person = people.find(req.session.acmePerson);
    req.session.destroy(async (error) => {
      if (error) return next(error);
      // Then the dashboards. While the gate is away the sign-out here counts all the same, as there are no more tickets.
      if (person !== undefined) await tickets.revoke(person).catch((cause: unknown) => console.warn('the gate was not told:', cause));
      res.redirect(303, '/sign-in');
    });
  });

  // The page's embed.js asks here whenever it needs a ticket: for the viewer of this session, and nobody else.
  app.post('/framegate-ticket', requireOwnPage(publicUrl), async (req, res) => {
    const person = people.find(req.session.acmePerson);
    if (person === undefined) return void res.status(401).json({ error: 'sign in first' });
    res.json({ ticket: await tickets.sign(person) });
  });

  app.use((_error: unknown, _req: Request, res: Response, next: NextFunction) => {
    if (res.headersSent) return next(_error);
    res.status(500).type('text').send('Something went wrong.');
  });

  const server = createServer(app);
  await listen(server, port, host);
  const { port: actualPort } = server.address() as AddressInfo;

  function close(): Promise<void> {
    return new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }

  return { url: `http://${host}:${actualPort}`, close, issuer: publicUrl, jwksUrl: `${publicUrl}/.well-known/jwks.json` };
}

/** helmet's defaults (Referrer-Policy: no-referrer among them), and what embedding adds to them. */
function createSecurityHeaders(gateUrl: string): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      directives: {
        // embed.js comes from the gate, frames the gate, and posts the ticket into that frame.
        scriptSrc: ["'self'", gateUrl],
        frameSrc: [gateUrl],
        formAction: ["'self'", gateUrl],
        // The demo speaks http on loopback; leave this line out where the application has TLS.
        upgradeInsecureRequests: null,
      },
    },
    // With helmet's `same-origin` the browser gives popups of a frame of another origin no way back to it, and a
    // sign-in by popup would never reach the frame. Tickets do not need this line.
    crossOriginOpenerPolicy: { policy: 'same-origin-allow-popups' },
  });
}

/**
 * Lets through only what a page of this application sent (no other site can spend the viewer's session). By
 * Sec-Fetch-Site, else by Origin; with neither, nothing.
 */
function requireOwnPage(publicUrl: string): RequestHandler {
  return function checkOwnPage(req, res, next) {
    const site = req.headers['sec-fetch-site'];
    const isOwn = site === undefined ? req.headers.origin === publicUrl : site === 'same-origin';
    if (isOwn) next();
    else res.status(403).type('text').send('Send this from a page of Acme Operations.');
  };
}

/** A new session id at sign-in, so that one planted before is worth nothing. */
function renewSession(req: Request): Promise<void> {
  return new Promise((resolve, reject) => {
    req.session.regenerate((error) => (error ? reject(error) : resolve()));
  });
}
