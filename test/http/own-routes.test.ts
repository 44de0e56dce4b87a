// The table of own routes: methods, sessions, scripts, and what lies beside them.

import { describe, expect, it } from 'vitest';
import type { Answer } from './own-routes-kit.ts';
import { HOST, IN_FRAME, NAVIGATION, PUBLIC, readCookies, readDirective, SAME_ORIGIN, startKit, WANTS_JSON } from './own-routes-kit.ts';

const kit = startKit();
const signedIn = async (): Promise<string> => readCookies(await kit.signIn());
const readMessage = ({ text }: Answer): unknown => JSON.parse((/data-message="([^"]*)"/.exec(text)?.[1] ?? '').replaceAll('&quot;', '"'));

describe('own routes', () => {
  it.each([
    { method: 'GET', path: '/_gate/logout', allow: 'POST' },
    { method: 'GET', path: '/_gate/enter', allow: 'POST' },
    { method: 'GET', path: '/_gate/redeem', allow: 'POST' },
    { method: 'PUT', path: '/_gate/login', allow: 'GET, HEAD, POST' },
    { method: 'POST', path: '/_gate/session', allow: 'GET, HEAD' },
    { method: 'DELETE', path: '/_gate/embed.js', allow: 'GET, HEAD' },
  ])('SEC-B12.3 answer $method $path with 405', async ({ method, path, allow }) => {
    const { status, headers } = await kit.ask({ method, path, headers: SAME_ORIGIN });
    expect(status).toBe(405);
    expect(headers.allow).toBe(allow);
  });

  it.each([
    '/_gate/',
    '/_gate/nothing',
    '/_gate/LOGIN',
    '/_gate/login/',
    '/_gate/assets/',
    '/_gate/assets/../embed.js',
    '/_gate/assets/embed.js',
  ])('are found by their exact path: not %s', async (path) => {
    const { status, text } = await kit.ask({ path });
    expect(status).toBe(404);
    expect(JSON.parse(text)).toMatchObject({
      type: 'urn:framegate:error:not-found',
      status: 404,
      code: 'FRAMEGATE_NOT_FOUND',
      requestId: 'request-1',
    });
  });

  it('answer HEAD like GET, without the body', async () => {
    const { status, text, headers } = await kit.ask({ method: 'HEAD', path: '/_gate/embed.js' });
    expect({ status, text }).toEqual({ status: 200, text: '' });
    expect(Number(headers['content-length'])).toBeGreaterThan(1000);
  });

  it.each(['/_gate/login', '/_gate/session', '/_gate/state', '/_gate/nothing'])('PRX-29, SEC-D4.7 are never stored: %s', async (path) => {
    expect((await kit.ask({ path })).headers['cache-control']).toBe('no-store');
  });
});

describe('the session route', () => {
  it('tells who is signed in and until when', async () => {
    const { status, text } = await kit.ask({ path: '/_gate/session', headers: { ...WANTS_JSON, Cookie: await signedIn() } });
    expect(status).toBe(200);
    const times = { startedAt: new Date(kit.clock.nowMs).toISOString(), endsAt: new Date(kit.clock.nowMs + 28_800_000).toISOString() };
    expect(JSON.parse(text)).toEqual({
      signedIn: true,
      login: 'alice',
      displayName: 'Alice <A>',
      email: null,
      groups: ['operators'],
      method: 'password',
      ...times,
    });
  });

  it('shows it to a person, escaped, with a way to sign out', async () => {
    const { text } = await kit.ask({ path: '/_gate/session', headers: { ...NAVIGATION, Cookie: await signedIn() } });
    expect(text).toContain('Alice &lt;A&gt;');
    expect(text).toContain('id="sign-out"');
  });

  it('answers 401 to nobody', async () => {
    const { status, text } = await kit.ask({ path: '/_gate/session', headers: WANTS_JSON });
    expect(status).toBe(401);
    expect(JSON.parse(text).code).toBe('FRAMEGATE_NOT_SIGNED_IN');
  });

  it('SEC-D7.2 is closed to scripts of other sites', async () => {
    const Cookie = await signedIn();
    for (const site of ['cross-site', 'same-site']) {
      const headers = { 'Sec-Fetch-Site': site, 'Sec-Fetch-Mode': 'cors', 'Sec-Fetch-Dest': 'empty', Origin: HOST, Cookie };
      expect((await kit.ask({ path: '/_gate/session', headers })).status).toBe(403);
    }
    expect((await kit.ask({ path: '/_gate/session', headers: { Origin: HOST, Cookie } })).status).toBe(403);
  });

  it('SEC-D2.2 does not keep the session alive', async () => {
    const Cookie = await signedIn();
    for (let minutes = 0; minutes < 30; minutes += 10) {
      expect((await kit.ask({ path: '/_gate/session', headers: { ...WANTS_JSON, Cookie } })).status).toBe(200);
      kit.clock.nowMs += 600_000;
    }
    expect((await kit.ask({ path: '/_gate/session', headers: { ...WANTS_JSON, Cookie } })).status).toBe(401);
  });
});

