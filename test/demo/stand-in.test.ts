// The demo's dashboard server answers as the recorded Grafana does, so that what works before it works before Grafana.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDashboard } from '../../examples/demo/dashboard/dashboard.ts';
import type { RunningServer } from '../../examples/demo/running-server.ts';
import type { Answer, RecordedRequest } from './kit.ts';
import { readFixture, send, shapeOf, valuesOf } from './kit.ts';

interface Exchange {
  readonly name: string;
  readonly request: RecordedRequest;
  readonly response: { readonly status: number; readonly headers: Answer['headers']; readonly body?: string; readonly bodyBytes?: number };
}

/** How far the body is compared: text (the same text), shape (the same keys and types), bytes (the same size), none. */
const IMITATED: Readonly<Record<string, 'text' | 'shape' | 'bytes' | 'none'>> = {
  'page without identity': 'bytes',
  'api without identity': 'text',
  'login page': 'none',
  'page as viewer': 'none',
  'user as viewer': 'shape',
  'user with name, email, role headers': 'shape',
  'orgs of dora': 'text',
  'unknown role is ignored': 'text',
  'empty identity header': 'text',
  'search as viewer': 'shape',
  'query as viewer': 'text',
  'arbitrary query as viewer': 'shape',
  'query without body': 'text',
  'health after panic': 'shape',
  annotations: 'text',
  folder: 'shape',
  'alert rules of a dashboard': 'text',
  'org switch by query': 'none',
  "org that is not the user's": 'text',
  "org header not the user's": 'shape',
  'encoded path alias': 'shape',
  logout: 'bytes',
  robots: 'text',
  health: 'shape',
  healthz: 'text',
  pprof: 'none',
  'session cookie, foreign Origin': 'text',
  'identity header, foreign Origin': 'text',
  'websocket path without upgrade': 'text',
  'options preflight': 'text',
  'explore page as viewer': 'bytes',
};

/** What the stand-in has not: other sign-in methods, plugins, data source administration, rendering. */
const LEFT_OUT = [
  'basic auth wins over the identity header',
  'dashboard k8s api',
  'dashboard legacy api',
  'dashboard missing',
  'datasource list as viewer',
  'frontend settings as viewer',
  'datasource health',
  'resource',
  'resource scenarios',
  'resource chunked stream',
  'resource panics',
  'plugin metrics as viewer',
  'plugin metrics as admin',
  'datasource proxy, target down',
  'datasource proxy by numeric id',
  'datasource update as viewer',
  'datasource as admin',
  'dashboard save as viewer',
  'static asset',
  'hashed asset',
  'grafana metrics',
  'swagger',
  'password login',
  'session cookie, same Origin',
  'token rotation',
  'render without renderer',
  'avatar',
  'public dashboard missing',
];

const COMPARED_HEADERS = [
  'cache-control',
  'content-type',
  'x-content-type-options',
  'x-frame-options',
  'x-xss-protection',
  'location',
  'set-cookie',
  'sec-websocket-version',
  'accept-ranges',
  'content-encoding',
  'etag',
  'vary',
  'access-control-allow-origin',
  'content-security-policy',
];

const exchanges = readFixture<Exchange[]>('exchanges.json');
const findExchange = (name: string): Exchange =>
  exchanges.find((exchange) => exchange.name === name) ?? expect.fail(`no recording ${name}`);

let dashboard: RunningServer;
beforeAll(async () => {
  // The moment of the recordings, to which relative times refer.
  dashboard = await startDashboard({ port: 0, host: '127.0.0.1', now: () => Date.parse('2026-11-20T21:45:28Z') });
});
afterAll(() => dashboard.close());

function expectHeaders(answer: Answer, recorded: Answer['headers']): void {
  for (const name of COMPARED_HEADERS) expect(valuesOf(answer.headers, name), name).toEqual(valuesOf(recorded, name));
}

describe('the stand-in against the recorded exchanges', () => {
  it('imitates every recording, or says that it does not', () => {
    expect([...Object.keys(IMITATED), ...LEFT_OUT].sort()).toEqual(exchanges.map(({ name }) => name).sort());
  });

  it.each(Object.entries(IMITATED))('answers "%s" as recorded (body: %s)', async (name, kind) => {
    const { request, response } = findExchange(name);
    const answer = await send(dashboard.url, request);
    expect(answer.status).toBe(response.status);
    expectHeaders(answer, response.headers);
    if (kind === 'text') expect(answer.body).toBe(response.body);
    if (kind === 'shape') expect(shapeOf(JSON.parse(answer.body))).toEqual(shapeOf(JSON.parse(response.body ?? '')));
    if (kind === 'bytes') expect(Buffer.byteLength(answer.body)).toBe(response.bodyBytes);
  });

  it('describes its dashboards with the keys of a recorded one', async () => {
    const recorded = JSON.parse(findExchange('dashboard k8s api').response.body ?? '') as Record<string, Record<string, unknown>>;
    const answer = await send(dashboard.url, {
      path: '/apis/dashboard.grafana.app/v1beta1/namespaces/default/dashboards/plant-a/dto',
      headers: { 'X-WEBAUTH-USER': 'viewer1' },
    });
    expect(answer.status).toBe(200);
    const dto = JSON.parse(answer.body) as Record<string, Record<string, unknown>>;
    expect(Object.keys(dto).sort()).toEqual(Object.keys(recorded).sort());
    for (const part of ['metadata', 'spec', 'status', 'access'])
      expect(Object.keys(dto[part] ?? {}).sort(), part).toEqual(Object.keys(recorded[part] ?? {}).sort());
  });

  it('answers the other calls of a recorded dashboard view', async () => {
    const load =
      readFixture<
        {
          kind?: string;
          method: string;
          path: string;
          requestBody?: string;
          status: number;
          responseHeaders: Answer['headers'];
          body?: string;
        }[]
      >('dashboard-load.json');
    for (const path of ['/api/folders/eg4wprdruzi0wa?', '/api/frontend-metrics']) {
      const recorded = load.find((exchange) => exchange.path === path) ?? expect.fail(path);
      const headers = { 'X-WEBAUTH-USER': 'alice', ...(recorded.requestBody === undefined ? {} : { 'Content-Type': 'application/json' }) };
      const answer = await send(dashboard.url, {
        method: recorded.method,
        path,
        headers,
        ...(recorded.requestBody === undefined ? {} : { body: recorded.requestBody }),
      });
      expect(answer.status).toBe(recorded.status);
      expectHeaders(answer, recorded.responseHeaders);
      const parse = (text = '') => (text === '' ? '' : shapeOf(JSON.parse(text)));
      expect(parse(answer.body)).toEqual(parse(recorded.body));
    }
  });
});

