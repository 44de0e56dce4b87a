// A client that sends the identity header itself, in any spelling that some back end reads as that header: case,
// underscore and dot aliases, repetition, folding, odd white space, `Expect` (which made three engines skip the hook
// that set the header). The upstream must see exactly one, with the session's user (Caddy CVE-2026-30851, oauth2-proxy
// CVE-2025-64484, Traefik CVE-2026-33433 and CVE-2026-88011).

import { describe, expect, it } from 'vitest';
import { RawConnection } from '../support/raw-client.ts';
import { expectRefused, expectRefusedByGuard, useGate } from '../support/start-gate.ts';

const gate = useGate();

function expectOnlyAlice(): void {
  const names = gate.upstream.onlyRequest.headers.filter(([name]) => /^x[-_.]webauth[-_.]user$/i.test(name));
  expect(names.map(([, value]) => value)).toEqual(['alice']);
}

describe('a forged identity header of a signed-in user', () => {
  const forged: readonly { name: string; headers: readonly string[] }[] = [
    { name: 'PRX-HD1 X-WEBAUTH-USER', headers: ['X-WEBAUTH-USER: admin'] },
    { name: 'PRX-HD6 two spellings', headers: ['X-WEBAUTH-USER: admin', 'x-WebAuth-User: root'] },
    { name: 'SEC-H1 repeated', headers: ['x-webauth-user: admin', 'x-webauth-user: admin', 'X-WEBAUTH-USER: admin'] },
    { name: 'SEC-H1 empty', headers: ['X-WEBAUTH-USER:'] },
  ];

  for (const { name, headers } of forged) {
    it(`${name}: replaced by the session user, exactly once`, async () => {
      expect((await gate.sendAsAlice('GET /d/x', headers)).status).toBe(200);
      expectOnlyAlice();
      expect(await gate.upstream.allBytes()).not.toMatch(/admin|root/);
    });
  }

  it('PRX-HD2 X-WEBAUTH-USER with Expect: replaced, and Expect stays here', async () => {
    const sent = await gate.sendAsAlice('GET /d/x', ['X-WEBAUTH-USER: admin', 'Expect: 100-continue']);
    expect(sent.status).toBe(200);
    expectOnlyAlice();
    expect(gate.upstream.onlyRequest.header('expect')).toBeUndefined();
  });

  it("PRX-HD12 POST with Expect: 100 comes first, then the upstream's 401; Expect stays here", async () => {
    gate.upstream.script = (_request, socket) => socket.write('HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno');
    const connection = await RawConnection.open(gate.port);
    connection.write(gate.aliceText('POST /api/x', [gate.ownOrigin, 'X-WEBAUTH-USER: admin', 'Expect: 100-continue', 'Content-Length: 5']));
    await connection.waitFor('100 Continue');
    connection.write('hello');
    const answer = await connection.answer('POST');
    connection.close();
    expect(answer.interim).toEqual([100]);
    expect(answer.status).toBe(401);
    expectOnlyAlice();
    expect(gate.upstream.onlyRequest.header('expect')).toBeUndefined();
    expect(gate.upstream.onlyRequest.body.toString()).toBe('hello');
  });

  it.each(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'])('PRX-9 %s carries exactly one identity header', async (method) => {
    expect((await gate.sendAsAlice(`${method} /d/x`, [gate.ownOrigin, 'X-WEBAUTH-USER: admin'])).status).toBe(200);
    expectOnlyAlice();
  });

  it.each(['X-WEBAUTH-NAME', 'X-WEBAUTH-EMAIL', 'X-WEBAUTH-GROUPS', 'X-WEBAUTH-ROLE', 'X-WEBAUTH-ANYTHING'])(
    'PRX-9 a forged %s is never forwarded',
    async (name) => {
      expect((await gate.sendAsAlice('GET /d/x', [`${name}: forged`])).status).toBe(200);
      expectOnlyAlice();
      expect(await gate.upstream.allBytes()).not.toContain('forged');
    },
  );
});

describe('an alias of an identity header', () => {
  it.each(['X_WEBAUTH_USER', 'x-webauth_user', 'X.WEBAUTH.USER', 'x_webauth.user', 'X-Webauth.Groups', 'X_WEBAUTH_ROLE'])(
    'PRX-HD5, SEC-H2, SEC-H3 %s is refused with 400, nothing upstream',
    async (name) => {
      await expectRefusedByGuard(gate, await gate.sendAsAlice('GET /d/x', [`${name}: admin`]), 400);
    },
  );

  it.each(['X_Custom', 'X-Custom.Part', 'X!Custom', 'X~Custom', 'X*Custom', '__proto__', 'X|Custom'])(
    'SEC-H2, SEC-H3 %s, an alias of nothing, is dropped and never forwarded',
    async (name) => {
      expect((await gate.sendAsAlice('GET /d/x', [`${name}: strange-value`])).status).toBe(200);
      expect(await gate.upstream.allBytes()).not.toContain('strange-value');
    },
  );
});