describe('the state route', () => {
  it('tells the listed hosts, and nobody else, until when the session runs', async () => {
    const answer = await kit.ask({ path: '/_gate/state', headers: { ...IN_FRAME, Cookie: await signedIn() } });
    expect(answer.status).toBe(200);
    expect(readDirective(answer, 'frame-ancestors')).toBe(HOST);
    expect(answer.text).toContain(`data-hosts="[&quot;${HOST}&quot;]"`);
    const endsAt = new Date(kit.clock.nowMs + 28_800_000).toISOString();
    expect(readMessage(answer)).toEqual({
      type: 'framegate:session',
      version: 1,
      signedIn: true,
      login: 'alice',
      endsAt,
      endsInMs: 28_800_000,
    });
  });

  it('says so when nobody is signed in', async () => {
    const answer = await kit.ask({ path: '/_gate/state', headers: IN_FRAME });
    expect(readMessage(answer)).toMatchObject({ signedIn: false, login: null, endsAt: null });
  });
});

describe('activity (SEC-D2.2)', () => {
  const tell = (headers: Record<string, string>) => kit.ask({ method: 'POST', path: '/_gate/session/active', headers });
  const statusOf = async (Cookie: string) => (await kit.ask({ path: '/_gate/session', headers: { ...WANTS_JSON, Cookie } })).status;

  it('told by our own page keeps the session for the idle limit, asking who one is does not', async () => {
    const Cookie = await signedIn();
    kit.clock.nowMs += 20 * 60_000;
    expect((await tell({ ...SAME_ORIGIN, Cookie })).status).toBe(204);
    kit.clock.nowMs += 20 * 60_000;
    expect(await statusOf(Cookie)).toBe(200);
    kit.clock.nowMs += 10 * 60_000;
    expect(await statusOf(Cookie)).toBe(401);
  });

  it('answers the same where nobody is signed in, and sets no cookie', async () => {
    const { status, headers } = await tell(SAME_ORIGIN);
    expect({ status, cookie: headers['set-cookie'] }).toEqual({ status: 204, cookie: undefined });
  });

  it('told by another site counts for nothing', async () => {
    const Cookie = await signedIn();
    for (const headers of [{ 'Sec-Fetch-Site': 'cross-site', Origin: HOST }, { Origin: 'null' }, {}])
      expect((await tell({ ...headers, Cookie })).status).toBe(403);
  });
});

