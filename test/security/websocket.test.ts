// An upgrade passes by every Express middleware (SEC-F3): guard, origin check, session, rules and header passes must
// run again by the same functions, or a WebSocket is a way around all of them. A browser sends cookies with a
// cross-site WebSocket and no preflight, so the Origin must be our own.

import { describe, expect, it } from 'vitest';
import { RawConnection, send } from '../support/raw-client.ts';
import { acceptUpgrade, replyThenEnd, replyWith } from '../support/recording-upstream.ts';
import { expectRefused, HOST_PAGE, type Sent, useGate } from '../support/start-gate.ts';

const gate = useGate();

const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
const UPGRADE = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', `Sec-WebSocket-Key: ${KEY}`];
const LIVE = 'GET /api/live/ws';

const upgrade = (headers: readonly string[] = [], line = LIVE): Promise<Sent> =>
  send(gate.port, gate.aliceText(line, [gate.ownOrigin, ...UPGRADE, ...headers]));

describe('who may upgrade', () => {
  it('PRX-35 a signed-in user from our own origin gets 101 with the identity of the session', async () => {
    const sent = await upgrade(['X-WEBAUTH-USER: admin']);
    expect(sent.status).toBe(101);
    expect(sent.header('sec-websocket-accept')).toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
    expect(gate.upstream.onlyRequest.startLine).toBe(`${LIVE} HTTP/1.1`);
    expect(gate.upstream.onlyRequest.all('x-webauth-user')).toEqual(['alice']);
  });

  for (const { name, headers } of [
    { name: 'absent', headers: [] },
    { name: 'null', headers: ['Origin: null'] },
    { name: 'foreign', headers: ['Origin: https://evil.test'] },
    { name: 'a listed host page', headers: [`Origin: ${HOST_PAGE}`] },
    { name: 'foreign, with Sec-Fetch-Site: same-origin', headers: ['Origin: https://evil.test', 'Sec-Fetch-Site: same-origin'] },
    { name: 'a Referer of ours only', headers: ['Referer: http://localhost/'] },
  ]) {
    it(`SEC-B8.1, SEC-D7.4 Origin ${name}: 403 before the upstream is contacted`, async () => {
      await expectRefused(gate, await send(gate.port, gate.aliceText(LIVE, [...UPGRADE, ...headers])), 403);
      await expectRefused(gate, await send(gate.port, gate.text(LIVE, [...UPGRADE, ...headers])), 401, 403);
    });
  }

  it('SEC-B8.2, PRX-35 no session: 401 with Connection: close, no reset', async () => {
    const sent = await send(gate.port, gate.text(LIVE, [gate.ownOrigin, ...UPGRADE, 'X-WEBAUTH-USER: admin']));
    await expectRefused(gate, sent, 401);
    expect(sent.header('connection')).toMatch(/close/i);
    expect(sent.ending).toBe('ended');
    expect(sent.header('cache-control')).toBe('no-store');
  });

  it('PRX-W11 a user whom no rule allows gets 403, as by HTTP', async () => {
    const cookie = await gate.signIn('vic', ['visitors']);
    await expectRefused(gate, await send(gate.port, gate.text(LIVE, [gate.ownOrigin, ...UPGRADE, `Cookie: ${cookie}`])), 403);
  });

  it.each(['/login', '/_gate/session', '/_gate/x', '/logout'])(
    'PRX-W11 GET %s as WebSocket reaches the upstream no more than by HTTP',
    async (target) => {
      await expectRefused(gate, await upgrade([], `GET ${target}`), 302, 303, 400, 403, 404);
    },
  );

  it('SEC-B2.3 a foreign Host: 421', async () => {
    await expectRefused(gate, await upgrade(['Host: evil.test']), 421);
  });
});

