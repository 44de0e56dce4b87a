// What framegate knows of Grafana, against the facts in its recordings and its route inventory.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isRefusal } from '../../src/policy/request.ts';
import { presetFor } from '../../src/presets/index.ts';

const preset = presetFor('grafana');

function capabilityOf(method: string, path: string): string {
  const verdict = preset.classify({ method, path, query: '', header: () => undefined });
  return isRefusal(verdict) ? verdict.refused : verdict.capability;
}

interface Exchange {
  readonly response: { readonly status: number; readonly headers: readonly (readonly [string, string])[] };
}

describe('the log-in and log-out routes of Grafana', () => {
  it.each([
    '/login',
    '/login/',
    '/login/generic_oauth',
    '/login/github',
    '/logout',
    '/logout/',
    '/logout/saml',
    '/signup',
    '/signup/',
    '/verify',
    '/invite/abc',
    '/user/password/reset',
    '/user/password/send-reset-email',
    '/user/email/update',
    '/user/auth-tokens/rotate',
    '/.well-known/change-password',
    '/saml/acs',
    '/api/user/signup',
    '/api/user/signup/step2',
    '/api/user/invite/complete',
    '/api/user/email/start-verify',
    '/api/user/password',
    '/api/user/auth-tokens',
    '/api/user/auth-tokens/rotate',
    '/api/user/revoke-auth-token',
    '/api/login/passwordless/start',
  ])("SEC-J7 %s is nobody's", (path) => {
    for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'HEAD']) expect(capabilityOf(method, path)).toBe('auth');
  });

  it.each([
    '/LOGIN',
    '/Login',
    '/%6cogin',
    '/%6Cogin/github',
    '/%4c%4f%47%49%4e',
    '/l%6fgout',
    '/api/user/%70assword',
    '/login%2Fgithub',
    '/%6cogin/%ff',
    '/logout/%E0%A4%A',
  ])('SEC-P8 %s is the same door in another spelling', (path) => {
    expect(capabilityOf('GET', path)).toBe('auth');
  });

  it.each([
    '/',
    '/d/x',
    '/d/login',
    '/loginx',
    '/logins',
    '/api/login/ping',
    '/api/user',
    '/api/user/preferences',
    '/public/login.js',
    '/d/x/logout',
    '/user',
    '/api/users',
    '/%ff',
    '/login%ff',
  ])('%s is not one of them', (path) => {
    expect(capabilityOf('GET', path)).not.toBe('auth');
  });
});

describe('answers of Grafana that show that it did not accept the identity', () => {
  it.each([
    [302, '/login'],
    [302, '/login?redirectTo=%2Fd%2Fx'],
    [302, '/grafana/login'],
    [303, 'http://grafana:3000/login'],
    [307, 'https://grafana.test/sub/login?x#y'],
    [302, '/login#x'],
  ])('%i to %s', (status, location) => {
    expect(preset.isUpstreamLogin(status, location)).toBe(true);
  });

  it.each([
    [302, '/d/login-times'],
    [302, '/loginx'],
    [302, '/?to=/login'],
    [302, '/d/x#/login'],
    [302, undefined],
    [200, '/login'],
    [401, '/login'],
  ])('not %i to %s', (status, location) => {
    expect(preset.isUpstreamLogin(status, location)).toBe(false);
  });

  it('recognises the answers that a real Grafana gave without identity, and no other redirect', () => {
    const exchanges = JSON.parse(readFileSync(new URL('../fixtures/grafana/exchanges.json', import.meta.url), 'utf8')) as Exchange[];
    const redirects = exchanges.flatMap(({ response }) => {
      const location = response.headers.find(([name]) => name.toLowerCase() === 'location')?.[1];
      return location === undefined ? [] : [{ status: response.status, location }];
    });
    expect(redirects.length).toBeGreaterThan(0);
    for (const { status, location } of redirects)
      expect(preset.isUpstreamLogin(status, location), location).toBe(/^\/login(\?|$)/.test(location));
  });
});

