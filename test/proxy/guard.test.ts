// The guard as a pure function: the tables of SEC-G without a socket, and what an accepted request always is.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeRequest } from '../../src/proxy/guard.ts';
import { pathOf } from '../../src/proxy/guard-target.ts';
import type { GuardInput, GuardPolicy } from '../../src/proxy/guard-verdict.ts';

const seed = Number(process.env['TEST_SEED'] ?? Date.now() % 2 ** 31);
console.log(`guard seed: ${seed}`);

const FREE = '/api/datasources/proxy/1/';
const POLICY: GuardPolicy = {
  hosts: ['p.test', 'p.test:443'],
  isIdentityName: (name) => name.startsWith('x-webauth-') || name === 'x-id',
  freeTail: () => undefined,
};
const opening = (...forms: string[]): GuardPolicy => ({
  ...POLICY,
  freeTail: (path) => (path.startsWith(FREE) ? { start: FREE.length, forms } : undefined),
});

function judge(over: Partial<GuardInput> & { readonly headers?: readonly (readonly [string, string])[] } = {}, policy = POLICY) {
  const { headers = [], ...rest } = over;
  const rawHeaders = [...(headers.some(([name]) => name.toLowerCase() === 'host') ? [] : [['Host', 'p.test'] as const]), ...headers].flat();
  const verdict = judgeRequest({ method: 'GET', target: '/', rawHeaders, httpVersion: '1.1', upgrade: false, ...rest }, policy);
  return verdict.ok ? 'ok' : verdict.reason;
}