describe('the guard, on upgrades too', () => {
  const rows: readonly { name: string; line?: string; headers?: readonly string[]; statuses?: readonly number[] }[] = [
    { name: 'SEC-B8.5 POST', line: 'POST /api/live/ws' },
    { name: 'SEC-B8.5 HTTP/1.0', line: 'GET /api/live/ws HTTP/1.0' },
    { name: 'PRX-S15 Content-Length', headers: ['Content-Length: 50'] },
    { name: 'PRX-14 chunked', headers: ['Transfer-Encoding: chunked'] },
    { name: 'SEC-G6 //', line: 'GET //api/live/ws' },
    { name: 'SEC-G7 dot-dot', line: 'GET /x/../api/live/ws' },
    { name: 'SEC-G7 encoded dot-dot', line: 'GET /x/%2e%2e/api/live/ws' },
    { name: 'SEC-G7 semicolon', line: 'GET /api;x/live/ws' },
    { name: 'SEC-G6 absolute form', line: 'GET http://evil.test/api/live/ws' },
    { name: 'SEC-G6 fragment', line: 'GET /api/live/ws#x' },
    { name: 'SEC-G1 underscore alias', headers: ['X_WEBAUTH_USER: admin'] },
    { name: 'SEC-G1 dot alias', headers: ['X.WEBAUTH.USER: admin'] },
    { name: 'SEC-G2 two Origin lines', headers: ['Origin: https://evil.test'] },
    { name: 'SEC-G2 two Cookie lines', headers: ['Cookie: a=b'] },
    { name: 'SEC-G2 two Upgrade lines', headers: ['Upgrade: h2c'] },
    { name: 'SEC-H12 a token in the query', line: 'GET /api/live/ws?auth_token=x', statuses: [400, 403] },
    { name: 'SEC-B1.3 9000 bytes', line: `GET /${'a'.repeat(9000)}`, statuses: [414] },
  ];

  for (const { name, line = LIVE, headers = [], statuses = [400] } of rows) {
    it(`${name}: refused, nothing upstream, not left open`, async () => {
      const sent = await upgrade(headers, line);
      await expectRefused(gate, sent, ...statuses);
      expect(sent.ending).not.toBe('open');
    });
  }

  it('SEC-B8.5 no key: 400', async () => {
    const headers = UPGRADE.filter((header) => !header.startsWith('Sec-WebSocket-Key'));
    await expectRefused(gate, await send(gate.port, gate.aliceText(LIVE, [gate.ownOrigin, ...headers])), 400);
  });

  it('PRX-W10, PRX-34 Upgrade: h2c is refused, never tunnelled', async () => {
    const headers = ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABk'];
    await expectRefused(gate, await send(gate.port, gate.aliceText('GET /admin', [gate.ownOrigin, ...headers])), 400);
  });

  it('SEC-N7 an upgrade with 2000 headers is closed, and the gate goes on serving', async () => {
    await expectRefused(gate, await upgrade(Array.from({ length: 2000 }, (_, index) => `a${index}:`)), 0, 400, 431);
    expect((await upgrade()).status).toBe(101);
  });
});

