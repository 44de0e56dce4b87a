// Malformed input that fails open (Authelia CVE-2021-32637, CVSS 10) or ends the process (http-proxy-middleware
// CVE-2024-21536: `//x@x`). Requests, headers and answers are mutated at random; whatever comes: the process lives, the
// upstream sees only what was allowed, byte for byte, and under the session's user (SEC-P3, SEC-N2, PRX-33).
// A failure prints seed and path; TEST_SEED repeats a run.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RawConnection } from '../support/raw-client.ts';
import { OK } from '../support/recording-upstream.ts';
import { useGate } from '../support/start-gate.ts';

const gate = useGate({ upstream: { preset: 'generic', timeouts: { firstByte: '300ms', idle: '300ms' } } });

const seed = Number(process.env['TEST_SEED'] ?? Date.now() % 2 ** 31);
console.log(`fuzz seed: ${seed}`);

/** Each property stops sending after this time, in milliseconds, whatever its number of runs. */
const BUDGET_MS = 1500;
const MAX_RUNS = 1500;
const BATCH = 8;
/** A client that waits for the rest of a broken message gives up after this long. */
const SHORT_PATIENCE_MS = 40;

const latin1 = (options: { maxLength: number }) =>
  fc.array(fc.integer({ min: 0, max: 255 }), options).map((bytes) => Buffer.from(bytes).toString('latin1'));

/** Sends bytes over a connection of their own. @returns the status, 0 without an answer. */
async function sendQuickly(bytes: string, patienceMs = 1500): Promise<number> {
  const connection = await RawConnection.open(gate.port);
  connection.write(bytes);
  try {
    return (await connection.answer('GET', patienceMs)).status;
  } catch {
    return 0;
  } finally {
    connection.close();
  }
}

/** Checks generated values until the time is up; fast-check's own limit would leave its last run going on beside the next test. */
async function checkAll<T>(values: fc.Arbitrary<T>, check: (value: T) => Promise<void>): Promise<void> {
  const deadline = performance.now() + BUDGET_MS;
  let runs = 0;
  const property = fc.asyncProperty(values, async (value) => {
    if (performance.now() > deadline) return;
    runs += 1;
    await check(value);
  });
  await fc.assert(property, { seed, numRuns: MAX_RUNS });
  expect(runs).toBeGreaterThan(5);
}

/** What must hold for every request that reached the upstream, whatever was sent. */
function expectOnlyAlice(): void {
  for (const request of gate.upstream.requests) {
    expect(request.all('x-webauth-user')).toEqual(['alice']);
    expect(request.headers.filter(([name]) => /[^A-Za-z0-9-]/.test(name))).toEqual([]);
    const framing = request.all('content-length').length + request.all('transfer-encoding').length;
    expect(framing).toBeLessThanOrEqual(1);
  }
}