describe('logout', () => {
  it('SEC-B12.3 ends the session without a token or a body', async () => {
    const Cookie = await signedIn();
    const answer = await kit.ask({ method: 'POST', path: '/_gate/logout', headers: { ...SAME_ORIGIN, Cookie } });
    expect(answer.status).toBe(204);
    expect((await kit.ask({ path: '/_gate/session', headers: { ...WANTS_JSON, Cookie } })).status).toBe(401);
    expect(kit.audit.at(-1)).toMatchObject({ event: 'session.signed-out', fields: { login: 'alice' } });
  });

  it('SEC-D4.9 clears cache and storage, not cookies', async () => {
    const { headers } = await kit.ask({ method: 'POST', path: '/_gate/logout', headers: SAME_ORIGIN });
    expect(headers['clear-site-data']).toBe('"cache","storage"');
  });

  it('leads a person to the sign-in page', async () => {
    const { status, headers } = await kit.ask({ method: 'POST', path: '/_gate/logout', headers: { ...NAVIGATION, ...SAME_ORIGIN } });
    expect({ status, location: headers.location }).toEqual({ status: 303, location: `${PUBLIC}/_gate/login` });
  });

  it.each([{ 'Sec-Fetch-Site': 'cross-site', Origin: HOST }, { Origin: HOST }, { Origin: 'null' }, {}])(
    'SEC-B12.3 refuses others: %j',
    async (headers) => {
      const Cookie = await signedIn();
      expect((await kit.ask({ method: 'POST', path: '/_gate/logout', headers: { ...headers, Cookie } })).status).toBe(403);
      expect((await kit.ask({ path: '/_gate/session', headers: { ...WANTS_JSON, Cookie } })).status).toBe(200);
    },
  );
});

describe('scripts', () => {
  it('SEC-D4.5 embed.js may be used by every page and sets no cookie', async () => {
    const { status, headers } = await kit.ask({
      path: '/_gate/embed.js',
      headers: { Origin: 'https://anybody.test', 'Sec-Fetch-Site': 'cross-site' },
    });
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'cross-origin-resource-policy': 'cross-origin',
      'access-control-allow-origin': '*',
      'cache-control': 'public, max-age=3600',
      'x-content-type-options': 'nosniff',
    });
    expect(headers['set-cookie']).toBeUndefined();
  });

  it.each(['storage.js', 'assets/gate.css', 'assets/frame.js', 'assets/card.js', 'assets/popup.js', 'assets/sign-out.js'])(
    'SEC-D4.5 %s is for our own pages',
    async (name) => {
      const { status, headers } = await kit.ask({ path: `/_gate/${name}` });
      expect(status).toBe(200);
      expect(headers['cross-origin-resource-policy']).toBe('same-origin');
      expect(headers['access-control-allow-origin']).toBeUndefined();
    },
  );

  it('answer 304 to who has them, with the same tag', async () => {
    const { headers } = await kit.ask({ path: '/_gate/embed.js' });
    const etag = headers.etag ?? '';
    for (const tags of [etag, `W/${etag}`, `"other", ${etag}`]) {
      const again = await kit.ask({ path: '/_gate/embed.js', headers: { 'If-None-Match': tags } });
      expect({ status: again.status, text: again.text, etag: again.headers.etag }).toEqual({ status: 304, text: '', etag });
    }
    expect((await kit.ask({ path: '/_gate/embed.js', headers: { 'If-None-Match': '"other"' } })).status).toBe(200);
  });
});

describe('under a path of a host application', () => {
  const HOST_POLICY = 'max-age=300';
  const mounted = startKit({
    gatePrefix: '/dash/_gate',
    before: [
      (_req, res, next) => {
        res.setHeader('Strict-Transport-Security', HOST_POLICY);
        next();
      },
    ],
  });

  it("SEC-D4.1 leaves the host application's Strict-Transport-Security as it is", async () => {
    const { headers } = await mounted.ask({ path: '/dash/_gate/login', headers: NAVIGATION });
    expect(headers['strict-transport-security']).toBe(HOST_POLICY);
    expect((await kit.ask({ path: '/_gate/login', headers: NAVIGATION })).headers['strict-transport-security']).toMatch(
      /^max-age=63072000/,
    );
  });

  it("SEC-D4.9 log-out does not clear the host application's storage", async () => {
    const { status, headers } = await mounted.ask({ method: 'POST', path: '/dash/_gate/logout', headers: SAME_ORIGIN });
    expect(status).toBe(204);
    expect(headers['clear-site-data']).toBeUndefined();
  });
});