describe('header text that two parsers read differently', () => {
  const rows: readonly { name: string; text: string }[] = [
    { name: 'PRX-HD7a space before the colon', text: 'X-WEBAUTH-USER : admin' },
    { name: 'PRX-HD7b folded line', text: 'X-A: b\r\n X-WEBAUTH-USER: admin' },
    { name: 'PRX-HD7b line folded by a tab', text: 'X-A: b\r\n\tX-WEBAUTH-USER: admin' },
    { name: 'PRX-HD7c bare LF', text: 'X-A: b\nX-WEBAUTH-USER: admin' },
    { name: 'PRX-HD7c bare CR', text: 'X-A: b\rX-WEBAUTH-USER: admin' },
    { name: 'PRX-HD7d NUL in the name', text: 'X-WEBAUTH-USER\x00: admin' },
    { name: 'SEC-F5 NUL in the value', text: 'X-A: b\x00c' },
    { name: 'SEC-F5 line without colon', text: 'X-WEBAUTH-USER' },
    { name: 'SEC-F5 empty name', text: ': admin' },
  ];

  for (const { name, text } of rows) {
    it(`${name}: 400, nothing upstream`, async () => {
      await expectRefused(gate, await gate.sendAsAlice('GET /d/x', [text]), 400);
    });
  }
});

describe('the identity itself', () => {
  for (const { headers } of [{ headers: ['Accept: application/json'] }, { headers: ['Sec-Fetch-Dest: document', 'Accept: text/html'] }]) {
    it(`SEC-H1 nobody signed in, header X-WEBAUTH-USER: not served, nothing upstream (${headers})`, async () => {
      const sent = await gate.send('GET /d/x', ['X-WEBAUTH-USER: admin', ...headers]);
      await expectRefused(gate, sent, 200, 302, 303, 401);
      if (sent.status === 200) expect(sent.body).toMatch(/sign in/i);
      expect(sent.header('cache-control')).toBe('no-store');
    });
  }

  it('SEC-H13 the groups and role sent upstream are the user and rule own ones, never the client', async () => {
    const cookie = await gate.signIn('greta', ['operators', 'shift-2']);
    expect((await gate.send('GET /d/x', [`Cookie: ${cookie}`, 'X-WEBAUTH-GROUPS: admins', 'X-WEBAUTH-ROLE: Admin'])).status).toBe(200);
    const { onlyRequest } = gate.upstream;
    expect(onlyRequest.all('x-webauth-user')).toEqual(['greta']);
    expect(onlyRequest.all('x-webauth-groups').join()).toMatch(/^operators, ?shift-2$/);
    expect(onlyRequest.all('x-webauth-role')).toEqual(['Viewer']);
  });

  it('SEC-H13 a user of other groups than the rule names gets 403, nothing upstream', async () => {
    const cookie = await gate.signIn('vera', ['visitors']);
    await expectRefused(gate, await gate.send('GET /d/x', [`Cookie: ${cookie}`, 'X-WEBAUTH-GROUPS: operators']), 403);
  });

  it('PRX-10, SEC-F4 a display name that no header can carry never ends the request or splits a header', async () => {
    const cookie = await gate.signIn('nina', ['operators'], { name: '\u540d\u524d\r\nX-WEBAUTH-USER: admin', email: 'nina@example.com' });
    expect((await gate.send('GET /d/x', [`Cookie: ${cookie}`])).status).toBe(200);
    expect(gate.upstream.onlyRequest.all('x-webauth-user')).toEqual(['nina']);
    expect(gate.upstream.onlyRequest.all('x-webauth-email')).toEqual(['nina@example.com']);
  });
});

describe('an identity header of another name', () => {
  const named = useGate({ upstream: { preset: 'generic', identityHeaders: { user: 'x-Remote-USER' } } });

  it.each(['X-Remote-User', 'x-remote-user', 'X-REMOTE-USER'])(
    'SEC-H4 %s of the client is replaced, in whatever case it is configured',
    async (name) => {
      expect((await named.sendAsAlice('GET /d/x', [`${name}: admin`])).status).toBe(200);
      expect(named.upstream.onlyRequest.all('x-remote-user')).toEqual(['alice']);
    },
  );

  it.each(['X_Remote_User', 'x.remote.user'])('SEC-H4, SEC-H2 its alias %s is refused', async (name) => {
    await expectRefusedByGuard(named, await named.sendAsAlice('GET /d/x', [`${name}: admin`]), 400);
  });

  it('PRX-9 identity headers that are not configured are still removed, and not sent', async () => {
    expect((await named.sendAsAlice('GET /d/x', ['X-Remote-Groups: admins', 'X-WEBAUTH-USER: admin'])).status).toBe(200);
    expect(named.upstream.onlyRequest.header('x-webauth-user')).toBeUndefined();
  });
});
