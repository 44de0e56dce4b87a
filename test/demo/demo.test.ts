// The demo as a whole: host application, gate and dashboard server, on free ports.

import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GATE_ACCOUNT, HOST_PEOPLE } from '../../examples/demo/accounts.ts';
import type { RunningDemo } from '../../examples/demo/demo.ts';
import { startDemo } from '../../examples/demo/demo.ts';
import { claimPorts, PortsTakenError } from '../../examples/demo/ports.ts';
import { buildGrafanaSettings, buildStory } from '../../examples/demo/story.ts';
import type { Answer } from './kit.ts';
import { openLive, send, valuesOf } from './kit.ts';

const FREE = { gate: 0, hostApp: 0, admin: 0, dashboard: 0 };
const PAGE = '/d/plant-a/plant-a-cooling-water?kiosk';
const framed = { 'Sec-Fetch-Dest': 'iframe', 'Sec-Fetch-Mode': 'navigate', Accept: 'text/html' };

let demo: RunningDemo;
beforeAll(async () => {
  demo = await startDemo({ ports: FREE, logLevel: 'silent' });
});
afterAll(() => demo.close());

const hostOf = (url: string) => new URL(url).host;
const cookieOf = (answer: Answer) =>
  valuesOf(answer.headers, 'set-cookie')
    .map((line) => line.split(';')[0])
    .join('; ');

/** Signs in at the host application; gives the headers of its further requests. */
async function signIn(name: keyof typeof HOST_PEOPLE, hostAppUrl: string): Promise<Readonly<Record<string, string>>> {
  const person = HOST_PEOPLE[name];
  const own = { Host: hostOf(hostAppUrl), 'Sec-Fetch-Site': 'same-origin' };
  const headers = { ...own, 'Content-Type': 'application/x-www-form-urlencoded' };
  const signedIn = await send(hostAppUrl, { method: 'POST', path: '/sign-in', headers, body: `name=${name}&password=${person.password}` });
  return { ...own, Cookie: cookieOf(signedIn) };
}

/** What the browser does: sign in at the host application, fetch a ticket, post it into the frame. */
async function enter(name: keyof typeof HOST_PEOPLE, hostAppUrl: string): Promise<{ cookie: string; answer: Answer }> {
  const asked = await send(hostAppUrl, { method: 'POST', path: '/framegate-ticket', headers: await signIn(name, hostAppUrl) });
  const { ticket } = JSON.parse(asked.body) as { ticket: string };
  const headers = {
    ...framed,
    Host: hostOf(demo.gateUrl),
    Origin: 'null',
    'Sec-Fetch-Site': 'cross-site',
    'Content-Type': 'application/x-www-form-urlencoded',
  };
  const answer = await send(demo.gateUrl, {
    method: 'POST',
    path: '/_gate/enter',
    headers,
    body: new URLSearchParams({ ticket, to: PAGE }).toString(),
  });
  return { cookie: cookieOf(answer), answer };
}

/** The gate's own page, as a form is sent from it. */
async function signInAtGate(): Promise<string> {
  const own = { Host: hostOf(demo.gateUrl), Origin: demo.gateUrl, 'Sec-Fetch-Site': 'same-origin', Accept: 'text/html' };
  const page = await send(demo.gateUrl, { path: '/_gate/login', headers: own });
  const csrf = /name="csrf" value="([^"]+)"/.exec(page.body)?.[1] ?? expect.fail('no token in the page');
  const { name, password } = GATE_ACCOUNT;
  const answer = await send(demo.gateUrl, {
    method: 'POST',
    path: '/_gate/login',
    headers: { ...own, Cookie: cookieOf(page), 'Content-Type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ username: name, password, csrf, returnTo: '/' }).toString(),
  });
  expect(answer.status).toBe(303);
  return cookieOf(answer);
}

const gateHeaders = (cookie: string, more: Readonly<Record<string, string>> = {}) => ({
  Host: hostOf(demo.gateUrl),
  Cookie: cookie,
  ...more,
});

