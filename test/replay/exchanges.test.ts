// Single requests as they were recorded against Grafana 12.2.0, sent through the gate by the person of the recording.
// Most come back as recorded; those that would hand out another identity, Grafana's own sign-in, or an operator's
// endpoint to somebody unknown do not.

import { describe, expect, it } from 'vitest';
import { expectRefused, HOST_PAGE, type Sent, useGate } from '../support/start-gate.ts';
import { type Exchange, readExchanges, replay } from './replay-upstream.ts';

const gate = useGate();
const exchanges = readExchanges();

/** What the gate makes of a recording that it does not simply pass on. */
const OTHERWISE: Record<string, 'never forwarded' | 'signed out' | 'no sign-in' | 'as the viewer'> = {
  'page without identity': 'signed out',
  'api without identity': 'signed out',
  'empty identity header': 'signed out',
  'health after panic': 'signed out',
  'grafana metrics': 'signed out',
  health: 'signed out',
  healthz: 'signed out',
  robots: 'signed out',
  'static asset': 'signed out',
  'hashed asset': 'signed out',
  'public dashboard missing': 'signed out',
  'login page': 'never forwarded',
  logout: 'never forwarded',
  'password login': 'never forwarded',
  'token rotation': 'never forwarded',
  'options preflight': 'never forwarded',
  // A second spelling of a path, which would go round rules that name the first.
  'encoded path alias': 'never forwarded',
  'session cookie, foreign Origin': 'never forwarded',
  'identity header, foreign Origin': 'never forwarded',
  'plugin metrics as admin': 'no sign-in',
  'datasource as admin': 'no sign-in',
  'basic auth wins over the identity header': 'as the viewer',
  "org header not the user's": 'as the viewer',
  'session cookie, same Origin': 'as the viewer',
};

/** Come without credentials and internal addresses, whoever asks; else as recorded. */
const CUT_DOWN: readonly string[] = ['datasource list as viewer', 'frontend settings as viewer'];

const cookies = new Map<string, Promise<string>>();
function cookieOf(login: string): Promise<string> {
  const known = cookies.get(login) ?? gate.signIn(login, ['operators'], { name: 'Dora D', email: `${login}@example.com` });
  cookies.set(login, known);
  return known;
}

async function sendRecorded(exchange: Exchange, cookie: string | undefined): Promise<Sent> {
  gate.upstream.clear();
  gate.upstream.script = replay(exchanges);
  const { method, path, requestHeaders, requestBody } = exchange;
  const lines = Object.entries(requestHeaders)
    .filter(([name]) => !/^(origin|cookie)$/i.test(name))
    .map(([name, value]) => `${name}: ${value}`);
  const theirs = Object.entries(requestHeaders).find(([name]) => /^cookie$/i.test(name))?.[1];
  const both = [cookie, theirs].filter((value) => value !== undefined).join('; ');
  if (both !== '') lines.push(`Cookie: ${both}`);
  const origin = requestHeaders['Origin'];
  if (origin !== undefined && origin !== 'http://localhost:8000') lines.push(`Origin: ${origin}`);
  else if (method !== 'GET') lines.push(gate.ownOrigin);
  return gate.send(`${method} ${path}`, lines, Buffer.from(requestBody, 'utf8').toString('latin1'));
}

function expectNothingOfGrafanasOwn(sent: Sent): void {
  expect(sent.header('set-cookie')).toBeUndefined();
  expect(sent.header('location') ?? '').not.toMatch(/^\/login|grafana/);
  expect(sent.header('x-frame-options') ?? 'DENY').toBe('DENY');
  expect(sent.body).not.toMatch(/auth\.unauthorized/);
}

