// What a host application's middleware did before the gate was asked: headers that would break the frame are
// replaced, cookies stay, and a body that is gone is said to be gone.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NextFunction, Request, Response } from 'express';
import express from 'express';
import helmet from 'helmet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTicket } from '../../src/index.ts';
import { hashPassword } from '../../src/sign-in/argon2id.ts';
import { answerText } from '../support/recording-upstream.ts';
import { HOST_PAGE } from '../support/start-gate.ts';
import { type HostParts, TestHost, useHost } from './kit.ts';

const SHARED_SECRET = 'a shared secret of the tests, long enough';
const TICKETS = { tickets: [{ issuer: HOST_PAGE, secret: SHARED_SECRET, algorithms: ['HS256' as const] }] };
const PASSWORD = 'correct horse battery staple';
const OWN_FRAME = `frame-ancestors ${HOST_PAGE}`;

function mountBehindHelmet({ app, server, gate }: HostParts): void {
  app.use(helmet());
  app.use((_req: Request, res: Response, next: NextFunction) => {
    res.cookie('host-theme', 'dark', { path: '/' });
    res.set({ 'Access-Control-Allow-Origin': '*', 'Cache-Control': 'public, max-age=60', 'X-Host': 'kept' });
    next();
  });
  app.use('/dash', gate.middleware);
  server.on('upgrade', gate.upgrade);
  app.use((_req, res) => void res.status(404).send('the host has nothing here'));
}

const FRAME_BREAKERS = [
  'x-frame-options',
  'cross-origin-opener-policy',
  'cross-origin-resource-policy',
  'cross-origin-embedder-policy',
  'origin-agent-cluster',
];

describe('helmet of the host application', () => {
  const host = useHost({ config: { signIn: TICKETS }, compose: mountBehindHelmet });

  it('does not reach proxied answers: they carry the frame-ancestors line of the gate and the policy of the upstream', async () => {
    host.upstream.script = (_request, socket) =>
      socket.write(
        answerText('200 OK', ["Content-Security-Policy: script-src 'self'", 'X-Frame-Options: deny', 'Content-Type: text/html'], '<p>hi'),
      );
    const answer = await host.sendAs('ann', 'GET /dash/d/x');
    expect(answer.all('content-security-policy')).toEqual(["script-src 'self'", OWN_FRAME]);
    for (const name of FRAME_BREAKERS) expect(answer.all(name), name).toEqual([]);
    expect(answer.all('cache-control')).toEqual(['no-store']);
    expect(answer.all('access-control-allow-origin')).toEqual([]);
    expect(answer.all('referrer-policy')).toEqual(['strict-origin-when-cross-origin']);
    expect(answer.header('x-host')).toBe('kept');
  });

  it.each(['304 Not Modified', '404 Not Found', '500 Internal Server Error'])('does not reach a proxied %s either', async (status) => {
    host.upstream.script = (_request, socket) => socket.write(answerText(status));
    const answer = await host.sendAs('ann', 'GET /dash/api/x');
    expect(answer.all('content-security-policy')).toEqual([OWN_FRAME]);
    for (const name of FRAME_BREAKERS) expect(answer.all(name), name).toEqual([]);
  });

  it('does not reach the card of a signed-out person in the frame', async () => {
    const answer = await host.send('GET /dash/d/x', [
      'Sec-Fetch-Dest: iframe',
      'Sec-Fetch-Mode: navigate',
      'Sec-Fetch-Site: cross-site',
      'Accept: text/html',
    ]);
    expect(answer.header('content-security-policy')).toContain(OWN_FRAME);
    expect(answer.all('content-security-policy')).toHaveLength(1);
    expect(answer.all('x-frame-options')).toEqual([]);
  });

  it('does not keep host pages from loading embed.js', async () => {
    const answer = await host.send('GET /dash/_gate/embed.js');
    expect(answer.all('cross-origin-resource-policy')).toEqual(['cross-origin']);
    expect(answer.all('access-control-allow-origin')).toEqual(['*']);
  });

  it('stays on the answers of the host application itself', async () => {
    const answer = await host.send('GET /elsewhere');
    expect(answer.header('x-frame-options')).toBe('SAMEORIGIN');
    expect(answer.header('content-security-policy')).toContain("default-src 'self'");
  });

  it('leaves the cookies that the host application set, beside those of the upstream', async () => {
    host.upstream.script = (_request, socket) => socket.write(answerText('200 OK', ['Set-Cookie: a=1; Path=/', 'Set-Cookie: b=2; Path=/']));
    const names = (await host.sendAs('ann', 'GET /dash/d/x')).all('set-cookie').map((line) => line.split('=')[0]);
    expect(names.sort()).toEqual(['a', 'b', 'host-theme']);
    const refused = await host.send('GET /dash/api/user', ['Accept: application/json']);
    expect(refused.status).toBe(401);
    expect(refused.header('set-cookie')).toContain('host-theme=dark');
  });
});