describe('what goes upstream', () => {
  it('PRX-W8 Trailer is stripped and the upgrade goes on', async () => {
    expect((await upgrade(['Trailer: X', 'TE: trailers', 'Keep-Alive: timeout=9'])).status).toBe(101);
    for (const name of ['trailer', 'te', 'keep-alive']) expect(gate.upstream.onlyRequest.header(name), name).toBeUndefined();
  });

  it.each(['X-WEBAUTH-USER: admin', 'x-webauth-user: admin', 'X-WEBAUTH-GROUPS: admins'])(
    'PRX-W12 %s is replaced from the session',
    async (header) => {
      expect((await upgrade([header])).status).toBe(101);
      expect(gate.upstream.onlyRequest.all('x-webauth-user')).toEqual(['alice']);
      expect(await gate.upstream.allBytes()).not.toContain('admin');
    },
  );

  it('PRX-35 header policy as by HTTP: no cookie, no credentials, own forwarding headers, own Connection', async () => {
    const forged = [
      'Authorization: Basic x',
      'X-Forwarded-For: 6.6.6.6',
      'X-Forwarded-Host: evil',
      'X-Real-IP: 6.6.6.6',
      'X-Grafana-Id: a.b.c',
    ];
    expect((await upgrade(forged)).status).toBe(101);
    const { onlyRequest } = gate.upstream;
    for (const name of ['cookie', 'authorization', 'x-grafana-id']) expect(onlyRequest.header(name), name).toBeUndefined();
    expect(await gate.upstream.allBytes()).not.toMatch(/6\.6\.6\.6|evil|__Host-/);
    expect(onlyRequest.all('connection').join()).toMatch(/^upgrade$/i);
    expect(onlyRequest.all('upgrade')).toEqual(['websocket']);
    expect(onlyRequest.all('via')).toHaveLength(1);
    expect(onlyRequest.all('host')).toEqual([`localhost:${gate.port}`]);
    expect(onlyRequest.all('origin')).toEqual([gate.origin]);
  });

  it('PRX-8, SEC-H5 Connection: Upgrade, x-webauth-user keeps the identity', async () => {
    const headers = UPGRADE.map((header) => header.replace('Connection: Upgrade', 'Connection: keep-alive, Upgrade, x-webauth-user'));
    expect((await send(gate.port, gate.aliceText(LIVE, [gate.ownOrigin, ...headers]))).status).toBe(101);
    expect(gate.upstream.onlyRequest.all('x-webauth-user')).toEqual(['alice']);
    expect(gate.upstream.onlyRequest.header('connection')).toMatch(/^upgrade$/i);
  });

  it('SEC-B8.9, PRX-37 permessage-deflate and subprotocols are negotiated by the two ends', async () => {
    const extension = 'permessage-deflate; client_max_window_bits';
    gate.upstream.script = acceptUpgrade('', 'Sec-WebSocket-Extensions: permessage-deflate\r\nSec-WebSocket-Protocol: centrifuge-json\r\n');
    const sent = await upgrade([`Sec-WebSocket-Extensions: ${extension}`, 'Sec-WebSocket-Protocol: centrifuge-json, x']);
    expect(gate.upstream.onlyRequest.all('sec-websocket-extensions')).toEqual([extension]);
    expect(gate.upstream.onlyRequest.all('sec-websocket-protocol')).toEqual(['centrifuge-json, x']);
    expect(sent.all('sec-websocket-extensions')).toEqual(['permessage-deflate']);
    expect(sent.all('sec-websocket-protocol')).toEqual(['centrifuge-json']);
  });
});

describe('a failed upgrade', () => {
  it.each(['403 Forbidden', '404 Not Found', '401 Unauthorized'])(
    'SEC-B8.7 %s of the upstream is relayed, then the socket ends',
    async (status) => {
      gate.upstream.script = replyThenEnd(
        `HTTP/1.1 ${status}\r\nContent-Type: text/plain\r\nX-Frame-Options: deny\r\nContent-Length: 2\r\n\r\nno`,
      );
      const sent = await upgrade();
      expect(sent.status).toBe(Number(status.slice(0, 3)));
      expect(sent.body).toBe('no');
      expect(sent.header('connection')).toMatch(/close/i);
      expect(sent.ending).not.toBe('open');
      expect(sent.header('x-frame-options')).toBeUndefined();
    },
  );

  it('SEC-B8.8 bytes after a failed upgrade are never parsed', async () => {
    gate.upstream.script = replyWith('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno');
    const connection = await RawConnection.open(gate.port);
    connection.write(gate.aliceText(LIVE, [gate.ownOrigin, ...UPGRADE]) + gate.aliceText('GET /smuggled'));
    expect((await connection.answer()).status).toBe(403);
    expect(await connection.waitForEnd(1000)).not.toBe('open');
    expect(connection.pending).not.toContain('200 OK');
    expect(gate.upstream.requests.map((request) => request.target)).toEqual(['/api/live/ws']);
    expect(await gate.upstream.allBytes()).not.toContain('smuggled');
  });

  it('SEC-B8.8 bytes after an upgrade that the gate refuses are never parsed', async () => {
    const connection = await RawConnection.open(gate.port);
    connection.write(gate.aliceText(LIVE, ['Origin: https://evil.test', ...UPGRADE]) + gate.aliceText('GET /smuggled'));
    expect((await connection.answer()).status).toBe(403);
    expect(await connection.waitForEnd(1000)).not.toBe('open');
    expect(await gate.upstream.allBytes()).toBe('');
  });
});