describe('the demo', () => {
  it.each(['hostAppUrl', 'crossSiteHostAppUrl'] as const)('opens the dashboard by a ticket from %s', async (url) => {
    const { cookie, answer } = await enter('alice', demo[url]);
    expect(answer.status).toBe(303);
    expect(valuesOf(answer.headers, 'location')[0]).toMatch(/\/d\/plant-a\/plant-a-cooling-water\?kiosk$/);
    const page = await send(demo.gateUrl, { path: PAGE, headers: gateHeaders(cookie, { ...framed, 'Sec-Fetch-Site': 'same-origin' }) });
    expect(page.status).toBe(200);
    expect(page.body).toContain('"name":"Alice Berg"');
    expect(page.body.indexOf('/_gate/storage.js')).toBeGreaterThan(0);
    expect(page.body.indexOf('/_gate/storage.js')).toBeLessThan(page.body.indexOf('grafanaBootData'));
    expect(valuesOf(page.headers, 'x-frame-options')).toEqual([]);
    expect(valuesOf(page.headers, 'content-security-policy').join()).toMatch(
      new RegExp(`frame-ancestors [^;]*${demo.hostAppUrl} ${demo.crossSiteHostAppUrl}`),
    );
  });

  it('streams the live panel through the gate', async () => {
    const { cookie } = await enter('bob', demo.hostAppUrl);
    const client = await openLive(demo.gateUrl, gateHeaders(cookie, { Origin: demo.gateUrl, 'Sec-Fetch-Site': 'same-origin' }));
    client.send('{"connect":{"name":"js"},"id":1}');
    await client.next();
    client.send('{"subscribe":{"channel":"1/ds/historian-a/flow"},"id":2}');
    await client.next();
    expect(JSON.parse(await client.next())).toMatchObject({ push: { channel: '1/ds/historian-a/flow' } });
    client.close();
  });

  it('shows an operator plant A, and nothing of plant B on any way', async () => {
    const { cookie } = await enter('bob', demo.hostAppUrl);
    const own = { Origin: demo.gateUrl, 'Sec-Fetch-Site': 'same-origin' };
    const ask = (path: string, more: object = {}): Promise<Answer> =>
      send(demo.gateUrl, { path, headers: gateHeaders(cookie, { ...own, 'Content-Type': 'application/json' }), ...more });
    const query = (uid: string, signal: string): Promise<Answer> =>
      ask('/api/ds/query', { method: 'POST', body: JSON.stringify({ queries: [{ refId: 'A', datasource: { uid }, signal }] }) });
    const page = await send(demo.gateUrl, { path: PAGE, headers: gateHeaders(cookie, framed) });
    expect(page.status).toBe(200);
    expect(page.body).toContain('historian-a');
    expect(page.body).not.toContain('historian-b');
    expect((await query('historian-a', 'a.flow')).status).toBe(200);
    expect((await query('historian-b', 'b.pressure')).status).toBe(403);
    expect((await query('historian-a', 'b.pressure')).status).toBe(400);
    const denied = await send(demo.gateUrl, { path: PAGE.replaceAll('plant-a', 'plant-b'), headers: gateHeaders(cookie, framed) });
    expect(denied.status).toBe(403);
    expect(denied.body).not.toContain('grafanaBootData');
    expect((await ask('/apis/dashboard.grafana.app/v1beta1/namespaces/default/dashboards/plant-b/dto')).status).toBe(403);
    const found = JSON.parse((await ask('/api/search?type=dash-db')).body) as { uid: string }[];
    expect(found.map(({ uid }) => uid)).toEqual(['plant-a']);
    const client = await openLive(demo.gateUrl, gateHeaders(cookie, own));
    client.send('{"connect":{"name":"js"},"id":1}');
    await client.next();
    client.send('{"subscribe":{"channel":"1/ds/historian-b/feedwater"},"id":2}');
    expect(JSON.parse(await client.next())).toMatchObject({ id: 2, error: { code: 103 } });
    client.close();
  });

  it("writes who was let in, and who was denied what, into the audit log's file", async () => {
    const { cookie } = await enter('bob', demo.hostAppUrl);
    await send(demo.gateUrl, { path: PAGE.replaceAll('plant-a', 'plant-b'), headers: gateHeaders(cookie, framed) });
    await expect.poll(() => readFileSync(demo.auditFile, 'utf8')).toMatch(/"event":"decision","outcome":"deny".*"name":"bob"/);
  });

  it('shows a shift lead both plants', async () => {
    const { cookie } = await enter('alice', demo.hostAppUrl);
    for (const path of [PAGE, PAGE.replaceAll('plant-a', 'plant-b')])
      expect((await send(demo.gateUrl, { path, headers: gateHeaders(cookie, framed) })).status).toBe(200);
  });

  it("lets the gate's own account look around: the home page and its list", async () => {
    const cookie = await signInAtGate();
    expect((await send(demo.gateUrl, { path: '/', headers: gateHeaders(cookie, framed) })).status).toBe(200);
    const found = await send(demo.gateUrl, { path: '/api/search?type=dash-db', headers: gateHeaders(cookie) });
    expect((JSON.parse(found.body) as unknown[]).length).toBe(2);
  });

  it("never shows the dashboard server's own log-in page", async () => {
    for (const path of ['/login', '/logout', PAGE]) {
      const answer = await send(demo.gateUrl, { path, headers: gateHeaders('', framed) });
      expect(answer.body).not.toContain('upstream-login-page');
    }
    // Not through the gate, it is what one gets.
    const direct = await send(demo.upstreamUrl, { path: PAGE, headers: framed });
    expect(valuesOf(direct.headers, 'location')[0]).toMatch(/^\/login\?/);
  });

  it("is ready, and shows the gate's own sign-in page to people without a host application", async () => {
    expect((await send(demo.adminUrl, { path: '/readyz', headers: { Host: hostOf(demo.adminUrl) } })).status).toBe(200);
    const page = await send(demo.gateUrl, { path: '/_gate/login', headers: { Host: hostOf(demo.gateUrl), Accept: 'text/html' } });
    expect(page.status).toBe(200);
    expect(page.body).toContain('type="password"');
  });

  it('puts the gate before another server instead, and embeds the path that was asked for', async () => {
    const other = await startDemo({ ports: FREE, upstream: demo.upstreamUrl, dashboardPath: '/d/plant-b/x', logLevel: 'silent' });
    try {
      expect(other.upstreamUrl).toBe(demo.upstreamUrl);
      const home = await send(other.hostAppUrl, { path: '/', headers: await signIn('alice', other.hostAppUrl) });
      expect(home.body).toContain(`data-url="${other.gateUrl}/d/plant-b/x"`);
    } finally {
      await other.close();
    }
  });

  it('refuses an upstream that is no address, and leaves nothing running', async () => {
    const ports = await claimPorts(FREE);
    await expect(startDemo({ ports, upstream: 'ftp://nowhere', logLevel: 'silent' })).rejects.toThrow(/upstreams\.dashboards\.url/);
    expect(await claimPorts(ports)).toEqual(ports);
  });
});

