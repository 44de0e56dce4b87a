// Sign-in by password: the form, its token, and where it leads.

import { describe, expect, it } from 'vitest';
import {
  FORM,
  HOST,
  IN_FRAME,
  JSON_BODY,
  NAVIGATION,
  PUBLIC,
  readCookies,
  readForm,
  SAME_ORIGIN,
  startKit,
  WANTS_JSON,
} from './own-routes-kit.ts';

const kit = startKit();
const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';

describe('the sign-in page', () => {
  it('has a user name, a password, a returnTo and a csrf field', async () => {
    const { status, text, headers } = await kit.ask({ path: '/_gate/login?returnTo=%2Fd%2Fx%3Fa%3D1%26b%3D2', headers: NAVIGATION });
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(readForm(text)).toMatchObject({ returnTo: '/d/x?a=1&b=2', csrf: expect.stringMatching(/^[\w-]{43}$/) });
    expect(text).toMatch(/name="username"[^>]*autocomplete="username"/);
    expect(text).toMatch(/name="password"[^>]*autocomplete="current-password"/);
  });

  it('SEC-R12 shows nothing of the query as markup', async () => {
    const { text } = await kit.ask({ path: '/_gate/login?error=<script>x&returnTo=%2F"><script>y', headers: NAVIGATION });
    expect(text).not.toContain('<script>');
  });

  it('SEC-D1.3 sets its cookie for ten minutes, same-site and out of reach of scripts', async () => {
    const { headers } = await kit.ask({ path: '/_gate/login', headers: NAVIGATION });
    expect(headers['set-cookie']).toHaveLength(1);
    expect(headers['set-cookie']?.[0]).toMatch(/^__Host-framegate-tx=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Lax; Max-Age=600$/);
  });

  it('gives JSON clients the token', async () => {
    const { status, text } = await kit.ask({ path: '/_gate/login', headers: WANTS_JSON });
    expect(status).toBe(200);
    expect(JSON.parse(text)).toEqual({ signedIn: false, csrf: expect.any(String), returnTo: `${PUBLIC}/` });
  });

  it('says who is signed in already, and still has the form', async () => {
    const cookie = readCookies(await kit.signIn());
    const { text } = await kit.ask({ path: '/_gate/login', headers: { ...NAVIGATION, Cookie: cookie } });
    expect(text).toContain('<strong>alice</strong>');
    expect(text).toContain('name="password"');
  });
});

