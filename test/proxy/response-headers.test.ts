// What of an upstream's answer a browser sees, on every answer (PRX-26).

import { describe, expect, it } from 'vitest';
import type { UpstreamConfig } from '../../src/config/config.ts';
import { corsHeaders } from '../../src/embed/cors.ts';
import { frameAncestors, withoutFrameAncestors } from '../../src/embed/frame-ancestors.ts';
import { FramegateError } from '../../src/kernel/errors.ts';
import { buildResponseHeaders } from '../../src/proxy/response-headers.ts';
import { mountedOf, PUBLIC, UPSTREAM } from './route-kit.ts';

const HOST = 'https://host.test';

interface Ask {
  readonly status?: number;
  readonly target?: string;
  readonly origin?: string;
  readonly upstream?: Partial<UpstreamConfig>;
  readonly cookies?: 'lax' | 'partitioned';
  readonly crossOriginIsolated?: boolean;
}

function build(
  pairs: readonly (readonly [string, string])[],
  { status = 200, target = '/d/x', origin, upstream = {}, cookies = 'partitioned', crossOriginIsolated = false }: Ask = {},
) {
  const embed = {
    frameAncestors: frameAncestors([HOST]),
    crossOriginIsolated,
    hosts: [HOST],
    withoutFrameAncestors,
    cors: (given: string | undefined) => corsHeaders(given, [HOST]),
  };
  const headers = buildResponseHeaders({ status, rawHeaders: pairs.flat(), mounted: mountedOf(target, upstream), embed, cookies, origin });
  return {
    headers,
    all: (name: string) => headers.filter(([key]) => key.toLowerCase() === name).map(([, value]) => value),
  };
}

/** What every answer has. */
const OURS = [
  ['Content-Security-Policy', `frame-ancestors ${HOST}`],
  ['Referrer-Policy', 'strict-origin-when-cross-origin'],
  ['Cache-Control', 'no-store'],
  ['Vary', 'Cookie, Origin, Sec-Fetch-Site, Sec-Fetch-Dest'],
];

describe('what is removed', () => {
  it.each([
    'X-Frame-Options',
    'x-frame-options',
    'Clear-Site-Data',
    'Strict-Transport-Security',
    'Server',
    'X-Powered-By',
    'Service-Worker-Allowed',
    'Alt-Svc',
    'NEL',
    'Report-To',
    'Reporting-Endpoints',
    'Access-Control-Allow-Origin',
    'Access-Control-Anything',
    'Via',
    'Pragma',
    'Expires',
    'Cross-Origin-Opener-Policy',
    'Cross-Origin-Resource-Policy',
    'Cross-Origin-Embedder-Policy',
  ])('SEC-B4.1, SEC-B4.6, SEC-B4.9, SEC-B3.8 %s', (name) => {
    expect(build([[name, 'x']]).headers).toEqual(OURS);
  });

  it('PRX-22 what ends at the next hop, and what Connection names', () => {
    const { headers } = build([
      ['Connection', 'close, X-Secret'],
      ['X-Secret', '1'],
      ['Keep-Alive', 'x'],
      ['Proxy-Authenticate', 'x'],
      ['Trailer', 'x'],
      ['Upgrade', 'x'],
      ['Transfer-Encoding', 'chunked'],
    ]);
    expect(headers).toEqual(OURS);
  });

  it('PRX-22 Connection cannot take our own headers away', () => {
    const { headers } = build(
      [['Connection', 'content-security-policy, vary, cache-control, referrer-policy, access-control-allow-origin']],
      { origin: HOST },
    );
    expect(headers).toEqual([...OURS, ['Access-Control-Allow-Origin', HOST], ['Access-Control-Allow-Credentials', 'true']]);
  });
});