describe('targets', () => {
  const FRAGMENTS = '/ // . .. /../ /./ %2e %2E %2f %2F %5c \\ %00 % %zz %25 %252e ; ;x=1 # %23 ? %3f'.split(' ');
  const WORDS = 'a d api login _gate _gate/session public http://evil @evil :80 * a=b & | ~ caf%C3%A9 %ff \xe9 \t \x7f \x00'.split(' ');
  const part = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...FRAGMENTS) },
    { weight: 4, arbitrary: fc.constantFrom(...WORDS) },
    { weight: 1, arbitrary: latin1({ maxLength: 4 }) },
  );
  const target = fc
    .tuple(fc.constantFrom('/', '/', '/', '/d/', ''), fc.array(part, { maxLength: 7 }))
    // Node's parser skips spaces around a target; they are no part of it.
    .map(([start, parts]) => (start + parts.join('')).replaceAll(/[\r\n]/g, '').replaceAll(/^ +| +$/g, ''))
    .filter((text) => text !== '');

  /** Written from PRX-3 and SEC-G7, not from the guard: what no reading of the path may contain. */
  function isUnambiguous(text: string): boolean {
    if (!/^\/[!-~]*$/.test(text) || /[\\#]/.test(text)) return false;
    let path = text.split('?')[0] ?? '';
    for (let decoding = 0; decoding < 3; decoding += 1) {
      if (path.includes('//') || /[\\;?#\0-\x1f\x7f]/.test(path)) return false;
      if (path.split('/').some((segment) => segment === '.' || segment === '..')) return false;
      const decoded = path.replace(/%([0-9a-f]{2})/gi, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
      if (decoded.split('/').length !== path.split('/').length) return false;
      path = decoded;
    }
    return true;
  }

  it('SEC-P3, PRX-4 the upstream sees a target only when it can be read in one way, and then these very bytes', async () => {
    await checkAll(fc.array(target, { minLength: BATCH, maxLength: BATCH }), async (targets) => {
      gate.upstream.clear();
      const statuses = await Promise.all(targets.map((text, index) => sendQuickly(gate.aliceText(`GET ${text}`, [`X-Case: ${index}`]))));
      expectOnlyAlice();
      for (const request of gate.upstream.requests) {
        const text = targets[Number(request.header('x-case'))] ?? '';
        expect(request.startLine).toBe(`GET ${text} HTTP/1.1`);
        expect(isUnambiguous(text), `forwarded ${JSON.stringify(text)}`).toBe(true);
        expect(text).not.toMatch(/^\/_gate(\/|\?|$)/i);
      }
      const forwarded = new Set(gate.upstream.requests.map((request) => Number(request.header('x-case'))));
      statuses.forEach((status, index) => {
        if (forwarded.has(index)) expect(status).toBe(200);
        else expect([0, 200, 303, 400, 401, 403, 404, 405, 414], `${status} for ${JSON.stringify(targets[index])}`).toContain(status);
      });
    });
  });
});

describe('headers', () => {
  const IDENTITY = ['X-WEBAUTH-USER', 'x_webauth_user', 'X.Webauth.User', 'Authorization', 'Cookie', '__proto__'];
  const HOP = ['Connection', 'TE', 'Trailer', 'Expect', 'Keep-Alive', 'Upgrade', 'Proxy-Connection', 'Content-Length', 'Transfer-Encoding'];
  const OTHERS = [
    'Via',
    'X-Forwarded-For',
    'Forwarded',
    'Host',
    'Origin',
    'Sec-Fetch-Site',
    'Sec-Fetch-Dest',
    'Accept',
    'Range',
    'X-Custom',
  ];
  const TOKENS = ['close', 'x-webauth-user', 'keep-alive, X-WEBAUTH-USER', 'chunked', 'gzip, chunked', '100-continue', 'websocket', 'h2c'];
  const VALUES = [...TOKENS, 'admin', '5', '0', '-1', 'evil', 'null', '*', ''];
  const header = fc
    .tuple(
      fc.oneof(
        { weight: 5, arbitrary: fc.constantFrom(...IDENTITY, ...HOP, ...OTHERS) },
        { weight: 1, arbitrary: latin1({ maxLength: 8 }) },
      ),
      fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...VALUES) }, { weight: 1, arbitrary: latin1({ maxLength: 12 }) }),
    )
    .map(([name, value]) => `${name}: ${value}`.replace(/[\r\n]/g, ''));

  it('PRX-9, PRX-33 whatever headers come, the upstream sees one identity, one framing and clean names', async () => {
    const batch = fc.array(fc.array(header, { maxLength: 5 }), { minLength: BATCH, maxLength: BATCH });
    let turn = 0;
    await checkAll(fc.tuple(batch, fc.constantFrom('GET', 'POST', 'DELETE')), async ([requests, method]) => {
      gate.upstream.clear();
      turn += 1;
      await Promise.all(
        requests.map((headers) =>
          sendQuickly(
            gate.aliceText(`${method} /turn/${turn}`, [gate.ownOrigin, ...headers], '5\r\nhello\r\n0\r\n\r\n'),
            SHORT_PATIENCE_MS,
          ),
        ),
      );
      expectOnlyAlice();
      // A request of an earlier turn may still come in.
      for (const request of gate.upstream.requests.filter((each) => each.target.endsWith(`/${turn}`))) {
        expect(request.startLine).toBe(`${method} /turn/${turn} HTTP/1.1`);
        expect(request.all('host')).toEqual([`localhost:${gate.port}`]);
        for (const name of ['te', 'trailer', 'keep-alive', 'expect', 'proxy-connection', 'authorization'])
          expect(request.header(name), name).toBeUndefined();
      }
    });
  });
});

