// What goes upstream: everything a client says about who it is or how it came is removed, then set once.

import type { IncomingMessage } from 'node:http';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { UpstreamConfig } from '../../src/config/config.ts';
import { buildRequestHeaders, type RequestHeaderInput } from '../../src/proxy/request-headers.ts';
import { PUBLIC, routeOf, UPSTREAM } from './route-kit.ts';

const IDENTITY = { user: 'alice', name: 'Alice', email: 'alice@example.com', groups: 'operators', role: 'Viewer' };

interface Ask {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly upstream?: Partial<UpstreamConfig>;
  readonly input?: Partial<RequestHeaderInput>;
}

function build({ method = 'GET', headers = {}, upstream = {}, input = {} }: Ask = {}) {
  const req = { method, httpVersion: '1.1', headers: { host: 'p.test', ...headers } } as unknown as IncomingMessage;
  return buildRequestHeaders({
    req,
    route: routeOf(upstream),
    identity: IDENTITY,
    clientAddress: '203.0.113.7',
    dropped: [],
    rewrite: false,
    upgrade: false,
    ...input,
  });
}

const OURS = {
  host: 'p.test',
  'x-webauth-user': 'alice',
  'x-webauth-name': 'Alice',
  'x-webauth-email': 'alice@example.com',
  'x-webauth-groups': 'operators',
  'x-webauth-role': 'Viewer',
  'x-forwarded-for': '203.0.113.7',
  'x-real-ip': '203.0.113.7',
  'x-forwarded-host': 'p.test',
  'x-forwarded-proto': 'https',
  'x-forwarded-port': '443',
  via: expect.stringMatching(/^1\.1 framegate-[0-9a-f]{12}$/),
  connection: 'keep-alive',
};

describe('what a client says about itself', () => {
  it.each([
    ['an identity (SEC-H1, PRX-9)', { 'x-webauth-user': 'admin', 'x-webauth-role': 'Admin', 'x-webauth-anything': '1' }],
    [
      "a credential of the upstream's (SEC-H12)",
      { authorization: 'Bearer x', 'x-jwt-assertion': 'x', 'x-grafana-id': 'x', 'x-ds-authorization': 'x', 'x-access-token': 'x' },
    ],
    ['an organisation of its choice', { 'x-grafana-org-id': '2' }],
    [
      'its address (SEC-H8, PRX-12)',
      {
        'x-forwarded-for': '6.6.6.6',
        'x-real-ip': '6.6.6.6',
        forwarded: 'for=6.6.6.6',
        'true-client-ip': '6.6.6.6',
        'cf-connecting-ip': '6.6.6.6',
        'x-forwarded': 'x',
      },
    ],
    [
      'the way it came (SEC-H7)',
      {
        'x-forwarded-host': 'evil',
        'x-forwarded-proto': 'http',
        'x-forwarded-port': '1',
        'x-forwarded-prefix': '/x',
        'x-forwarded-uri': '/public',
      },
    ],
    [
      'another request (SEC-H7)',
      {
        'x-original-url': '/admin',
        'x-rewrite-url': '/admin',
        'x-http-method-override': 'DELETE',
        'x-http-method': 'DELETE',
        'x-method-override': 'PUT',
      },
    ],
    [
      'what ends at the next hop (PRX-8)',
      {
        connection: 'close',
        'keep-alive': 'timeout=9',
        te: 'trailers',
        trailer: 'x',
        'proxy-authorization': 'x',
        'proxy-connection': 'x',
        'http2-settings': 'x',
        expect: '100-continue',
      },
    ],
    ['what Connection names (SEC-H5)', { connection: 'close, x-secret', 'x-secret': '1' }],
    ['that our headers end at the next hop (SEC-H5)', { connection: 'close, X-WEBAUTH-USER, x-forwarded-for, via, host' }],
    ['its cookies (PRX-11)', { cookie: '__Host-framegate=x; grafana_session=y; other=z' }],
    ['how far it wants to go (PRX-13)', { 'max-forwards': '1' }],
  ])('%s: is not forwarded, and what we say is', (_name, headers) => {
    expect(build({ headers })).toEqual(OURS);
  });

  it('everything else is forwarded as it is', () => {
    const headers = {
      accept: 'text/html',
      'user-agent': 'x',
      'if-none-match': '"x"',
      'x-custom': '1',
      origin: 'https://host.test',
      referer: 'https://host.test/x',
      range: 'bytes=0-1',
      'accept-encoding': 'gzip',
    };
    expect(build({ headers })).toEqual({ ...OURS, ...headers });
  });

  it('SEC-G1 but not what the guard wants dropped', () => {
    expect(build({ headers: { x_custom: '1' }, input: { dropped: ['x_custom'] } })).toEqual(OURS);
  });
});