describe('where host pages isolate themselves', () => {
  it.each([
    ['text/html; charset=UTF-8', 200, ['cross-origin']],
    ['text/plain', 302, ['cross-origin']],
    ['application/javascript', 304, []],
    ['application/javascript', 200, []],
    ['application/json', 200, []],
  ])('SEC-C10 an answer of %s with %i isolates itself too, and other sites may use documents alone', (type, status, expected) => {
    const { all } = build([['Content-Type', type]], { status, crossOriginIsolated: true });
    expect(all('cross-origin-embedder-policy')).toEqual(['require-corp']);
    expect(all('cross-origin-resource-policy')).toEqual(expected);
  });
});

describe('what is kept', () => {
  it('PRX-23 everything else, repeated lines in order and apart', () => {
    const kept = [
      ['Content-Type', 'text/html'],
      ['X-Dup', '1'],
      ['X-Dup', '2'],
      ['WWW-Authenticate', 'Basic'],
      ['WWW-Authenticate', 'Bearer'],
      ['ETag', '"x"'],
      ['X-Content-Type-Options', 'nosniff'],
    ] as const;
    expect(build(kept).headers).toEqual([...kept, ...OURS]);
  });

  it("SEC-D4.3 the upstream's own Referrer-Policy", () => {
    expect(build([['referrer-policy', 'no-referrer']]).all('referrer-policy')).toEqual(['no-referrer']);
  });

  it('SEC-B4.2, SEC-B4.3 its policies without frame-ancestors; ours is a line of its own', () => {
    const { all } = build([
      ['Content-Security-Policy', "default-src 'self'; frame-ancestors 'none'"],
      ['content-security-policy', "frame-ancestors 'self'"],
      ['Content-Security-Policy', 'img-src *'],
      ['Content-Security-Policy-Report-Only', "script-src 'none'; frame-ancestors *"],
    ]);
    expect(all('content-security-policy')).toEqual(["default-src 'self'", 'img-src *', `frame-ancestors ${HOST}`]);
    expect(all('content-security-policy-report-only')).toEqual(["script-src 'none'"]);
  });

  it('PRX-26 the same on an error, a redirect and a 304', () => {
    for (const status of [200, 206, 302, 304, 401, 404, 500])
      expect(build([['X-Frame-Options', 'deny']], { status }).headers).toEqual(OURS);
  });
});

describe('cookies', () => {
  it('SEC-B4.4, PRX-23, PRX-27 ours and the log-in of the upstream never; others in order', () => {
    const { all } = build([
      ['Set-Cookie', 'a=1; Domain=x'],
      ['Set-Cookie', '__Host-framegate=evil; Path=/'],
      ['Set-Cookie', 'grafana_session=x'],
      ['set-cookie', 'b=2'],
    ]);
    expect(all('set-cookie')).toEqual(['a=1; Secure; SameSite=None; Partitioned', 'b=2; Secure; SameSite=None; Partitioned']);
    expect(build([['Set-Cookie', 'a=1']], { cookies: 'lax' }).all('set-cookie')).toEqual(['a=1; Secure; SameSite=Lax']);
  });

  it('PRX-25 their paths follow mount and base path', () => {
    const upstream = { mount: '/grafana', stripMount: true, basePath: '/base' };
    expect(build([['Set-Cookie', 'a=1; Path=/base/x']], { target: '/grafana/d', upstream }).all('set-cookie')[0]).toContain(
      'Path=/grafana/x',
    );
    expect(
      build([['Set-Cookie', 'a=1; Path=/grafana/x']], { target: '/grafana/d', upstream: { mount: '/grafana' } }).all('set-cookie')[0],
    ).toContain('Path=/grafana/x');
  });
});

