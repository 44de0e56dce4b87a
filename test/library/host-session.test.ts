// A host application's express-session and ours on one request: neither sees, saves or sends the other's.

import express from 'express';
import session, { MemoryStore } from 'express-session';
import { describe, expect, it } from 'vitest';
import { createTicket } from '../../src/index.ts';
import { HOST_PAGE, type Sent } from '../support/start-gate.ts';
import { useHost } from './kit.ts';

declare module 'express-session' {
  interface SessionData {
    visits: number;
  }
}

const SHARED_SECRET = 'a shared secret of the tests, long enough';
const store = new MemoryStore();

const host = useHost({
  config: { signIn: { tickets: [{ issuer: HOST_PAGE, secret: SHARED_SECRET, algorithms: ['HS256'] }] } },
  compose({ app, server, gate }) {
    app.use(
      session({
        name: 'host.sid',
        secret: 'the secret of the host application',
        store,
        resave: false,
        saveUninitialized: false,
        rolling: true,
      }),
    );
    app.use(express.urlencoded({ extended: false }));
    app.use((req, _res, next) => {
      req.session.visits = (req.session.visits ?? 0) + 1;
      next();
    });
    app.use('/dash', gate.middleware);
    server.on('upgrade', gate.upgrade);
    app.get('/visits', (req, res) => void res.json({ visits: req.session.visits, id: req.sessionID }));
  },
});

const cookieOf = (answer: Sent, name: string): string =>
  answer
    .all('set-cookie')
    .find((line) => line.startsWith(`${name}=`))
    ?.split(';')[0] ?? '';

async function enter(cookie: string): Promise<Sent> {
  const ticket = await createTicket({
    issuer: HOST_PAGE,
    audience: host.origin,
    key: SHARED_SECRET,
    subject: 'ann',
    groups: ['operators'],
  });
  const headers = ['Content-Type: application/x-www-form-urlencoded', `Origin: ${HOST_PAGE}`, `Cookie: ${cookie}`];
  return host.send('POST /dash/_gate/enter', headers, new URLSearchParams({ ticket, to: '/dash/d/x' }).toString());
}

/** Everything that the host's store holds, as text. */
function readStore(): string {
  return JSON.stringify((store as unknown as { sessions: Record<string, string> }).sessions);
}

describe('two sessions on one request', () => {
  it('both are sent and kept: the host saves its own, ours starts beside it', async () => {
    const first = await host.send('GET /visits');
    const hostCookie = cookieOf(first, 'host.sid');
    const hostId = (JSON.parse(first.body) as { id: string }).id;

    const entered = await enter(hostCookie);
    expect(entered.status).toBe(303);
    const ours = cookieOf(entered, '__Host-framegate');
    expect(ours).not.toBe('');
    expect(ours).not.toContain(hostId);
    expect(entered.all('set-cookie').find((line) => line.startsWith('__Host-framegate='))).toMatch(
      /; Path=\/; HttpOnly; Secure; Partitioned; SameSite=None$/,
    );
    // `rolling` makes the host send its cookie again: with its own id, once.
    expect(entered.all('set-cookie').filter((line) => line.startsWith('host.sid='))).toHaveLength(1);
    expect(cookieOf(entered, 'host.sid')).toContain(hostId.slice(0, 8));

    const proxied = await host.send('GET /dash/d/x', [`Cookie: ${hostCookie}; ${ours}`]);
    expect(proxied.status).toBe(200);
    expect(host.upstream.onlyRequest.header('x-webauth-user')).toBe('ann');
    expect(host.upstream.onlyRequest.header('cookie')).toBeUndefined();
    expect(cookieOf(proxied, 'host.sid')).toContain(hostId.slice(0, 8));
    expect(cookieOf(proxied, '__Host-framegate')).toBe('');

    const after = await host.send('GET /visits', [`Cookie: ${hostCookie}; ${ours}`]);
    expect(JSON.parse(after.body)).toEqual({ visits: 4, id: hostId });
    expect(readStore()).not.toContain('framegate');
    expect(readStore()).not.toContain('ann');
    const ourId = decodeURIComponent(ours).slice('__Host-framegate=s:'.length).split('.')[0] ?? '?';
    expect(ourId.length).toBeGreaterThan(30);
    expect(readStore()).not.toContain(ourId);
  });

  it('our log-out ends ours and leaves the one of the host', async () => {
    const hostCookie = cookieOf(await host.send('GET /visits'), 'host.sid');
    const ours = cookieOf(await enter(hostCookie), '__Host-framegate');
    const cookies = `Cookie: ${hostCookie}; ${ours}`;
    const out = await host.send('POST /dash/_gate/logout', [
      cookies,
      `Origin: ${host.origin}`,
      'Content-Length: 0',
      'Accept: application/json',
    ]);
    expect(out.status).toBe(200);
    expect(out.all('set-cookie').find((line) => line.startsWith('__Host-framegate='))).toMatch(/Expires=Thu, 01 Jan 1970/);
    expect((await host.send('GET /dash/api/user', [cookies, 'Accept: application/json'])).status).toBe(401);
    expect((JSON.parse((await host.send('GET /visits', [cookies])).body) as { visits: number }).visits).toBe(5);
  });

  it('a first visit that is a sign-in gets both cookies', async () => {
    const entered = await enter('');
    const hostCookie = cookieOf(entered, 'host.sid');
    expect(hostCookie).not.toBe('');
    expect(cookieOf(entered, '__Host-framegate')).not.toBe('');
    expect((JSON.parse((await host.send('GET /visits', [`Cookie: ${hostCookie}`])).body) as { visits: number }).visits).toBe(2);
  });
});

describe('a host application whose session is an accessor, as that of cookie-session', () => {
  const assigned: unknown[] = [];
  const seen: unknown[] = [];
  const accessor = useHost({
    config: { signIn: { tickets: [{ issuer: HOST_PAGE, secret: SHARED_SECRET, algorithms: ['HS256'] }] } },
    compose({ app, gate }) {
      app.use((req, res, next) => {
        const current = { user: 'ann' };
        Object.defineProperty(req, 'session', {
          configurable: true,
          enumerable: true,
          get: () => current,
          set: (value) => assigned.push(value),
        });
        res.on('finish', () => seen.push(req.session));
        next();
      });
      app.use('/dash', gate.middleware);
    },
  });

  it('is never assigned to, and has its session back when the answer goes out', async () => {
    const ticket = await createTicket({
      issuer: HOST_PAGE,
      audience: accessor.origin,
      key: SHARED_SECRET,
      subject: 'ann',
      groups: ['operators'],
    });
    const headers = ['Content-Type: application/x-www-form-urlencoded', `Origin: ${HOST_PAGE}`];
    const entered = await accessor.send('POST /dash/_gate/enter', headers, new URLSearchParams({ ticket, to: '/dash/d/x' }).toString());
    expect(entered.status).toBe(303);
    expect((await accessor.send('GET /dash/api/user', [`Cookie: ${cookieOf(entered, '__Host-framegate')}`])).status).toBe(200);
    expect(assigned).toEqual([]);
    expect(seen).toEqual([{ user: 'ann' }, { user: 'ann' }]);
  });
});