describe('the target', () => {
  it.each([
    '/',
    '/d/abc/my-dash?orgId=1&var-a=%2F..%2F',
    '/?a?b=/../',
    '/a?u=http://x//y;z',
    '/d/caf%C3%A9',
    '/%ff',
    '/a|b<>"`{}^',
    '/...',
    '/..a',
    '/a../b',
    '/.a',
    '/a.',
    '/%41',
    '/a%20b',
    '/@evil',
    '/a:b',
    `/${'a'.repeat(8191)}`,
  ])('SEC-G6, SEC-G7 %j is plain', (target) => {
    expect(judge({ target })).toBe('ok');
  });

  it.each([
    ['target-form', 'http://o/api'],
    ['target-form', '*'],
    ['target-form', 'foo'],
    ['target-form', '?q=1'],
    ['target-form', ''],
    ['target-form', 'evil:443'],
    ['target-length', `/${'a'.repeat(8192)}`],
    ['target-length', `/?${'a'.repeat(9000)}`],
    ['target-byte', '/a b'],
    ['target-byte', '/caf\u00c3\u00a9'],
    ['target-byte', '/a\\..\\b'],
    ['target-byte', '/a#/b'],
    ['target-byte', '/a?b#c'],
    ['target-byte', '/a?\\'],
    ['target-byte', '/a\u007f'],
    ['target-byte', '/a?\u0000'],
    ['path-escape', '/a%00.png'],
    ['path-escape', '/%zz'],
    ['path-escape', '/a%'],
    ['path-escape', '/a%2'],
    ['path-escape', '/a%5Cb'],
    ['path-escape', '/a%2e'],
    ['path-escape', '/a%252e'],
    ['path-escape', '/%23'],
    ['path-escape', '/%3F'],
    ['path-escape', '/%0d%0aX:y'],
    ['path-escape', '/%7f'],
    ['path-escape', '/%1F'],
    ['path-dots', '/a/../b'],
    ['path-dots', '/..'],
    ['path-dots', '/.'],
    ['path-dots', '/a/.'],
    ['path-dots', '/./a'],
    ['path-dots', '/a/..?x'],
    ['path-double-slash', '//evil/api'],
    ['path-double-slash', '/a//b'],
    ['path-double-slash', '/a//'],
    ['path-double-slash', '///'],
    ['path-semicolon', '/a;x/b'],
    ['path-semicolon', '/a%3bx'],
    ['path-encoded-slash', '/a%2fb'],
    ['path-encoded-slash', '/a%2F'],
  ])('SEC-G6, SEC-G7 refuses (%s) %j', (reason, target) => {
    expect(judge({ target })).toBe(reason);
  });

  it('SEC-P4 lets a form through only where it is opened by name, and only in the free tail', () => {
    const forms = { 'encoded-slash': 'a%2Fb', semicolon: 'a;b', 'double-slash': 'a//b' };
    for (const [opened, open] of Object.entries(forms)) {
      for (const [form, text] of Object.entries(forms)) {
        expect(judge({ target: FREE + text }, opening(opened))).toBe(form === opened ? 'ok' : `path-${form}`);
      }
      expect(judge({ target: `/x/${open}` }, opening(opened))).toBe(`path-${opened}`);
      expect(judge({ target: `/api/${open}/datasources/proxy/1/x` }, opening(opened))).toBe(`path-${opened}`);
    }
    expect(judge({ target: `${FREE}/x` }, opening('double-slash'))).toBe('ok');
    expect(judge({ target: `/${FREE}x` }, opening('double-slash'))).toBe('path-double-slash');
    expect(judge({ target: `${FREE}a%3Bb` }, opening('semicolon'))).toBe('ok');
  });

  it.each(['..%2Fx', 'a%2F..%2Fx', 'a%2f.', '.%2Fx', 'a/..%2Fx', 'a%2F../x'])(
    'SEC-P4 a slash in disguise is no way to climb: %s',
    (tail) => {
      expect(judge({ target: FREE + tail }, opening('encoded-slash'))).toBe('path-dots');
    },
  );

  it.each(['..;/x', 'a/..;x=1/b', '.;a'])('SEC-P6 nor is a matrix parameter: %s', (tail) => {
    expect(judge({ target: FREE + tail }, opening('semicolon'))).toBe('path-dots');
  });

  it('SEC-P4 a form before the free tail is refused, however the tail begins', () => {
    const policy = {
      ...POLICY,
      freeTail: (path: string) => ({ start: path.indexOf('/tail/') + '/tail/'.length, forms: ['semicolon', 'double-slash'] }),
    };
    expect(judge({ target: '/a/tail/x;y//z' }, policy)).toBe('ok');
    expect(judge({ target: '/a;b/tail/x' }, policy)).toBe('path-semicolon');
    expect(judge({ target: '/a;b/tail/x;y' }, policy)).toBe('path-semicolon');
    expect(judge({ target: '/a//tail/x' }, policy)).toBe('path-double-slash');
    expect(judge({ target: '//x' }, { ...POLICY, freeTail: () => ({ start: 1, forms: ['double-slash'] }) })).toBe('path-double-slash');
  });

  it('what is never plain is refused in the free tail too', () => {
    for (const tail of ['a%5cb', 'a%00', '%2e%2e/x', '../x', 'a%252f', '%zz', 'a\\b']) {
      expect(judge({ target: FREE + tail }, opening('encoded-slash', 'semicolon', 'double-slash')), tail).not.toBe('ok');
    }
  });
});