describe('a sign-in', () => {
  it('starts a session and answers 303 to returnTo at the public origin', async () => {
    const answer = await kit.signIn({ returnTo: '/d/x?a=1' });
    expect(answer.status).toBe(303);
    expect(answer.headers.location).toBe(`${PUBLIC}/d/x?a=1`);
    const { status, text } = await kit.ask({ path: '/_gate/session', headers: { ...WANTS_JSON, Cookie: readCookies(answer) } });
    expect(status).toBe(200);
    expect(JSON.parse(text)).toMatchObject({ login: 'alice', method: 'password' });
  });

  it.each(['//evil', '/\\evil', '/_gate/logout', 'https://p.test@evil'])('SEC-R1 never leads elsewhere: %s', async (returnTo) => {
    expect((await kit.signIn({ returnTo })).headers.location).toBe(`${PUBLIC}/`);
  });

  it('SEC-R9 gets a session id that was not there before, and keeps none that it was given', async () => {
    const first = readCookies(await kit.signIn());
    const page = await kit.ask({ path: '/_gate/login', headers: { ...NAVIGATION, Cookie: first } });
    const body = new URLSearchParams({ ...readForm(page.text), username: 'bob', password: 'right' }).toString();
    const cookie = `${first.split('; ').find((pair) => pair.startsWith('__Host-framegate='))}; ${readCookies(page)}`;
    const answer = await kit.ask({
      method: 'POST',
      path: '/_gate/login',
      headers: { ...FORM, ...NAVIGATION, ...SAME_ORIGIN, Cookie: cookie },
      body,
    });
    expect(answer.status).toBe(303);
    expect(readCookies(answer)).not.toContain(first);
    const old = await kit.ask({ path: '/_gate/session', headers: { ...WANTS_JSON, Cookie: first } });
    expect(old.status).toBe(401);
  });

  it('SEC-D1.3 uses the form cookie up', async () => {
    const lines = (await kit.signIn()).headers['set-cookie'] ?? [];
    expect(lines.find((line) => line.startsWith('__Host-framegate-tx='))).toContain('Max-Age=0');
  });

  it('answers JSON for JSON', async () => {
    const page = await kit.ask({ path: '/_gate/login', headers: WANTS_JSON });
    const body = JSON.stringify({ csrf: JSON.parse(page.text).csrf, username: 'alice', password: 'right', returnTo: '/d/x' });
    const answer = await kit.ask({
      method: 'POST',
      path: '/_gate/login',
      headers: { ...JSON_BODY, ...WANTS_JSON, ...SAME_ORIGIN, Cookie: readCookies(page) },
      body,
    });
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.text)).toEqual({ ok: true, returnTo: `${PUBLIC}/d/x` });
  });

  it('is recorded, and so is a refused one, without the password', async () => {
    await kit.signIn();
    await kit.signIn({ password: 'canary-password' });
    expect(kit.audit.map(({ event }) => event)).toEqual(['login.accepted', 'login.refused']);
    expect(kit.audit[1]?.fields).toMatchObject({
      login: 'alice',
      code: 'FRAMEGATE_SIGN_IN_REFUSED',
      address: '192.0.2.1',
      requestId: 'request-1',
    });
    expect(JSON.stringify(kit.audit)).not.toContain('canary-password');
  });

  it('SEC-B16.1 is recorded with at most 256 characters of what was typed', async () => {
    await kit.signIn({ username: 'x'.repeat(5000), password: 'wrong' });
    expect(String(kit.audit[0]?.fields.login)).toHaveLength(256);
  });
});

describe('a refused sign-in', () => {
  it('shows the page again with 401, the name and no password', async () => {
    const { status, text } = await kit.signIn({ username: 'al"ice', password: 'canary-password' });
    expect(status).toBe(401);
    expect(text).toContain('The user name or the password is wrong.');
    expect(text).toContain('value="al&quot;ice"');
    expect(text).not.toContain('canary-password');
  });

  it('SEC-B10.1 shows it with 429 and Retry-After when there were too many', async () => {
    const { status, headers, text } = await kit.signIn({ password: 'slow down' });
    expect(status).toBe(429);
    expect(headers['retry-after']).toBe('42');
    expect(text).toContain('name="password"');
  });

  it('answers JSON clients with a problem', async () => {
    const page = await kit.ask({ path: '/_gate/login', headers: WANTS_JSON });
    const body = JSON.stringify({ csrf: JSON.parse(page.text).csrf, username: 'alice', password: 'wrong' });
    const answer = await kit.ask({
      method: 'POST',
      path: '/_gate/login',
      headers: { ...JSON_BODY, ...WANTS_JSON, ...SAME_ORIGIN, Cookie: readCookies(page) },
      body,
    });
    expect(answer.status).toBe(401);
    expect(JSON.parse(answer.text)).toMatchObject({ status: 401, code: 'FRAMEGATE_SIGN_IN_REFUSED', requestId: 'request-1' });
  });

  it('hides what went wrong inside, and logs it', async () => {
    const { status, text } = await kit.signIn({ password: 'explode' });
    expect(status).toBe(500);
    expect(text).not.toContain('canary-cause');
    expect(kit.logged.map(({ event }) => event)).toEqual(['own-route.failed']);
  });
});

