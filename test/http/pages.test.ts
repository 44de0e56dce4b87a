// The answers in place of a dashboard: which form, which headers, which words (PRX-29, SEC-B13, SEC-D3, SEC-D4).

import { describe, expect, it } from 'vitest';
import type { Answer } from './own-routes-kit.ts';
import {
  FORM,
  HOST,
  IN_FRAME,
  NAVIGATION,
  PUBLIC,
  readCookies,
  readDirective,
  SAME_ORIGIN,
  startKit,
  WANTS_JSON,
} from './own-routes-kit.ts';

const kit = startKit();
const withoutPassword = startKit({ withoutPassword: true });
const withoutHosts = startKit({ config: { embed: { hosts: [] } } });

const SCRIPT = { 'Sec-Fetch-Site': 'same-origin', 'Sec-Fetch-Mode': 'cors', 'Sec-Fetch-Dest': 'empty', Accept: '*/*' };
const readMessage = ({ text }: Answer): unknown => JSON.parse((/data-message="([^"]*)"/.exec(text)?.[1] ?? '').replaceAll('&quot;', '"'));

describe('somebody who is not signed in', () => {
  it('gets a redirect to the sign-in page in a window, with where they wanted to go', async () => {
    const { status, headers, text } = await kit.ask({ path: '/d/x?a=1&b=%2F', headers: NAVIGATION });
    expect(status).toBe(302);
    expect(headers.location).toBe(`${PUBLIC}/_gate/login?returnTo=%2Fd%2Fx%3Fa%3D1%26b%3D%252F`);
    expect(headers['cache-control']).toBe('no-store');
    expect(text).toBe('');
  });

  it('SEC-B2.6 is sent to publicUrl whatever Host and X-Forwarded-Host say', async () => {
    const { headers } = await kit.ask({ path: '/d/x', headers: { ...NAVIGATION, Host: 'evil.test', 'X-Forwarded-Host': 'evil.test' } });
    expect(headers.location).toMatch(/^https:\/\/p\.test\/_gate\/login\?/);
  });

  it('is sent there without a target that is too long to come back to', async () => {
    const { headers } = await kit.ask({ path: `/d/x?${'a'.repeat(3000)}`, headers: NAVIGATION });
    expect(headers.location).toBe(`${PUBLIC}/_gate/login`);
  });

  it.each([
    { name: 'a script', headers: SCRIPT },
    { name: 'a client that asks for JSON', headers: { ...NAVIGATION, ...WANTS_JSON } },
    { name: 'a client that asks for nothing', headers: {} },
    { name: 'fetch of Node.js', headers: { 'Sec-Fetch-Mode': 'cors', Accept: '*/*' } },
    { name: 'an object element', headers: { ...IN_FRAME, 'Sec-Fetch-Dest': 'object' } },
  ])('gets 401 as JSON: $name', async ({ headers }) => {
    const answer = await kit.ask({ path: '/api/x', headers });
    expect(answer.status).toBe(401);
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(JSON.parse(answer.text)).toEqual({
      type: 'urn:framegate:error:not-signed-in',
      title: 'Not signed in',
      status: 401,
      detail: 'Sign in to see this dashboard.',
      code: 'FRAMEGATE_NOT_SIGNED_IN',
      requestId: 'request-1',
    });
  });

  it('gets the redirect from Accept alone where a browser sends no Fetch Metadata, but not for a POST', async () => {
    const headers = { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
    expect((await kit.ask({ path: '/d/x', headers })).status).toBe(302);
    expect((await kit.ask({ path: '/d/x', headers: { ...headers, 'Sec-Fetch-Mode': 'cors' } })).status).toBe(302);
    const post = await kit.ask({ method: 'POST', path: '/d/x', headers });
    expect(post.status).toBe(401);
    expect(post.headers['content-type']).toContain('text/html');
  });

  it('is told to use the application where nobody signs in here', async () => {
    const { status, text } = await withoutPassword.ask({ path: '/d/x', headers: NAVIGATION });
    expect(status).toBe(401);
    expect(text).toContain('Open this dashboard from the application that embeds it');
    expect((await withoutPassword.ask({ path: '/_gate/login', headers: NAVIGATION })).status).toBe(404);
    const logout = await withoutPassword.ask({ method: 'POST', path: '/_gate/logout', headers: { ...NAVIGATION, ...SAME_ORIGIN } });
    expect(logout.headers.location).toBe(`${PUBLIC}/`);
  });
});

describe('the card in the frame', () => {
  it('SEC-B13.2 has one button, no form and no password field', async () => {
    const { status, text } = await kit.ask({ path: '/d/x', headers: IN_FRAME });
    expect(status).toBe(200);
    expect(text.match(/<button/g)).toHaveLength(1);
    expect(text).not.toMatch(/<form|<input|password/i);
    expect(text).toContain('data-login="/_gate/login" data-redeem="/_gate/redeem"');
  });

  it('has no button where nobody signs in here', async () => {
    const { text } = await withoutPassword.ask({ path: '/d/x', headers: IN_FRAME });
    expect(text).not.toMatch(/<button|card\.js/);
    expect(text).toContain('The application around this frame has to sign you in.');
  });

  it('tells the host page, by its name', async () => {
    const answer = await kit.ask({ path: '/d/x', headers: IN_FRAME });
    expect(readMessage(answer)).toEqual({ type: 'framegate:signed-out', version: 1 });
    expect(answer.text).toContain(`data-hosts="[&quot;${HOST}&quot;]"`);
  });
});

describe('somebody who may not', () => {
  it('reads who they are and what to do, and can sign out, in a window', async () => {
    const { status, text } = await kit.ask({ path: '/denied', headers: NAVIGATION });
    expect(status).toBe(403);
    expect(text).toContain('You are signed in as bob &lt;b&gt;');
    expect(text).toContain('Ask the people who run this dashboard');
    expect(text).toContain('id="sign-out"');
    expect(text).toContain('request-1');
  });

  it('SEC-B13.1 gets nothing that changes state in a frame', async () => {
    const answer = await kit.ask({ path: '/denied', headers: IN_FRAME });
    expect(answer.status).toBe(403);
    expect(answer.text).not.toMatch(/<button|<form|sign-out/);
    expect(readMessage(answer)).toEqual({ type: 'framegate:denied', version: 1, status: 403, code: 'FRAMEGATE_FORBIDDEN' });
  });

  it('gets JSON in a script', async () => {
    const { status, text } = await kit.ask({ path: '/denied', headers: SCRIPT });
    expect(status).toBe(403);
    expect(JSON.parse(text).code).toBe('FRAMEGATE_FORBIDDEN');
  });
});

describe('PRX-29 an upstream that is down', () => {
  it('is a page in a frame, which tells the host page', async () => {
    const answer = await kit.ask({ path: '/down', headers: IN_FRAME });
    expect(answer.status).toBe(503);
    expect(answer.headers['retry-after']).toBe('5');
    expect(readMessage(answer)).toEqual({ type: 'framegate:error', version: 1, status: 503, code: 'FRAMEGATE_UPSTREAM_DOWN' });
  });

  it.each([NAVIGATION, IN_FRAME, SCRIPT])('is never told in detail: %j', async (headers) => {
    const answer = await kit.ask({ path: '/down', headers });
    expect(answer.status).toBe(503);
    expect(answer.text).toContain('request-1');
    expect(answer.text).not.toContain('canary-cause');
    expect(answer.headers['cache-control']).toBe('no-store');
  });
});

describe('headers of own pages', () => {
  const pages = [
    { name: 'the sign-in page', path: '/_gate/login', headers: NAVIGATION },
    { name: 'a denial', path: '/denied', headers: NAVIGATION },
    { name: 'an error', path: '/down', headers: NAVIGATION },
    { name: 'the redirect', path: '/d/x', headers: NAVIGATION },
  ];
  const framed = [
    { name: 'the card', path: '/d/x', headers: IN_FRAME },
    { name: 'a denial in the frame', path: '/denied', headers: IN_FRAME },
    { name: 'an error in the frame', path: '/down', headers: IN_FRAME },
    { name: 'the state page', path: '/_gate/state', headers: IN_FRAME },
  ];

  it.each(pages)('SEC-B13.1 forbid every frame: $name', async ({ path, headers }) => {
    const answer = await kit.ask({ path, headers });
    expect(readDirective(answer, 'frame-ancestors')).toBe("'none'");
    expect(answer.headers['x-frame-options']).toBe('DENY');
  });

  it.each(framed)('SEC-B13.1 allow the listed hosts: $name', async ({ path, headers }) => {
    const answer = await kit.ask({ path, headers });
    expect(readDirective(answer, 'frame-ancestors')).toBe(HOST);
    expect(answer.headers['x-frame-options']).toBeUndefined();
  });

  it('SEC-D3.2 allow nobody where no host is listed', async () => {
    const answer = await withoutHosts.ask({ path: '/d/x', headers: IN_FRAME });
    expect(readDirective(answer, 'frame-ancestors')).toBe("'none'");
  });

  it.each([...pages, ...framed])(
    'SEC-D3.1, SEC-D4.1, SEC-D4.2, SEC-D4.3, SEC-D4.4, SEC-D4.5, SEC-D4.6, SEC-D4.7, SEC-D4.8 are strict: $name',
    async ({ path, headers }) => {
      const answer = await kit.ask({ path, headers });
      expect(readDirective(answer, 'default-src')).toBe("'none'");
      expect(readDirective(answer, 'script-src')).toMatch(/^'nonce-[A-Za-z0-9+/]{22}=='$/);
      expect(readDirective(answer, 'style-src')).toBe(readDirective(answer, 'script-src'));
      expect(readDirective(answer, 'form-action')).toBe("'self'");
      expect(readDirective(answer, 'base-uri')).toBe("'none'");
      expect(readDirective(answer, 'require-trusted-types-for')).toBe("'script'");
      expect(answer.headers).toMatchObject({
        'strict-transport-security': 'max-age=63072000; includeSubDomains',
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'same-origin',
        'cross-origin-opener-policy': 'unsafe-none',
        'cross-origin-resource-policy': 'same-origin',
        'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
        'cache-control': 'no-store',
      });
      expect(answer.headers.server).toBeUndefined();
      expect(answer.headers['x-powered-by']).toBeUndefined();
    },
  );

  it.each([...pages.slice(0, 3), ...framed])(
    'SEC-R12 have no inline script or style, and the nonce of the answer: $name',
    async ({ path, headers }) => {
      const answer = await kit.ask({ path, headers });
      const nonce = readDirective(answer, 'script-src')?.slice("'nonce-".length, -1) ?? '';
      expect(answer.text).not.toMatch(/<style|\son[a-z]+=|style="|<script(?![^>]* src=)/);
      for (const tag of answer.text.match(/<(?:script|link rel="stylesheet")[^>]*>/g) ?? []) expect(tag).toContain(`nonce="${nonce}"`);
      expect(readDirective(await kit.ask({ path, headers }), 'script-src')).not.toContain(nonce);
    },
  );

  it('SEC-D4.1 speak of https only where publicUrl does', async () => {
    expect((await local.ask({ path: '/_gate/login', headers: NAVIGATION })).headers['strict-transport-security']).toBeUndefined();
  });
});

const local = startKit({ config: { publicUrl: { origin: 'http://localhost:8000', https: false } } });

describe('below a mount of a host application', () => {
  const mounted = startKit({
    gatePrefix: '/dash/_gate',
    before: [
      (_req, res, next) => {
        res.setHeader('X-Frame-Options', 'SAMEORIGIN');
        res.setHeader('Content-Security-Policy', "default-src 'self'");
        res.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
        res.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
        res.setHeader('Access-Control-Allow-Origin', '*');
        next();
      },
    ],
  });

  it('own pages know where they are', async () => {
    expect((await mounted.ask({ path: '/dash/d/x', headers: NAVIGATION })).headers.location).toBe(
      `${PUBLIC}/dash/_gate/login?returnTo=%2Fdash%2Fd%2Fx`,
    );
    const { text } = await mounted.ask({ path: '/dash/_gate/login', headers: NAVIGATION });
    expect(text).toContain('action="/dash/_gate/login"');
    expect(text).toMatch(/href="\/dash\/_gate\/assets\/gate\.css\?v=[\w-]{8}"/);
    expect(text).toContain('name="returnTo" value="/dash/"');
  });

  it('own headers replace those that the host set before', async () => {
    const { headers } = await mounted.ask({ path: '/dash/_gate/state', headers: IN_FRAME });
    expect(headers['x-frame-options']).toBeUndefined();
    expect(headers['content-security-policy']).toContain(`frame-ancestors ${HOST}`);
    expect(headers['content-security-policy']).not.toContain("default-src 'self'");
    expect(headers['cross-origin-opener-policy']).toBe('unsafe-none');
    expect(headers['cross-origin-embedder-policy']).toBeUndefined();
    expect(headers['access-control-allow-origin']).toBeUndefined();
  });

  it('a sign-in works', async () => {
    const page = await mounted.ask({ path: '/dash/_gate/login', headers: WANTS_JSON });
    const body = new URLSearchParams({ csrf: JSON.parse(page.text).csrf, username: 'alice', password: 'right' }).toString();
    const answer = await mounted.ask({
      method: 'POST',
      path: '/dash/_gate/login',
      headers: { ...FORM, ...SAME_ORIGIN, Cookie: readCookies(page) },
      body,
    });
    expect(answer.headers.location).toBe(`${PUBLIC}/dash/`);
  });
});
