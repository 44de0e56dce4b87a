// `Access-Control-Allow-Origin: *`, or an echoed Origin, gives every page on the web the dashboards of whoever is
// signed in. The allow-list holds exact origins; a preflight is answered here and never reaches the upstream (SEC-B18).

import { describe, expect, it } from 'vitest';
import { replyWith } from '../support/recording-upstream.ts';
import { expectRefused, HOST_PAGE, useGate } from '../support/start-gate.ts';

const gate = useGate();

const UNLISTED = [
  'https://host.test.evil',
  'http://host.test',
  'https://HOST.test',
  'https://host.test:8443',
  'https://sub.host.test',
  'https://host.test/',
  'https://evil.test',
  'https://xhost.test',
  'null',
  '*',
];

describe('preflights', () => {
  it.each(['POST', 'GET', 'PUT', 'DELETE', 'PATCH'])(
    'SEC-D7.1 a listed host asking for %s gets 204 with its own origin, and nothing goes upstream',
    async (method) => {
      const headers = [`Origin: ${HOST_PAGE}`, `Access-Control-Request-Method: ${method}`, 'Access-Control-Request-Headers: content-type'];
      for (const sent of [await gate.send('OPTIONS /api/ds/query', headers), await gate.sendAsAlice('OPTIONS /api/ds/query', headers)]) {
        await expectRefused(gate, sent, 204);
        expect(sent.all('access-control-allow-origin')).toEqual([HOST_PAGE]);
        expect(sent.header('access-control-allow-credentials')).toBe('true');
        expect(sent.header('access-control-allow-methods')).toContain(method);
        expect(sent.header('access-control-allow-headers')?.toLowerCase()).toContain('content-type');
        expect(sent.header('access-control-max-age')).toBe('600');
        expect(sent.header('vary')?.toLowerCase()).toContain('origin');
      }
    },
  );

  it.each(UNLISTED)('SEC-B18.1, SEC-B18.3, SEC-B18.5 %s gets 403 without Access-Control-Allow-Origin, nothing upstream', async (origin) => {
    const headers = [`Origin: ${origin}`, 'Access-Control-Request-Method: GET'];
    for (const sent of [await gate.send('OPTIONS /d/x', headers), await gate.sendAsAlice('OPTIONS /d/x', headers)]) {
      await expectRefused(gate, sent, 403);
      expect(sent.header('access-control-allow-origin')).toBeUndefined();
      expect(sent.header('access-control-allow-credentials')).toBeUndefined();
      expect(sent.header('vary')?.toLowerCase()).toContain('origin');
    }
  });

  for (const { name, headers } of [
    { name: 'method TRACE', headers: ['Access-Control-Request-Method: TRACE'] },
    { name: 'method PROPFIND', headers: ['Access-Control-Request-Method: PROPFIND'] },
    { name: 'an identity header', headers: ['Access-Control-Request-Method: GET', 'Access-Control-Request-Headers: x-webauth-user'] },
    {
      name: 'a header nobody listed',
      headers: ['Access-Control-Request-Method: GET', 'Access-Control-Request-Headers: content-type, x-evil'],
    },
  ]) {
    it(`SEC-B18.4 a listed host asking for ${name} gets 403, nothing upstream`, async () => {
      await expectRefused(gate, await gate.sendAsAlice('OPTIONS /d/x', [`Origin: ${HOST_PAGE}`, ...headers]), 403);
    });
  }

  it('SEC-B18.5 an OPTIONS that is no preflight, of somebody not signed in, goes nowhere', async () => {
    await expectRefused(gate, await gate.send('OPTIONS /d/x', ['Accept: application/json']), 204, 401, 403, 405);
    await expectRefused(gate, await gate.send('OPTIONS /d/x', [`Origin: ${HOST_PAGE}`, 'Accept: application/json']), 204, 401, 403, 405);
  });

  it('SEC-G4, SEC-B18.4 a preflight with a body that is chunked is refused by the guard', async () => {
    const headers = [`Origin: ${HOST_PAGE}`, 'Access-Control-Request-Method: GET', 'Transfer-Encoding: chunked'];
    await expectRefused(gate, await gate.send('OPTIONS /d/x', headers, '0\r\n\r\n'), 400);
  });
});

describe('answers', () => {
  const PERMISSIVE =
    'HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\nAccess-Control-Allow-Credentials: true\r\nAccess-Control-Allow-Headers: *\r\nAccess-Control-Expose-Headers: X-Secret\r\nAccess-Control-Allow-Private-Network: true\r\nContent-Length: 2\r\n\r\nok';

  it('SEC-B18.2, SEC-B4.6 a listed host gets its own origin, whatever the upstream says', async () => {
    gate.upstream.script = replyWith(PERMISSIVE);
    const sent = await gate.sendAsAlice('GET /api/x', [`Origin: ${HOST_PAGE}`]);
    expect(sent.status).toBe(200);
    expect(sent.all('access-control-allow-origin')).toEqual([HOST_PAGE]);
    expect(sent.all('access-control-allow-credentials')).toEqual(['true']);
    expect(sent.header('access-control-allow-private-network')).toBeUndefined();
    expect(sent.header('vary')?.toLowerCase()).toContain('origin');
  });

  it.each([...UNLISTED.map((origin) => [`Origin: ${origin}`]), []])(
    'SEC-B18.1, SEC-B18.3, SEC-B4.6, SEC-B17.5 %s: no Access-Control header at all, but Vary: Origin',
    async (...headers) => {
      gate.upstream.script = replyWith(PERMISSIVE);
      const sent = await gate.sendAsAlice('GET /api/x', headers);
      expect(sent.status).toBe(200);
      expect(sent.headers.filter(([name]) => /^access-control-/i.test(name))).toEqual([]);
      expect(sent.header('vary')?.toLowerCase()).toContain('origin');
    },
  );

  for (const { name, send, status } of [
    { name: '401', send: () => gate.send('GET /api/x', [`Origin: ${HOST_PAGE}`, 'Accept: application/json']), status: 401 },
    { name: '404 of the upstream', send: () => gate.sendAsAlice('GET /api/x', [`Origin: ${HOST_PAGE}`]), status: 404 },
  ]) {
    it(`PRX-26 a listed host can read the ${name} too`, async () => {
      gate.upstream.script = replyWith('HTTP/1.1 404 Not Found\r\nAccess-Control-Allow-Origin: *\r\nContent-Length: 0\r\n\r\n');
      const sent = await send();
      expect(sent.status).toBe(status);
      expect(sent.all('access-control-allow-origin')).toEqual([HOST_PAGE]);
    });
  }

  it('SEC-B18.1 a 401 to an unlisted origin carries nothing', async () => {
    const sent = await gate.send('GET /api/x', ['Origin: https://evil.test', 'Accept: application/json']);
    expect(sent.status).toBe(401);
    expect(sent.header('access-control-allow-origin')).toBeUndefined();
    expect(sent.header('vary')?.toLowerCase()).toContain('origin');
  });

  it('SEC-D4.5 embed.js may be loaded by any page, without credentials', async () => {
    const sent = await gate.send('GET /_gate/embed.js', ['Origin: https://evil.test']);
    expect(sent.status).toBe(200);
    expect(sent.header('access-control-allow-origin')).toBe('*');
    expect(sent.header('access-control-allow-credentials')).toBeUndefined();
    expect(sent.header('cross-origin-resource-policy')).toBe('cross-origin');
    expect(sent.header('set-cookie')).toBeUndefined();
  });
});