describe('the stand-in', () => {
  it('serves scripts under a name with their hash, for a year, without an identity, security headers or compression', async () => {
    const page = await send(dashboard.url, { path: '/d/plant-a/plant-a', headers: { 'X-WEBAUTH-USER': 'viewer1' } });
    const [script = expect.fail('no script in the page')] = /\/public\/build\/app\.[0-9a-f]{20}\.js/.exec(page.body) ?? [];
    const recorded = findExchange('hashed asset').response;
    const answer = await send(dashboard.url, { path: script, headers: { 'Accept-Encoding': 'gzip, br' } });
    expect(answer.status).toBe(200);
    expectHeaders(answer, recorded.headers);
    expect(valuesOf(answer.headers, 'last-modified')[0]).toMatch(/ GMT$/);
  });

  it('serves pictures for an hour', async () => {
    const recorded = findExchange('static asset').response;
    const answer = await send(dashboard.url, { path: '/public/img/icon.svg' });
    expect(answer.status).toBe(recorded.status);
    expectHeaders(answer, recorded.headers);
  });

  it('answers 304 to a browser that has the file, and parts of it by Range', async () => {
    const path = '/public/img/icon.svg';
    const whole = await send(dashboard.url, { path });
    const [modified = ''] = valuesOf(whole.headers, 'last-modified');
    expect(await send(dashboard.url, { path, headers: { 'If-Modified-Since': modified } })).toMatchObject({ status: 304, body: '' });
    expect(await send(dashboard.url, { path, headers: { Range: 'bytes=1-3' } })).toMatchObject({
      status: 206,
      body: whole.body.slice(1, 4),
    });
    expect(await send(dashboard.url, { path, headers: { Range: 'bytes=-4' } })).toMatchObject({ status: 206, body: whole.body.slice(-4) });
    expect(await send(dashboard.url, { path, headers: { Range: 'bytes=999999-' } })).toMatchObject({ status: 416 });
  });

  it('marks its own log-in page, so that a test can see it never appears in a frame', async () => {
    expect((await send(dashboard.url, { path: '/login' })).body).toContain('data-testid="upstream-login-page"');
  });

  it('writes the name of the identity headers into the page and cannot be made to write a script', async () => {
    const headers = { 'X-WEBAUTH-USER': 'dora', 'X-WEBAUTH-NAME': '</script><script>alert(1)</script>' };
    const { body } = await send(dashboard.url, { path: '/d/plant-a/plant-a', headers });
    expect(body).toContain('"login":"dora"');
    expect(body).not.toContain('<script>alert');
  });

  it.each(['/api%2Fuser', '/api//user', '//api/user', '/api/./user', '/public/../api/user', '/%ff/user'])(
    'does not clean the path %s',
    async (path) => {
      expect((await send(dashboard.url, { path, headers: { 'X-WEBAUTH-USER': 'viewer1' } })).status).toBe(404);
    },
  );

  it.each(['Authorization', 'Cookie', 'X-Forwarded-User', 'X_WEBAUTH_USER'])('takes no identity from %s', async (name) => {
    const values: Readonly<Record<string, string>> = { Authorization: 'Basic YWRtaW46YWRtaW4=', Cookie: 'grafana_session=1' };
    expect((await send(dashboard.url, { path: '/api/user', headers: { [name]: values[name] ?? 'admin' } })).status).toBe(401);
  });

  it.each(['not json', '[]', '{"from":"yesterday","queries":[{}]}', '{"from":"now","to":"now-1h","queries":[{}]}', '{"queries":[7]}'])(
    'refuses the query %s',
    async (body) => {
      const headers = { 'X-WEBAUTH-USER': 'viewer1', 'Content-Type': 'application/json' };
      expect((await send(dashboard.url, { method: 'POST', path: '/api/ds/query', headers, body })).status).toBe(400);
    },
  );

  it('refuses a query body above 1 MiB', async () => {
    const headers = { 'X-WEBAUTH-USER': 'viewer1', 'Content-Type': 'application/json' };
    expect((await send(dashboard.url, { method: 'POST', path: '/api/ds/query', headers, body: ' '.repeat(1024 * 1024 + 1) })).status).toBe(
      413,
    );
  });
});