describe('middleware of the host application that wraps writeHead', () => {
  /** As on-headers 1.0.2 does it, which is in express-session up to 1.18.1 and compression up to 1.8.0 (CVE-2025-7339). */
  function wrapWriteHead(_req: Request, res: Response, next: NextFunction): void {
    const { writeHead } = res;
    res.writeHead = function wrapped(this: Response, status: number, headers?: readonly string[][]) {
      for (const [name, value] of headers ?? []) if (name !== undefined && value !== undefined) this.setHeader(name, value);
      this.appendHeader('Set-Cookie', 'late=1');
      return writeHead.call(this, status);
    } as typeof writeHead;
    next();
  }
  const host = useHost({
    compose({ app, server, gate }) {
      app.use(wrapWriteHead);
      app.use('/dash', gate.middleware);
      server.on('upgrade', gate.upgrade);
    },
  });

  it('loses no header of an answer, whatever version of on-headers it has', async () => {
    host.upstream.script = (_request, socket) =>
      socket.write(
        answerText('200 OK', ["Content-Security-Policy: script-src 'self'", 'Set-Cookie: a=1', 'Set-Cookie: b=2', 'X-Frame-Options: deny']),
      );
    const answer = await host.sendAs('ann', 'GET /dash/d/x');
    expect(answer.all('content-security-policy')).toEqual(["script-src 'self'", OWN_FRAME]);
    expect(answer.all('set-cookie').map((line) => line.split(';')[0])).toEqual(['a=1', 'b=2', 'late=1']);
    expect(answer.all('x-frame-options')).toEqual([]);
    const preflight = await host.send('OPTIONS /dash/api/x', [`Origin: ${HOST_PAGE}`, 'Access-Control-Request-Method: GET']);
    expect(preflight.header('access-control-allow-origin')).toBe(HOST_PAGE);
    expect(preflight.header('access-control-allow-methods')).toContain('GET');
  });
});

