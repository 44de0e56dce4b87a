// CSRF: the browser sends the session cookie with a request that another site's page started. Grafana does not check
// the Origin under the identity header (grafana.md 2.2), so the gate must: Fetch Metadata, else Origin, else Referer,
// else no (SEC-B12, SEC-D7).

import { describe, expect, it } from 'vitest';
import { expectRefused, HOST_PAGE, useGate } from '../support/start-gate.ts';

const gate = useGate();

const UNSAFE = ['POST', 'PUT', 'PATCH', 'DELETE'];
type Row = { readonly name: string; readonly headers: () => string[] };

const REFUSED: readonly Row[] = [
  { name: 'SEC-B12.5 Origin of another site', headers: () => ['Origin: https://evil.test'] },
  { name: 'SEC-B12.5 Origin of a listed host page', headers: () => [`Origin: ${HOST_PAGE}`] },
  { name: 'SEC-B12.5 Origin of another port of our host', headers: () => ['Origin: http://localhost:1'] },
  { name: 'SEC-B12.5 our Origin as a prefix', headers: () => [`Origin: ${gate.origin}.evil.test`] },
  { name: 'SEC-B12.5 our Origin under https', headers: () => [`Origin: ${gate.origin.replace('http:', 'https:')}`] },
  { name: 'SEC-B12.6 Origin: null', headers: () => ['Origin: null'] },
  { name: 'SEC-B12.6 Origin: null from an iframe', headers: () => ['Origin: null', 'Sec-Fetch-Dest: iframe', 'Sec-Fetch-Mode: navigate'] },
  { name: 'SEC-D7.2 Sec-Fetch-Site: cross-site', headers: () => ['Sec-Fetch-Site: cross-site'] },
  { name: 'SEC-D7.2 Sec-Fetch-Site: same-site', headers: () => ['Sec-Fetch-Site: same-site'] },
  { name: 'SEC-D7.2 Fetch Metadata is judged before Origin', headers: () => ['Sec-Fetch-Site: cross-site', gate.ownOrigin] },
  { name: 'SEC-D7.2 an unknown Sec-Fetch-Site', headers: () => ['Sec-Fetch-Site: same-origin, cross-site'] },
  { name: 'SEC-D7.2 Referer of another site, no Origin', headers: () => ['Referer: https://evil.test/x'] },
  { name: 'SEC-D7.2 our origin as the prefix of a Referer', headers: () => [`Referer: ${gate.origin}.evil.test/`] },
  { name: 'SEC-D7.2 our origin as user info of a Referer', headers: () => [`Referer: ${gate.origin}@evil.test/`] },
  { name: 'SEC-D7.2 a Referer that is no address', headers: () => ['Referer: ://'] },
  { name: 'SEC-D7.2 neither of the three', headers: () => [] },
];

const ALLOWED: readonly Row[] = [
  { name: 'Sec-Fetch-Site: same-origin', headers: () => ['Sec-Fetch-Site: same-origin'] },
  { name: 'our Origin', headers: () => [gate.ownOrigin] },
  { name: 'a Referer of ours', headers: () => [`Referer: ${gate.origin}/d/x?y=1`] },
];

describe('SEC-D7.2 a proxied state change', () => {
  for (const { name, headers } of REFUSED) {
    it(`${name}: 403, nothing upstream`, async () => {
      for (const method of UNSAFE) await expectRefused(gate, await gate.sendAsAlice(`${method} /api/x`, headers()), 403);
    });
  }

  for (const { name, headers } of ALLOWED) {
    it(`SEC-D7.2 ${name}: served`, async () => {
      for (const method of UNSAFE) {
        expect((await gate.sendAsAlice(`${method} /api/x`, headers())).status).toBe(200);
        expect(gate.upstream.onlyRequest.method).toBe(method);
        gate.upstream.clear();
      }
    });
  }

  it('SEC-D7.2 is judged before the session: 403 without one too', async () => {
    await expectRefused(gate, await gate.send('POST /api/x', ['Origin: https://evil.test']), 403);
  });

  it.each(['GET', 'HEAD'])('SEC-D7.2 %s from a host page is served: it changes nothing', async (method) => {
    const headers = ['Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: navigate', 'Sec-Fetch-Dest: iframe', `Referer: ${HOST_PAGE}/`];
    expect((await gate.sendAsAlice(`${method} /d/x`, headers)).status).toBe(200);
  });
});

describe('SEC-D7.3 what a dashboard is loaded as', () => {
  it.each(['object', 'embed'])('SEC-D7.3 Sec-Fetch-Dest: %s is refused with 403', async (dest) => {
    await expectRefused(
      gate,
      await gate.sendAsAlice('GET /d/x', [`Sec-Fetch-Dest: ${dest}`, 'Sec-Fetch-Mode: navigate', 'Sec-Fetch-Site: cross-site']),
      403,
    );
  });

  it.each(['document', 'iframe', 'empty', 'script'])('SEC-D7.3 Sec-Fetch-Dest: %s is served', async (dest) => {
    expect((await gate.sendAsAlice('GET /d/x', [`Sec-Fetch-Dest: ${dest}`, 'Sec-Fetch-Site: same-origin'])).status).toBe(200);
  });
});