describe('redirects', () => {
  it('SEC-B4.7 to the upstream become redirects to us, to a listed host they pass', () => {
    expect(build([['Location', `${UPSTREAM}/d/y`]], { status: 302 }).all('location')).toEqual([`${PUBLIC}/d/y`]);
    expect(build([['Location', `${HOST}/`]], { status: 302 }).all('location')).toEqual([`${HOST}/`]);
  });

  it.each(['https://evil.test/', '//evil.test', 'javascript:alert(1)'])('SEC-B4.8 to %s are refused', (location) => {
    expect(codeOf(() => build([['Location', location]], { status: 302 }))).toBe('FRAMEGATE_UPSTREAM_PROTOCOL location-origin');
  });

  it('to its log-in page say that it does not trust us', () => {
    expect(codeOf(() => build([['Location', '/login']], { status: 302 }))).toBe('FRAMEGATE_UPSTREAM_IDENTITY upstream-asks-for-sign-in');
    expect(build([['Location', '/login']], { status: 302, upstream: { preset: 'generic' } }).all('location')).toEqual(['/login']);
  });

  it.each([
    ['Content-Location', `${UPSTREAM}/d`, [`${PUBLIC}/d`]],
    ['Content-Location', 'https://evil.test/', []],
    ['Refresh', '5', ['5']],
    ['Refresh', `0; url=${UPSTREAM}/d`, [`0; url=${PUBLIC}/d`]],
    ['Refresh', "0;URL='/d'", ['0; url=/d']],
    ['Refresh', '0, /d', ['0; url=/d']],
    ['Refresh', '0; url=https://evil.test/', []],
    ['Refresh', 'x; url=/d', []],
  ] as const)('PRX-25 %s: %s', (name, value, expected) => {
    expect(build([[name, value]]).all(name.toLowerCase())).toEqual(expected);
  });
});

describe('caching (SEC-B17)', () => {
  it.each([
    { target: '/d/x.css', type: 'text/css', upstream: {}, expected: 'no-store' },
    { target: '/public/build/a.js', type: 'text/javascript', upstream: {}, expected: 'private, max-age=60' },
    { target: '/x.js', type: 'text/javascript', upstream: { preset: 'generic' as const }, expected: 'private, max-age=60' },
    { target: '/x', type: 'text/html', upstream: { preset: 'generic' as const }, expected: 'no-store' },
  ])('SEC-B17.1 to B17.4 $target as $type: $expected', ({ target, type, upstream, expected }) => {
    const { all } = build(
      [
        ['Content-Type', type],
        ['Cache-Control', 'public'],
        ['cache-control', 'max-age=60'],
      ],
      { target, upstream },
    );
    expect(all('cache-control')).toEqual([expected]);
  });

  it('SEC-B17.2, SEC-B17.5 Vary is merged, and an asset varies by Origin alone', () => {
    expect(
      build([
        ['Vary', 'Accept-Encoding'],
        ['vary', 'Cookie'],
      ]).all('vary'),
    ).toEqual(['Accept-Encoding, Cookie, Origin, Sec-Fetch-Site, Sec-Fetch-Dest']);
    expect(build([], { target: '/public/build/a.js' }).all('vary')).toEqual(['Origin']);
  });
});

describe('other origins (SEC-B18)', () => {
  it.each([undefined, 'null', 'https://evil.test'])('SEC-B18.1, SEC-B4.6 %j gets nothing, whatever the upstream says', (origin) => {
    const { headers } = build([['Access-Control-Allow-Origin', '*']], origin === undefined ? {} : { origin });
    expect(headers).toEqual(OURS);
  });
});

describe('an answer that cannot be passed on', () => {
  it.each(['caf\u00e9', 'a\u0001b', 'a\u007fb', 'a\nb'])('SEC-B4.10 a header with %j', (value) => {
    expect(codeOf(() => build([['X-A', value]]))).toBe('FRAMEGATE_UPSTREAM_PROTOCOL header-byte');
  });

  it.each(['gzip, chunked', 'gzip', 'identity'])('PRX-U7 Transfer-Encoding: %s', (coding) => {
    expect(codeOf(() => build([['Transfer-Encoding', coding]]))).toBe('FRAMEGATE_UPSTREAM_PROTOCOL transfer-coding');
  });
});

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return error instanceof FramegateError ? `${error.code} ${error.reason}` : String(error);
  }
  return 'nothing was thrown';
}
