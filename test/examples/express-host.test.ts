// The example application as its readers run it, in front of the demo's dashboard server.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { startDashboard } from '../../examples/demo/dashboard/dashboard.ts';
import type { RunningServer } from '../../examples/demo/running-server.ts';
import { type RunningHost, startHost } from '../../examples/express-host/host.ts';
import { send } from '../support/raw-client.ts';
import { findFreePort } from '../support/start-gate.ts';

let dashboards: RunningServer;
let host: RunningHost;
beforeAll(async () => {
  dashboards = await startDashboard({ port: 0, host: '127.0.0.1', basePath: '/dashboards' });
  host = await startHost({
    port: await findFreePort(),
    upstreamUrl: dashboards.url,
    dashboard: { uid: 'plant-a', path: '/d/plant-a?kiosk' },
    dataSources: ['historian-a'],
    logLevel: 'silent',
  });
});
afterAll(async () => {
  await host.close();
  await dashboards.close();
});

const get = (path: string, cookie = '', headers: Record<string, string> = {}): Promise<Response> =>
  fetch(host.url + path, { headers: { cookie, ...headers }, redirect: 'manual' });

async function signIn(name: string, password: string): Promise<string> {
  const answer = await fetch(`${host.url}/sign-in`, {
    method: 'POST',
    headers: { 'Sec-Fetch-Site': 'same-origin' },
    body: new URLSearchParams({ name, password }),
    redirect: 'manual',
  });
  return answer.headers.getSetCookie()[0]?.split(';')[0] ?? '';
}

/** An open socket, the messages that come, and how it ends; or the status of the refusal. */
async function openSocket(
  path: string,
  cookie: string,
  origin = host.url,
): Promise<{ socket: WebSocket; next(): Promise<string>; closed: Promise<number> } | number> {
  const socket = new WebSocket(host.url.replace('http', 'ws') + path, { headers: { cookie }, origin });
  const waiting: ((text: string) => void)[] = [];
  const arrived: string[] = [];
  socket.on('message', (data) => {
    const text = String(data);
    const take = waiting.shift();
    if (take === undefined) arrived.push(text);
    else take(text);
  });
  const closed = new Promise<number>((resolve) => socket.on('close', resolve));
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('unexpected-response', (_req, answer) => resolve(answer.statusCode ?? 0));
    socket.on('open', () =>
      resolve({
        socket,
        closed,
        next: () => new Promise((take) => (arrived.length > 0 ? take(arrived.shift() ?? '') : waiting.push(take))),
      }),
    );
  });
}

describe('examples/express-host', () => {
  it('shows an operator the dashboard with its assets and data, after the one sign-in of the application', async () => {
    const cookie = await signIn('ann', 'green-valve');
    const home = await (await get('/', cookie)).text();
    expect(home).toContain('Ann Lund');
    const address = /<iframe[^>]* src="([^"]+)"/.exec(home)?.[1] ?? '';
    const dashboard = await get(address, cookie, {
      'sec-fetch-dest': 'iframe',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-site': 'same-origin',
    });
    expect(dashboard.status).toBe(200);
    expect(dashboard.headers.get('x-frame-options')).toBeNull();
    expect(dashboard.headers.get('content-security-policy')).toBe(`frame-ancestors ${host.url}`);
    const page = await dashboard.text();
    expect(page).toContain('"login":"ann"');
    expect(page).toContain('<script src="/dashboards/_gate/storage.js');
    for (const [, asset = ''] of page.matchAll(/(?:src|href)="(\/dashboards\/[^"]+\.(?:js|css|svg)[^"]*)"/g)) {
      expect((await get(asset, cookie)).status, asset).toBe(200);
    }
    const user = await get('/dashboards/api/user', cookie);
    expect(await user.json()).toMatchObject({ login: 'ann', name: 'Ann Lund', email: 'ann@acme.example' });
  });

  it('shows an operator that dashboard with its data, and no other', async () => {
    const cookie = await signIn('ann', 'green-valve');
    const query = (uid: string, signal: string): Promise<Response> =>
      fetch(`${host.url}/dashboards/api/ds/query`, {
        method: 'POST',
        headers: { cookie, origin: host.url, 'content-type': 'application/json' },
        body: JSON.stringify({ queries: [{ refId: 'A', datasource: { uid }, signal }] }),
      });
    expect((await query('historian-a', 'a.flow')).status).toBe(200);
    expect((await query('historian-b', 'b.pressure')).status).toBe(403);
    expect((await get('/dashboards/d/plant-b', cookie)).status).toBe(403);
    expect((await get('/dashboards/', cookie)).status).toBe(403);
  });

  it('keeps visitors and the signed-out from the dashboards, and its own pages from frames of others', async () => {
    const visitor = await signIn('vera', 'open-door');
    expect((await get('/dashboards/api/user', visitor)).status).toBe(403);
    expect((await get('/dashboards/api/user')).status).toBe(401);
    expect(await signIn('ann', 'wrong')).toBe('');
    expect((await get('/sign-in')).headers.get('x-frame-options')).toBe('SAMEORIGIN');
  });

  it('runs its own socket beside that of the dashboard; log-out closes both, and neither opens again', async () => {
    const cookie = await signIn('ann', 'green-valve');
    const [chat, live] = [await openSocket('/chat', cookie), await openSocket('/dashboards/api/live/ws', cookie)];
    if (typeof chat === 'number' || typeof live === 'number') throw new Error(`refused: ${String(chat)} ${String(live)}`);
    chat.socket.send('hello');
    expect(JSON.parse(await chat.next())).toEqual({ from: 'Ann Lund', text: 'hello' });
    live.socket.send(JSON.stringify({ connect: { name: 'js' }, id: 1 }));
    expect(JSON.parse(await live.next())).toMatchObject({ id: 1, connect: { ping: 25 } });

    await fetch(`${host.url}/sign-out`, { method: 'POST', headers: { cookie, origin: host.url }, redirect: 'manual' });
    expect(await live.closed).toBe(1008);
    expect(await chat.closed).toBe(1008);
    expect(await openSocket('/dashboards/api/live/ws', cookie)).toBe(401);
    expect(await openSocket('/chat', cookie)).toBe(401);
  });

  it('PRX-H36 serves its pages to a client that offers HTTP/2 by an upgrade', async () => {
    const { port } = new URL(host.url);
    const answer = await send(
      Number(port),
      `GET /sign-in HTTP/1.1\r\nHost: localhost:${port}\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n`,
    );
    expect(answer.status).toBe(200);
    expect(answer.body).toContain('Sign in');
  });

  it('refuses sockets of foreign pages, and those of nobody', async () => {
    const cookie = await signIn('ann', 'green-valve');
    expect(await openSocket('/chat', cookie, 'https://evil.test')).toBe(401);
    expect(await openSocket('/dashboards/api/live/ws', cookie, 'https://evil.test')).toBe(403);
    expect(await openSocket('/elsewhere', cookie)).toBe(404);
  });
});

describe('pages of other sites', () => {
  it.each([
    [{}],
    [{ Origin: 'https://evil.test' }],
    [{ Origin: 'null' }],
    [{ 'Sec-Fetch-Site': 'cross-site', Origin: 'null' }],
    [{ 'Sec-Fetch-Site': 'same-site' }],
  ])('SEC-B12.1 sign nobody in or out (%j)', async (headers: Record<string, string>) => {
    for (const path of ['/sign-in', '/sign-out']) {
      const answer = await fetch(host.url + path, { method: 'POST', headers, redirect: 'manual' });
      expect(answer.status).toBe(403);
      expect(answer.headers.getSetCookie()).toEqual([]);
    }
  });
});