describe("the demo's ports", () => {
  it('names every port that is taken, before anything starts', async () => {
    const blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
    const { port } = blocker.address() as AddressInfo;
    const refusal = await claimPorts({ ...FREE, hostApp: port }).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(PortsTakenError);
    expect(refusal).toMatchObject({ ports: [port] });
    blocker.close();
  });

  it('gives out four different free ports', async () => {
    expect(new Set(Object.values(await claimPorts(FREE))).size).toBe(4);
  });
});

describe('what the demo prints', () => {
  it('says what to open, and every name with its password', () => {
    const story = buildStory(demo, true);
    for (const text of [
      demo.hostAppUrl,
      demo.crossSiteHostAppUrl,
      demo.gateUrl,
      ...Object.values(HOST_PEOPLE).flatMap(({ name, password }) => [name, password]),
      GATE_ACCOUNT.password,
    ])
      expect(story).toContain(text);
  });

  it('tells a real Grafana to believe loopback only, and the headers that the gate sends', () => {
    const settings = buildGrafanaSettings('http://localhost:3000');
    expect(settings).toContain('header_name = X-WEBAUTH-USER');
    expect(settings).toContain('headers = Name:X-WEBAUTH-NAME Email:X-WEBAUTH-EMAIL Groups:X-WEBAUTH-GROUPS Role:X-WEBAUTH-ROLE');
    expect(settings).toContain('whitelist = 127.0.0.1, ::1/128');
    expect(settings).toContain('enable_login_token = false');
    expect(settings).toContain('auto_assign_org_role = Viewer');
  });

  it('lets the front end read localStorage before it draws and without a guard, as Grafana does', () => {
    const source = readFileSync(path.join(import.meta.dirname, '../../examples/demo/dashboard/web/preferences.js'), 'utf8');
    expect(source).toContain('localStorage.getItem');
    expect(source).not.toMatch(/\btry\b|typeof localStorage/);
  });
});