describe('identity headers', () => {
  it('SEC-H4 are set under the configured names, in any case, and the names of the preset are still removed', () => {
    const out = build({
      headers: { 'remote-user': 'admin', 'x-webauth-user': 'admin', 'x-webauth-role': 'Admin' },
      upstream: { identityHeaders: { user: 'Remote-User' } },
    });
    const {
      'x-webauth-user': _u,
      'x-webauth-name': _n,
      'x-webauth-email': _e,
      'x-webauth-groups': _g,
      'x-webauth-role': _r,
      ...rest
    } = OURS;
    expect(out).toEqual({ ...rest, 'remote-user': 'alice' });
  });

  it('are left out where there is nothing to say, also when the client says something', () => {
    const identity = { user: 'alice', name: undefined, email: undefined, groups: undefined, role: undefined };
    const out = build({ headers: { 'x-webauth-role': 'Admin', 'x-webauth-groups': 'admins' }, input: { identity } });
    expect(Object.keys(out).filter((name) => name.startsWith('x-webauth'))).toEqual(['x-webauth-user']);
  });

  it('SEC-B19.1 whatever a client sends, the upstream sees our user once', () => {
    const name = fc.constantFrom(
      'x-webauth-user',
      'x-webauth-userx',
      'constructor',
      'tostring',
      'connection',
      'via',
      'x-forwarded-for',
      'x-grafana-user',
      'content-length',
      'cookie',
    );
    fc.assert(
      fc.property(
        fc.dictionary(name, fc.constantFrom('admin', 'x-webauth-user', 'close, x-webauth-user', '0'), { maxKeys: 6 }),
        (headers) => {
          const out = build({ headers });
          expect(out['x-webauth-user']).toBe('alice');
          expect(out['x-forwarded-for']).toBe('203.0.113.7');
          expect(
            Object.keys(out)
              .filter((key) => key.startsWith('x-webauth'))
              .sort(),
          ).toEqual(
            Object.keys(OURS)
              .filter((key) => key.startsWith('x-webauth'))
              .sort(),
          );
        },
      ),
    );
  });
});

describe('cookies', () => {
  it.each([
    ['none', 'a=1; b=2', undefined],
    ['all', 'a=1; __Host-framegate=x; b=2; __Host-framegate-tx=y', 'a=1; b=2'],
    ['all', '__Host-framegate=x', undefined],
    ['all', '__HOST-Framegate=x; a=1', 'a=1'],
    ['all', ' a=1;;  b ;', 'a=1; b'],
    ['all', '__proto__=x; a=b=c', '__proto__=x; a=b=c'],
    [['b'], 'a=1; b=2; bb=3', 'b=2'],
    [['b'], 'a=1', undefined],
    [['__Host-framegate'], '__Host-framegate=x', undefined],
  ] as const)('SEC-B5.6, PRX-11 forwardCookies %j: of %j goes %j', (forwardCookies, cookie, expected) => {
    expect(build({ headers: { cookie }, upstream: { forwardCookies } })['cookie']).toBe(expected);
  });

  it('default: Grafana gets none, a generic upstream gets all but ours', () => {
    const headers = { cookie: 'a=1; __Host-framegate=x' };
    expect(build({ headers, upstream: { preset: 'grafana' } })['cookie']).toBeUndefined();
    expect(build({ headers, upstream: { preset: 'generic' } })['cookie']).toBe('a=1');
  });
});