/** Bytes with a few places cut, doubled or overwritten. */
function mutated(text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const edit = fc.tuple(
    fc.nat(),
    fc.nat({ max: 6 }),
    fc.constantFrom('cut', 'double', 'write'),
    fc.oneof(latin1({ maxLength: 4 }), fc.constantFrom('\r\n', '\n', '\r\n\r\n', ':', ' ', '\0', '0\r\n\r\n')),
  );
  return fc.tuple(text, fc.array(edit, { minLength: 1, maxLength: 4 })).map(([original, edits]) =>
    edits.reduce((bytes, [where, length, kind, extra]) => {
      const at = where % (bytes.length + 1);
      const piece = bytes.slice(at, at + length);
      if (kind === 'double') return bytes.slice(0, at) + piece + bytes.slice(at);
      return bytes.slice(0, at) + (kind === 'cut' ? '' : extra) + bytes.slice(at + length);
    }, original),
  );
}

describe('whole messages', () => {
  it('SEC-N2, PRX-33, PRX-H32 a broken request never ends the process, and never reaches the upstream as somebody else', async () => {
    const inner = 'GET /admin HTTP/1.1\r\nHost: x\r\nX-WEBAUTH-USER: admin\r\n\r\n';
    const original = fc.constantFrom(
      () => gate.aliceText('GET /d/x?y=1', ['X-WEBAUTH-USER: admin', 'Accept: */*']),
      () =>
        gate.aliceText(
          'POST /d/x',
          [gate.ownOrigin, 'Transfer-Encoding: chunked'],
          `${inner.length.toString(16)}\r\n${inner}\r\n0\r\n\r\n`,
        ),
      () => gate.aliceText('POST /d/x', [gate.ownOrigin], inner),
      () =>
        gate.aliceText('GET /ws', [
          gate.ownOrigin,
          'Connection: Upgrade',
          'Upgrade: websocket',
          'Sec-WebSocket-Version: 13',
          'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
        ]),
    );
    const batch = fc.array(mutated(original.map((make) => make())), { minLength: BATCH, maxLength: BATCH });
    await checkAll(batch, async (messages) => {
      gate.upstream.clear();
      await Promise.all(messages.map((bytes) => sendQuickly(bytes, SHORT_PATIENCE_MS)));
      expectOnlyAlice();
    });
    gate.upstream.clear();
    expect(await sendQuickly(gate.aliceText('GET /after'))).toBe(200);
  });

  it("PRX-33, PRX-24 a broken answer never ends the process, and never becomes another request's answer", async () => {
    const original = fc.constantFrom(
      'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\nwrong',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n5\r\nwrong\r\n0\r\nX: y\r\n\r\n',
      'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\nContent-Length: 5\r\n\r\n',
      'HTTP/1.1 302 Found\r\nLocation: /d/y\r\nSet-Cookie: a=1; Path=/\r\nContent-Length: 0\r\n\r\n',
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nwrong',
    );
    await checkAll(fc.tuple(mutated(original), fc.boolean()), async ([bytes, ends]) => {
      gate.upstream.clear();
      gate.upstream.script = (request, socket) => {
        if (request.target === '/after') socket.write(OK);
        else if (ends) socket.end(Buffer.from(bytes, 'latin1'));
        else socket.write(Buffer.from(bytes, 'latin1'));
      };
      await sendQuickly(gate.aliceText('GET /broken'), SHORT_PATIENCE_MS);
      const connection = await RawConnection.open(gate.port);
      connection.write(gate.aliceText('GET /after'));
      const after = await connection.answer();
      connection.close();
      expect([after.status, after.body]).toEqual([200, 'ok']);
    });
  });
});