describe('the form token (SEC-D1.4)', () => {
  const credentials = { username: 'alice', password: 'right' };

  it.each([
    { name: 'SEC-B12.1 refuses a cross-site POST', headers: { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.test' } },
    { name: 'SEC-B12.1 refuses a POST of an embedding host', headers: { 'Sec-Fetch-Site': 'cross-site', Origin: HOST } },
    { name: 'SEC-D7.2 refuses a POST that says nothing of where it comes from', headers: {} },
    { name: 'SEC-B12.2 refuses valid credentials without the cookie', headers: SAME_ORIGIN },
  ])('$name', async ({ headers }) => {
    const page = await kit.ask({ path: '/_gate/login', headers: NAVIGATION });
    const body = new URLSearchParams({ ...readForm(page.text), ...credentials }).toString();
    const answer = await kit.ask({ method: 'POST', path: '/_gate/login', headers: { ...FORM, ...headers }, body });
    expect(answer.status).toBe(403);
    expect(readCookies(answer)).not.toContain('__Host-framegate=');
  });

  it.each(['', 'x', 'A'.repeat(43)])('SEC-B12.2 refuses a wrong token and shows the form anew: %j', async (csrf) => {
    const answer = await kit.signIn({ csrf });
    expect(answer.status).toBe(403);
    expect(answer.text).toContain('The form is no longer valid.');
    expect(readForm(answer.text).csrf).toMatch(/^[\w-]{43}$/);
    expect(readCookies(answer)).not.toContain('__Host-framegate=');
  });

  it('refuses the token of another browser', async () => {
    const [mine, theirs] = await Promise.all([1, 2].map(() => kit.ask({ path: '/_gate/login', headers: NAVIGATION })));
    const body = new URLSearchParams({ ...readForm(theirs?.text ?? ''), ...credentials }).toString();
    const headers = { ...FORM, ...SAME_ORIGIN, Cookie: mine === undefined ? '' : readCookies(mine) };
    expect((await kit.ask({ method: 'POST', path: '/_gate/login', headers, body })).status).toBe(403);
  });

  it('SEC-B5.2 refuses two form cookies', async () => {
    const page = await kit.ask({ path: '/_gate/login', headers: NAVIGATION });
    const body = new URLSearchParams({ ...readForm(page.text), ...credentials }).toString();
    const headers = { ...FORM, ...SAME_ORIGIN, Cookie: `${readCookies(page)}; __Host-framegate-tx=${'B'.repeat(43)}` };
    expect((await kit.ask({ method: 'POST', path: '/_gate/login', headers, body })).status).toBe(403);
  });

  it('stays good for two windows of one browser', async () => {
    const first = await kit.ask({ path: '/_gate/login', headers: NAVIGATION });
    const second = await kit.ask({ path: '/_gate/login', headers: { ...NAVIGATION, Cookie: readCookies(first) } });
    const body = new URLSearchParams({ ...readForm(first.text), ...credentials }).toString();
    const headers = { ...FORM, ...SAME_ORIGIN, Cookie: readCookies(second) };
    expect((await kit.ask({ method: 'POST', path: '/_gate/login', headers, body })).status).toBe(303);
  });

  it('accepts Origin or Referer of our own where a browser sends no Fetch Metadata', async () => {
    for (const from of [{ Origin: PUBLIC }, { Referer: `${PUBLIC}/_gate/login` }]) {
      const page = await kit.ask({ path: '/_gate/login', headers: NAVIGATION });
      const body = new URLSearchParams({ ...readForm(page.text), ...credentials }).toString();
      const answer = await kit.ask({
        method: 'POST',
        path: '/_gate/login',
        headers: { ...FORM, ...from, Cookie: readCookies(page) },
        body,
      });
      expect(answer.status).toBe(303);
    }
  });
});

describe('the sign-in page and others', () => {
  it.each(['x', `${CHALLENGE}=`, '%00'])('refuses a challenge that no frame makes: %s', async (challenge) => {
    expect((await kit.ask({ path: `/_gate/login?challenge=${challenge}`, headers: NAVIGATION })).status).toBe(400);
  });

  it('refuses a script of another site that reads it', async () => {
    const headers = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'cors', 'Sec-Fetch-Dest': 'empty', Origin: HOST };
    expect((await kit.ask({ path: '/_gate/login', headers })).status).toBe(403);
  });

  it('SEC-B13.1 cannot be shown in a frame', async () => {
    const { headers } = await kit.ask({ path: '/_gate/login', headers: IN_FRAME });
    expect(headers['x-frame-options']).toBe('DENY');
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
  });
});