describe('own routes', () => {
  const FORM = 'Content-Type: application/x-www-form-urlencoded';
  const CREDENTIALS = 'username=pat&password=correct+horse+battery+staple';

  it.each([['Sec-Fetch-Site: cross-site'], ['Origin: https://evil.test'], [`Origin: ${HOST_PAGE}`], ['Origin: null'], []])(
    'SEC-B12.1 POST /_gate/login from elsewhere (%s) is 403',
    async (...headers) => {
      const sent = await gate.send('POST /_gate/login', [FORM, ...headers], CREDENTIALS);
      expect(sent.status).toBe(403);
      expect(sent.all('set-cookie').join()).not.toContain('__Host-framegate=');
    },
  );

  it('SEC-B12.2 right credentials without the pre-session cookie and token are 403', async () => {
    const sent = await gate.send('POST /_gate/login', [FORM, gate.ownOrigin], CREDENTIALS);
    expect(sent.status).toBe(403);
    expect(sent.body).not.toMatch(/password.*wrong/i);
  });

  it('SEC-B12.3, SEC-B12.4 GET /_gate/logout is 405 and ends nothing', async () => {
    const cookie = await gate.signIn('dan', ['operators']);
    const sent = await gate.send('GET /_gate/logout', [`Cookie: ${cookie}`]);
    expect(sent.status).toBe(405);
    expect(sent.header('allow')).toMatch(/POST/);
    expect((await gate.send('GET /d/x', [`Cookie: ${cookie}`])).status).toBe(200);
  });

  it.each([['Sec-Fetch-Site: cross-site'], ['Sec-Fetch-Site: same-site'], [`Origin: ${HOST_PAGE}`], ['Origin: null'], []])(
    'SEC-B12.3 POST /_gate/logout from elsewhere (%s) is 403 and ends nothing',
    async (...headers) => {
      expect((await gate.sendAsAlice('POST /_gate/logout', headers)).status).toBe(403);
      expect((await gate.sendAsAlice('GET /d/x')).status).toBe(200);
    },
  );

  it('SEC-B12.3 POST /_gate/logout of our own, with an empty body and no token, ends the session', async () => {
    const cookie = await gate.signIn('eve', ['operators']);
    expect(
      (await gate.send('POST /_gate/logout', [`Cookie: ${cookie}`, 'Sec-Fetch-Site: same-origin', 'Content-Length: 0'])).status,
    ).toBeLessThan(400);
    expect((await gate.send('GET /d/x', [`Cookie: ${cookie}`, 'Accept: application/json'])).status).toBe(401);
  });

  it.each(['text/plain', 'multipart/form-data; boundary=x', ''])('SEC-B12.7, SEC-B7.2, SEC-B7.7 login as %j is 415', async (type) => {
    const headers = type === '' ? [gate.ownOrigin] : [gate.ownOrigin, `Content-Type: ${type}`];
    expect((await gate.send('POST /_gate/login', headers, '{"username":"pat","password":"x"}')).status).toBe(415);
  });

  const enter = async (...headers: string[]) => {
    const body = `ticket=${await gate.signTicket('fay', ['operators'])}&to=%2F`;
    return gate.send('POST /_gate/enter', [FORM, ...headers], body);
  };

  it.each([
    ['Origin: https://evil.test', 'Sec-Fetch-Site: cross-site', 'Sec-Fetch-Dest: iframe'],
    ['Origin: https://host.test.evil', 'Sec-Fetch-Dest: iframe'],
    ['Origin: null', 'Sec-Fetch-Site: cross-site', 'Sec-Fetch-Dest: document'],
    ['Origin: null', 'Sec-Fetch-Site: cross-site'],
    ['Origin: null'],
    [],
  ])('SEC-B12.8, SEC-D7.2 a good ticket posted with %s %s %s starts no session: 403', async (...headers) => {
    const sent = await enter(...headers.filter((header) => typeof header === 'string'));
    expect(sent.status).toBe(403);
    expect(sent.header('set-cookie')).toBeUndefined();
  });

  it.each([
    [`Origin: ${HOST_PAGE}`, 'Sec-Fetch-Site: cross-site', 'Sec-Fetch-Dest: iframe'],
    [`Origin: ${HOST_PAGE}`, 'Sec-Fetch-Site: cross-site', 'Sec-Fetch-Dest: document'],
    ['Origin: null', 'Sec-Fetch-Site: cross-site', 'Sec-Fetch-Dest: iframe'],
  ])('SEC-B12.8, SEC-D7.2 a good ticket posted with %s, %s, %s starts one: 303', async (...headers) => {
    const sent = await enter(...headers);
    expect(sent.status).toBe(303);
    expect(sent.header('set-cookie')).toMatch(/^__Host-framegate=/);
  });
});