describe('the framing (PRX-14)', () => {
  it.each([
    { method: 'GET', headers: {}, expected: {} },
    { method: 'GET', headers: { 'content-length': '62' }, expected: { 'content-length': '62', connection: 'close' } },
    { method: 'DELETE', headers: { 'content-length': '2' }, expected: { 'content-length': '2', connection: 'close' } },
    { method: 'HEAD', headers: {}, expected: { connection: 'close' } },
    { method: 'DELETE', headers: {}, expected: {} },
    { method: 'POST', headers: { 'content-length': '5' }, expected: { 'content-length': '5' } },
    { method: 'POST', headers: {}, expected: { 'content-length': '0' } },
    { method: 'PUT', headers: {}, expected: { 'content-length': '0' } },
    { method: 'POST', headers: { 'content-length': '5', connection: 'content-length' }, expected: { 'content-length': '5' } },
    { method: 'POST', headers: { 'transfer-encoding': 'chunked' }, expected: { 'transfer-encoding': 'chunked', connection: 'close' } },
  ])('PRX-14 $method with $headers', ({ method, headers, expected }) => {
    const {
      'content-length': length,
      'transfer-encoding': coding,
      connection,
    } = build({ method, headers: headers as Record<string, string> });
    expect({ length, coding, connection }).toEqual({ length: undefined, coding: undefined, connection: 'keep-alive', ...rename(expected) });
  });

  function rename(expected: Record<string, string>) {
    const { 'content-length': length, 'transfer-encoding': coding, connection } = expected;
    return Object.fromEntries(Object.entries({ length, coding, connection }).filter(([, value]) => value !== undefined));
  }

  it('of an upgrade is an upgrade and nothing else', () => {
    const out = build({
      headers: { connection: 'keep-alive, Upgrade', upgrade: 'WebSocket', 'sec-websocket-key': 'k' },
      input: { upgrade: true },
    });
    expect(out).toMatchObject({ connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-key': 'k' });
    expect(out['content-length']).toBeUndefined();
  });
});

describe('the target', () => {
  it('host: public keeps Host, Origin and Referer (SEC-R11)', () => {
    const headers = { origin: PUBLIC, referer: `${PUBLIC}/d/x` };
    expect(build({ headers })).toMatchObject({ host: 'p.test', ...headers });
  });

  it('host: upstream turns the three into the upstream together', () => {
    const out = build({ headers: { origin: PUBLIC, referer: `${PUBLIC}/d/x?y` }, upstream: { host: 'upstream' } });
    expect(out).toMatchObject({ host: 'grafana:3000', origin: UPSTREAM, referer: `${UPSTREAM}/d/x?y` });
    expect(build({ headers: { referer: PUBLIC }, upstream: { host: 'upstream' } })['referer']).toBe(UPSTREAM);
  });

  it.each([
    { origin: 'https://host.test', referer: 'https://host.test/?u=https://p.test/' },
    { origin: 'null', referer: `${PUBLIC}.evil.test/` },
  ])("host: upstream makes nobody else's origin the upstream's own: $origin", (headers) => {
    expect(build({ headers, upstream: { host: 'upstream' } })).toMatchObject(headers);
  });
});

describe('the rest', () => {
  it('PRX-12 Via keeps the earlier hops', () => {
    expect(build({ headers: { via: '1.0 a, 1.1 b' } })['via']).toMatch(/^1\.0 a, 1\.1 b, 1\.1 framegate-/);
  });

  it('SEC-B3.6 more than eight ranges are not asked for', () => {
    const ranges = (count: number) => `bytes=${Array.from({ length: count }, () => '0-').join(',')}`;
    expect(build({ headers: { range: ranges(8) } })['range']).toBe(ranges(8));
    expect(build({ headers: { range: ranges(9) } })['range']).toBeUndefined();
  });

  it('a document that gets a tag is asked for whole and uncompressed', () => {
    const out = build({ headers: { range: 'bytes=0-9', 'accept-encoding': 'gzip, br' }, input: { rewrite: true } });
    expect(out['range']).toBeUndefined();
    expect(out['accept-encoding']).toBe('identity');
  });

  it('changes nothing in the request itself', () => {
    const headers = { host: 'p.test', 'x-webauth-user': 'admin', cookie: 'a=1' };
    const req = { method: 'GET', httpVersion: '1.1', headers } as unknown as IncomingMessage;
    buildRequestHeaders({ req, route: routeOf(), identity: IDENTITY, clientAddress: '::1', dropped: [], rewrite: true, upgrade: false });
    expect(headers).toEqual({ host: 'p.test', 'x-webauth-user': 'admin', cookie: 'a=1' });
  });
});