function expectCutDown(sent: Sent, exchange: Exchange): void {
  const recorded = exchange.body.toString('utf8');
  expect(recorded).toMatch(/127\.0\.0\.1/);
  expect(sent.body).not.toMatch(/directUrl|"basicAuth":"|"password":"[^"]|127\.0\.0\.1/);
  const names = (text: string): unknown[] => [...text.matchAll(/"uid":"([^"]*)"/g)].map(([, uid]) => uid);
  expect(names(sent.body)).toEqual(names(recorded));
  expect([sent.header('cache-control'), sent.header('content-length')]).toEqual(['no-store', String(sent.bodyBytes.length)]);
}

describe('recorded exchanges', () => {
  for (const exchange of exchanges.filter(({ name }) => OTHERWISE[name] === undefined)) {
    it(`PRX-2, PRX-26 ${exchange.name}: as recorded`, async () => {
      const login = exchange.requestHeaders['X-WEBAUTH-USER'] ?? 'viewer1';
      const sent = await sendRecorded(exchange, await cookieOf(login));
      expect(gate.upstream.onlyRequest.startLine).toBe(`${exchange.method} ${exchange.path} HTTP/1.1`);
      expect(gate.upstream.onlyRequest.all('x-webauth-user')).toEqual([login]);
      expect(gate.upstream.onlyRequest.all('x-webauth-role')).toEqual(['Viewer']);
      expect([sent.status, sent.complete]).toEqual([exchange.status, true]);
      if (CUT_DOWN.includes(exchange.name)) expectCutDown(sent, exchange);
      else expect(sent.bodyBytes.equals(exchange.body), sent.body.slice(0, 200)).toBe(true);
      expect(sent.header('x-frame-options')).toBeUndefined();
      const policies = exchange.headers.filter(([name]) => name === 'Content-Security-Policy').map(([, value]) => value);
      expect(sent.all('content-security-policy').toSorted()).toEqual([...policies, `frame-ancestors ${HOST_PAGE}`].toSorted());
      for (const [name, value] of exchange.headers) {
        if (CUT_DOWN.includes(exchange.name) && /^(last-modified|content-length)$/i.test(name)) continue;
        if (/^(content-type|location|x-content-type-options|audit-id|last-modified|content-length)$/i.test(name))
          expect(sent.header(name), name).toBe(value);
      }
      expectNothingOfGrafanasOwn(sent);
    });
  }

  for (const exchange of exchanges) {
    const kind = OTHERWISE[exchange.name];
    if (kind === 'signed out') {
      it(`SEC-H1, SEC-H14 ${exchange.name}: nobody signed in, so nothing is asked of Grafana`, async () => {
        const sent = await sendRecorded(exchange, undefined);
        await expectRefused(gate, sent, 200, 302, 303, 401);
        expectNothingOfGrafanasOwn(sent);
      });
    } else if (kind === 'never forwarded') {
      it(`PRX-11, SEC-B12 ${exchange.name}: refused for somebody signed in too`, async () => {
        const sent = await sendRecorded(exchange, await cookieOf('viewer1'));
        await expectRefused(gate, sent, 302, 303, 400, 403, 404);
        expectNothingOfGrafanasOwn(sent);
      });
    } else if (kind === 'no sign-in') {
      it(`SEC-J7 ${exchange.name}: a ticket for the built-in administrator opens nothing`, async () => {
        const cookie = await gate.signIn('admin', ['operators']).catch(() => undefined);
        await expectRefused(gate, await sendRecorded(exchange, cookie), 401, 403);
      });
    } else if (kind === 'as the viewer') {
      it(`SEC-H12, PRX-11 ${exchange.name}: reaches Grafana as the viewer and as nothing else`, async () => {
        await sendRecorded(exchange, await cookieOf('viewer1'));
        const { onlyRequest } = gate.upstream;
        expect(onlyRequest.all('x-webauth-user')).toEqual(['viewer1']);
        for (const name of ['authorization', 'cookie', 'x-grafana-org-id']) expect(onlyRequest.header(name), name).toBeUndefined();
      });
    }
  }

  it('SEC-H13 name and e-mail of the person go along', async () => {
    const dora = exchanges.find(({ name }) => name.startsWith('user with name')) as Exchange;
    await sendRecorded(dora, await cookieOf('dora'));
    const { onlyRequest } = gate.upstream;
    expect([onlyRequest.all('x-webauth-name'), onlyRequest.all('x-webauth-email')]).toEqual([['Dora D'], ['dora@example.com']]);
  });
});

describe('somebody whom Grafana does not accept', () => {
  const DOCUMENT = ['Accept: text/html', 'Sec-Fetch-Dest: iframe', 'Sec-Fetch-Mode: navigate', 'Sec-Fetch-Site: cross-site'];

  it.each([
    ['/d/plant-a/plant-a?kiosk', DOCUMENT],
    ['/api/user', ['Accept: application/json']],
  ])("PRX-25 GET %s: never Grafana's sign-in page, its redirect or its cookie", async (target, headers) => {
    const ghost = await gate.signIn('ghost', ['operators']);
    gate.upstream.clear();
    gate.upstream.script = replay(exchanges);
    const sent = await gate.send(`GET ${target}`, [`Cookie: ${ghost}`, ...headers]);
    expect(gate.upstream.onlyRequest.all('x-webauth-user')).toEqual(['ghost']);
    // A page is the gate's own error. An API call may keep its 401: no person reads it.
    if (headers === DOCUMENT || sent.status !== 401) {
      expect(sent.status).toBeGreaterThanOrEqual(500);
      expectNothingOfGrafanasOwn(sent);
    }
    for (const name of ['set-cookie', 'location', 'x-frame-options']) expect(sent.header(name), name).toBeUndefined();
    expect(sent.header('content-security-policy')).toContain('frame-ancestors');
  });
});