describe('method and version', () => {
  it.each(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('SEC-G3 %s passes', (method) => {
    expect(judge({ method })).toBe('ok');
  });

  it.each(['TRACE', 'CONNECT', 'PROPFIND', 'get', '', 'QUERY', 'M-SEARCH'])('SEC-G3 refuses %j', (method) => {
    expect(judge({ method })).toBe('method');
  });

  it('takes HTTP/1.1, HTTP/1.0 without an upgrade, and nothing else', () => {
    expect(judge({ httpVersion: '1.0' })).toBe('ok');
    for (const httpVersion of ['0.9', '2.0', '1.2', '']) expect(judge({ httpVersion })).toBe('http-version');
  });
});

describe('the headers', () => {
  it.each([
    'host',
    'Content-Length',
    'TRANSFER-ENCODING',
    'authorization',
    'Origin',
    'cookie',
    'content-type',
    'upgrade',
    'sec-fetch-site',
    'sec-fetch-dest',
    'sec-fetch-mode',
  ])('SEC-G2 a second %s is refused, even of the same value', (name) => {
    const value = { host: 'p.test', 'content-length': '1' }[name.toLowerCase()] ?? 'x';
    expect(
      judge({
        method: 'POST',
        headers: [
          [name, value],
          [name.toUpperCase(), value],
        ],
      }),
    ).toBe('header-repeated');
  });

  it('others may come twice', () => {
    expect(
      judge({
        headers: [
          ['Accept', 'a'],
          ['accept', 'b'],
          ['Via', 'x'],
          ['Via', 'y'],
        ],
      }),
    ).toBe('ok');
  });

  it.each(['X_WEBAUTH_USER', 'x.webauth.user', 'X-WEBAUTH_USER', 'x!webauth~user', 'X_ID'])(
    'SEC-G1, SEC-H2, SEC-H3 refuses %s, an identity header in disguise',
    (name) => {
      expect(judge({ headers: [[name, 'admin']] })).toBe('header-alias');
    },
  );

  it('SEC-G1 drops other odd names, and says which', () => {
    const verdict = judgeRequest(
      {
        method: 'GET',
        target: '/',
        rawHeaders: ['Host', 'p.test', 'X_Custom', '1', "it's", '2', 'X-Fine', '3'],
        httpVersion: '1.1',
        upgrade: false,
      },
      POLICY,
    );
    expect(verdict).toEqual({ ok: true, dropped: ['x_custom', "it's"] });
  });

  it('SEC-B19.1 names that an object has by itself are names like others', () => {
    for (const name of ['constructor', 'toString', 'hasOwnProperty', '__proto__'])
      expect(
        judge({
          headers: [
            [name, 'x'],
            [name, 'y'],
          ],
        }),
      ).toBe('ok');
  });

  it('PRX-15 refuses more than 200 header lines', () => {
    const lines = (count: number) => Array.from({ length: count }, (_, index) => [`x-${index}`, '1'] as const);
    expect(judge({ headers: lines(199) })).toBe('ok');
    expect(judge({ headers: lines(200) })).toBe('header-count');
  });

  it.each(['p.test', 'P.TEST', 'p.test:443'])('SEC-B2.3 Host %s is ours', (host) => {
    expect(judge({ headers: [['Host', host]] })).toBe('ok');
  });

  it.each([
    ['evil.test', 'host-unknown'],
    ['p.test.evil.test', 'host-unknown'],
    ['p.test:444', 'host-unknown'],
    ['xp.test', 'host-unknown'],
    ['127.0.0.1', 'host-unknown'],
    ['[::1]:8000', 'host-unknown'],
    ['p.test.', 'host-unknown'],
    ['p.test@evil.test', 'host-form'],
    ['evil.test/p.test', 'host-form'],
    ['p.test ', 'host-form'],
    ['p.test\tx', 'host-form'],
    ['', 'host-form'],
    ['p.test:', 'host-form'],
    ['p.test:99999', 'host-form'],
    ['p.test,evil', 'host-form'],
    ['p.test#', 'host-form'],
  ])('SEC-B2.3, SEC-P10 Host %j is refused (%s)', (host, reason) => {
    expect(judge({ headers: [['Host', host]] })).toBe(reason);
  });

  it('SEC-B2.2 refuses a request without Host', () => {
    const verdict = judgeRequest({ method: 'GET', target: '/', rawHeaders: [], httpVersion: '1.0', upgrade: false }, POLICY);
    expect(verdict).toMatchObject({ ok: false, reason: 'host-missing', code: 'FRAMEGATE_BAD_REQUEST' });
  });
});

describe('the framing', () => {
  it.each(['POST', 'PUT', 'PATCH'])('SEC-G4 %s may be chunked', (method) => {
    expect(judge({ method, headers: [['Transfer-Encoding', 'chunked']] })).toBe('ok');
  });

  it.each(['DELETE', 'OPTIONS', 'GET', 'HEAD'])('SEC-G4, SEC-N1 %s may not', (method) => {
    expect(judge({ method, headers: [['Transfer-Encoding', 'chunked']] })).toBe('transfer-encoding');
    expect(judge({ method, headers: [['Content-Length', '5']] })).toBe('ok');
  });

  it.each(['gzip, chunked', 'Chunked', 'chunked ', 'xchunked', 'identity', '', 'chunked, chunked'])(
    'SEC-B3.2, SEC-G4 refuses Transfer-Encoding: %j',
    (coding) => {
      expect(judge({ method: 'POST', headers: [['Transfer-Encoding', coding]] })).toBe('transfer-encoding');
    },
  );

  it('SEC-G4 refuses both framings at once, and a chunked HTTP/1.0 request (PRX-S13)', () => {
    expect(
      judge({
        method: 'POST',
        headers: [
          ['Transfer-Encoding', 'chunked'],
          ['Content-Length', '5'],
        ],
      }),
    ).toBe('transfer-encoding');
    expect(judge({ method: 'POST', httpVersion: '1.0', headers: [['Transfer-Encoding', 'chunked']] })).toBe('transfer-encoding');
  });

  it.each(['+3', '-1', '3, 3', '0x3', '3.0', ' 3', '', '1e3', '9'.repeat(16)])('PRX-14 refuses Content-Length: %j', (length) => {
    expect(judge({ method: 'POST', headers: [['Content-Length', length]] })).toBe('content-length');
  });

  it('SEC-B3.4 takes Expect: 100-continue and nothing else', () => {
    expect(judge({ method: 'POST', headers: [['Expect', '100-Continue']] })).toBe('ok');
    expect(judge({ headers: [['Expect', 'foo']] })).toBe('expect');
  });

  it('PRX-13 refuses OPTIONS with Max-Forwards', () => {
    expect(judge({ method: 'OPTIONS', headers: [['Max-Forwards', '1']] })).toBe('max-forwards');
    expect(judge({ headers: [['Max-Forwards', '1']] })).toBe('ok');
  });
});

describe('an upgrade', () => {
  const HEADERS = { Upgrade: 'websocket', 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Version': '13' };
  const upgrade = (over: Record<string, string | undefined> = {}, rest: Partial<GuardInput> = {}) =>
    judge({
      upgrade: true,
      ...rest,
      headers: Object.entries({ ...HEADERS, ...over }).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
    });

  it('to a WebSocket passes', () => {
    expect(upgrade()).toBe('ok');
    expect(upgrade({ Upgrade: 'WebSocket' })).toBe('ok');
  });

  it.each([
    ['to something else (SEC-B3.5)', { Upgrade: 'h2c' }, {}, 'upgrade'],
    ['to more than one thing', { Upgrade: 'websocket, h2c' }, {}, 'upgrade'],
    ['without Upgrade', { Upgrade: undefined }, {}, 'upgrade'],
    ['without a key (SEC-B8.5)', { 'Sec-WebSocket-Key': undefined }, {}, 'websocket-key'],
    ['with a key that is none (SEC-B8.5)', { 'Sec-WebSocket-Key': 'x' }, {}, 'websocket-key'],
    ['of another version', { 'Sec-WebSocket-Version': '8' }, {}, 'websocket-version'],
    ['with Content-Length (PRX-H15)', { 'Content-Length': '5' }, {}, 'upgrade-body'],
    ['with an empty body (PRX-H15)', { 'Content-Length': '0' }, {}, 'upgrade-body'],
    ['by POST (SEC-B8.5)', {}, { method: 'POST' }, 'upgrade-method'],
    ['over HTTP/1.0', {}, { httpVersion: '1.0' }, 'http-version'],
    ['to an odd target', {}, { target: '/a/../b' }, 'path-dots'],
  ])('%s is refused', (_name, headers, rest, reason) => {
    expect(upgrade(headers, rest)).toBe(reason);
  });

  it.each(['websocket', 'h2c', ''])('SEC-G5 outside the upgrade handler Upgrade: %j is refused', (value) => {
    expect(judge({ headers: [['Upgrade', value]] })).toBe('upgrade');
  });
});

describe('whatever comes', () => {
  const piece = fc.constantFrom(
    '/',
    '//',
    '.',
    '..',
    '%2e',
    '%2E',
    '%2f',
    '%2F',
    '%5c',
    '\\',
    '%00',
    '%25',
    '%252e',
    '%23',
    '#',
    '?',
    '%3f',
    ';',
    '%3b',
    'a',
    'api',
    '%41',
    '%',
    '%z',
    '%ff',
    '\u0000',
    ' ',
    '\u00e9',
    '@',
    ':',
    'http://o',
    FREE.slice(1),
  );
  const target = fc.array(piece, { maxLength: 10 }).map((pieces) => `/${pieces.join('')}`);
  const forms = fc.subarray(['encoded-slash', 'semicolon', 'double-slash']);

  it('SEC-P3, PRX-3 an accepted target reads the same to everybody: after one and after two decodings it climbs nowhere and hides nothing', () => {
    let accepted = 0;
    fc.assert(
      fc.property(target, forms, (text, opened) => {
        if (judge({ target: text }, opening(...opened)) !== 'ok') return;
        accepted += 1;
        const path = pathOf(text);
        expect(text).toMatch(/^\/[\x21-\x7e]*$/);
        expect(text).not.toMatch(/[\\#]/);
        const inTail = path.startsWith(FREE) && opened.length > 0;
        const decode = (given: string) =>
          given.replaceAll(/%([0-9a-f]{2})/gi, (_escape, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
        for (const reading of [path, decode(path), decode(decode(path))]) {
          expect(reading.split(/[/;]/).filter((segment) => segment === '.' || segment === '..')).toEqual([]);
          expect(reading).not.toMatch(/[\\\u0000-\u001f\u007f#?]/);
        }
        const fixed = inTail ? FREE.slice(0, -1) : path;
        expect(path.startsWith(fixed)).toBe(true);
        expect(decode(fixed)).not.toMatch(/\/\/|;/);
        expect(decode(fixed).split('/')).toHaveLength(fixed.split('/').length);
      }),
      { seed, numRuns: 10_000 },
    );
    expect(accepted).toBeGreaterThan(100);
  });

  it('SEC-P3 an accepted request has one Host of ours, one framing, and no name that could be another', () => {
    const name = fc.constantFrom(
      'Host',
      'host',
      'Content-Length',
      'Transfer-Encoding',
      'transfer_encoding',
      'X-WEBAUTH-USER',
      'X_WEBAUTH_USER',
      'x.webauth.user',
      'Cookie',
      'Origin',
      'Upgrade',
      'Connection',
      'X-A',
      'Expect',
      '__proto__',
    );
    const value = fc.constantFrom(
      'p.test',
      'evil.test',
      '5',
      '0',
      '+5',
      'chunked',
      'gzip, chunked',
      'x',
      'websocket',
      'close',
      '100-continue',
      '',
    );
    const input: fc.Arbitrary<GuardInput> = fc.record({
      method: fc.constantFrom('GET', 'POST', 'DELETE', 'OPTIONS', 'TRACE'),
      target: fc.constantFrom('/', '/a/b?c', '/a//b'),
      rawHeaders: fc.array(fc.tuple(name, value), { maxLength: 5 }).map((pairs) => ['Host', 'p.test', ...pairs.flat()]),
      httpVersion: fc.constantFrom('1.1', '1.0'),
      upgrade: fc.constant(false),
    });
    fc.assert(
      fc.property(input, (request) => {
        const verdict = judgeRequest(request, POLICY);
        if (!verdict.ok) {
          expect(verdict.reason).toMatch(/^[a-z-]+$/);
          return;
        }
        const pairs = request.rawHeaders.flatMap((text, index) =>
          index % 2 === 0 ? [[text.toLowerCase(), request.rawHeaders[index + 1] ?? ''] as const] : [],
        );
        const all = (wanted: string) => pairs.filter(([given]) => given === wanted).map(([, given]) => given);
        expect(all('host')).toEqual(['p.test']);
        expect(all('content-length').length + all('transfer-encoding').length).toBeLessThanOrEqual(1);
        for (const coding of all('transfer-encoding'))
          expect([coding, request.method, request.httpVersion]).toEqual(['chunked', 'POST', '1.1']);
        for (const length of all('content-length')) expect(length).toMatch(/^\d+$/);
        expect(all('upgrade')).toEqual([]);
        const odd = pairs.map(([given]) => given).filter((given) => /[^a-z0-9-]/.test(given));
        expect([...verdict.dropped].sort()).toEqual(odd.sort());
        expect(odd.filter((given) => given.includes('webauth'))).toEqual([]);
      }),
      { seed, numRuns: 3000 },
    );
  });
});