describe('body parsers of the host application before the gate', () => {
  let folder = '';
  const own = (line: string) => [line, 'Accept: application/json'];
  let host: TestHost;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'framegate-'));
    const usersFile = join(folder, 'users.json');
    await writeFile(
      usersFile,
      JSON.stringify({ users: [{ name: 'pat', passwordHash: await hashPassword(PASSWORD), groups: ['operators'] }] }),
      { mode: 0o600 },
    );
    host = new TestHost({
      config: { signIn: { ...TICKETS, password: { usersFile } } },
      compose({ app, gate }) {
        app.use(express.json(), express.urlencoded({ extended: true }));
        app.use('/dash', gate.middleware);
        app.post('/own', (req, res) => void res.json(req.body));
      },
    });
    await host.start();
  });
  afterAll(async () => {
    await host.close();
    await rm(folder, { recursive: true, force: true });
  });
  const sameOrigin = (): string[] => [`Origin: ${host.origin}`];

  it.each([
    { name: 'JSON', type: 'application/json', body: '{"queries":[]}' },
    { name: 'a form', type: 'application/x-www-form-urlencoded', body: 'a=1' },
  ])('PRX-H23 $name that was read already is a clear 500, not a hang and not an empty request', async ({ type, body }) => {
    host.upstream.clear();
    const answer = await host.sendAs('ann', 'POST /dash/api/ds/query', [...own(`Content-Type: ${type}`), ...sameOrigin()], body);
    expect(answer.status).toBe(500);
    expect(answer.header('content-type')).toContain('application/problem+json');
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'FRAMEGATE_BODY_CONSUMED' });
    expect(await host.upstream.allBytes()).toBe('');
    expect(String(host.linesOf('request.failed').at(-1)?.fields['message'])).toContain('mount gate.middleware before express.json()');
  });

  it('what no parser took is forwarded as it is', async () => {
    host.upstream.clear();
    expect((await host.sendAs('ann', 'POST /dash/api/x', ['Content-Type: text/plain', ...sameOrigin()], 'plain words')).status).toBe(200);
    expect(host.upstream.onlyRequest.body.toString()).toBe('plain words');
    host.upstream.clear();
    expect((await host.sendAs('ann', 'GET /dash/api/x', own('Content-Type: application/json'))).status).toBe(200);
  });

  it('the host application still has its bodies', async () => {
    const answer = await host.send('POST /own', ['Content-Type: application/json'], '{"own":true}');
    expect(answer.body).toBe('{"own":true}');
  });

  it.each([
    {
      name: 'a form',
      type: 'application/x-www-form-urlencoded',
      encode: (fields: Record<string, string>) => new URLSearchParams(fields).toString(),
    },
    { name: 'JSON', type: 'application/json', encode: (fields: Record<string, string>) => JSON.stringify(fields) },
  ])('sign-in by ticket takes $name that was read already', async ({ type, encode }) => {
    const ticket = await createTicket({
      issuer: HOST_PAGE,
      audience: host.origin,
      key: SHARED_SECRET,
      subject: 'ann',
      groups: ['operators'],
    });
    const headers = [
      `Content-Type: ${type}`,
      `Origin: ${HOST_PAGE}`,
      'Sec-Fetch-Site: cross-site',
      'Sec-Fetch-Dest: iframe',
      'Sec-Fetch-Mode: navigate',
    ];
    const entered = await host.send('POST /dash/_gate/enter', headers, encode({ ticket, to: '/dash/d/plant' }));
    expect(entered.status).toBe(303);
    expect(entered.header('location')).toBe(`${host.origin}/dash/d/plant`);
    expect(entered.header('set-cookie')).toContain('__Host-framegate=');
  });

  it('sign-in by password takes a form that was read already', async () => {
    const shown = await host.send('GET /dash/_gate/login', ['Accept: application/json']);
    const { csrf } = JSON.parse(shown.body) as { csrf: string };
    const cookie = shown.header('set-cookie')?.split(';')[0] ?? '';
    const form = new URLSearchParams({ username: 'pat', password: PASSWORD, csrf, returnTo: '/dash/d/plant' }).toString();
    const answer = await host.send(
      'POST /dash/_gate/login',
      ['Content-Type: application/x-www-form-urlencoded', ...sameOrigin(), `Cookie: ${cookie}`],
      form,
    );
    expect(answer.status).toBe(303);
    expect(answer.header('location')).toBe(`${host.origin}/dash/d/plant`);
  });

  it('SEC-B7.4 an extended parser smuggles no nested value into a field', async () => {
    const headers = ['Content-Type: application/x-www-form-urlencoded', `Origin: ${HOST_PAGE}`];
    expect((await host.send('POST /dash/_gate/enter', headers, 'ticket[a]=1')).status).toBe(400);
    expect((await host.send('POST /dash/_gate/enter', headers, 'ticket=1&ticket=2')).status).toBe(400);
  });
});

describe('the paths of a host application around a gate that is mounted at the root', () => {
  const host = useHost({
    upstream: { mount: '/grafana' },
    compose({ app, server, gate }) {
      app.use(gate.middleware);
      app.use(express.json());
      app.all('/api/hook', (req, res) => void res.json({ method: req.method, app: req.app === app, body: req.body as unknown }));
      server.on('upgrade', gate.upgrade);
    },
  });

  it('are its own to guard: other hosts, origins, methods and preflights reach it', async () => {
    const hook = await host.send('POST /api/hook', ['Content-Type: application/json', 'Origin: https://partner.test'], '{"a":1}');
    expect(JSON.parse(hook.body)).toEqual({ method: 'POST', app: true, body: { a: 1 } });
    const preflight = await host.send('OPTIONS /api/hook', ['Origin: https://partner.test', 'Access-Control-Request-Method: POST']);
    expect(preflight.status).toBe(200);
    expect(host.logged.filter((line) => line.event === 'request.refused')).toEqual([]);
  });

  it('while those of the gate are guarded as ever', async () => {
    expect((await host.sendAs('ann', 'POST /grafana/api/x', ['Origin: https://partner.test'], 'x')).status).toBe(403);
    expect((await host.sendAs('ann', 'GET /grafana/../api/hook')).status).toBe(400);
    expect((await host.sendAs('ann', 'GET /grafana/d/x')).status).toBe(200);
  });

  it('SEC-D12.2 other spellings of the reserved prefix do not fall to the host application', async () => {
    const sent = await host.send('GET /%5fgate/x', ['Accept: application/json']);
    expect([sent.status, JSON.parse(sent.body).code]).toEqual([404, 'FRAMEGATE_NOT_FOUND']);
  });
});