describe('what never reaches Grafana, and what never leaves it', () => {
  it('SEC-H12 every header that signs a caller in before the identity header is stripped', () => {
    for (const name of ['x-access-token', 'x-jwt-assertion', 'x-ds-authorization', 'x-id-token'])
      expect(preset.strippedHeaders).toContain(name);
    for (const name of ['x-grafana-id', 'x-grafana-org-id', 'x-webauth-user', 'x-webauth-anything']) {
      expect(preset.strippedHeaderPrefixes.some((prefix) => name.startsWith(prefix))).toBe(true);
    }
    expect(preset.refusedQuery).toContain('auth_token');
    expect(preset.forwardCookies).toBe('none');
  });

  it('names are lower case, as they are compared that way', () => {
    const names = [
      ...preset.strippedHeaders,
      ...preset.strippedHeaderPrefixes,
      ...preset.refusedQuery,
      ...preset.droppedCookies,
      ...preset.corsHeaders,
      ...preset.builtInAdmins,
    ];
    expect(names).toEqual(names.map((name) => name.toLowerCase()));
  });

  it("drops Grafana's own session cookies from answers", () => {
    for (const name of ['grafana_session', 'grafana_session_expiry', 'redirect_to', 'oauth_state', 'login_error'])
      expect(preset.droppedCookies).toContain(name);
  });

  it('knows the built-in administrators (fact 3)', () => {
    expect(preset.builtInAdmins).toEqual(expect.arrayContaining(['admin', 'admin@localhost']));
  });
});

describe('static files', () => {
  it.each(['/public/build/app.0123.js', '/public/img/logo.svg'])('SEC-B17.4 %s is one', (path) => {
    expect(preset.isAsset(path)).toBe(true);
  });

  it.each([
    '/d/x.css',
    '/d/x/nonexist.js',
    '/publicx/a.js',
    '/PUBLIC/a.js',
    '/api/public/x',
    '/',
    '/public',
    '/public/img/attachments/a.png',
  ])('SEC-B17.3 %s is none', (path) => {
    expect(preset.isAsset(path)).toBe(false);
  });
});

describe('the free tail of a path', () => {
  it.each([
    ['/api/datasources/uid/abc/resources/', 'a%2Fb'],
    ['/api/datasources/1/resources/', 'labels'],
    ['/api/plugins/my-app/resources/', 'x;y'],
    ['/api/datasources/proxy/uid/abc/', 'api/v1//query'],
    ['/api/datasources/proxy/1/', 'x'],
    ['/api/plugin-proxy/my-app/', 'x'],
    ['/api/ruler/grafana/', 'api/v1/rules/a%2Fb'],
    ['/api/prometheus/abc/', 'x'],
  ])('begins after %s', (fixed, tail) => {
    expect(preset.freeTailStart(fixed + tail)).toBe(fixed.length);
  });

  it.each([
    '/',
    '/d/abc',
    '/api/datasources/uid/abc',
    '/api/datasources/uid/abc/health',
    '/api/dashboards/uid/a%2Fb',
    '/x/api/datasources/proxy/1/x',
    '/api/datasources//resources/x',
    '/api/datasources/proxy/uid/abc',
    '/api/datasources/uid/resources/x',
  ])('is nowhere in %s', (path) => {
    expect(preset.freeTailStart(path)).toBeUndefined();
  });
});

describe('the generic preset', () => {
  const generic = presetFor('generic');

  it('strips every X-WEBAUTH header and knows nothing else', () => {
    expect(generic.strippedHeaderPrefixes).toEqual(['x-webauth-']);
    expect(generic.classify({ method: 'POST', path: '/login', query: '', header: () => undefined })).toEqual({
      capability: 'unknown',
      resources: {},
    });
    expect(generic.freeTailStart('/api/datasources/proxy/1/x')).toBeUndefined();
    expect(generic.isAsset('/public/x.js')).toBe(false);
    expect(generic.isUpstreamLogin(302, '/login')).toBe(false);
  });
});
