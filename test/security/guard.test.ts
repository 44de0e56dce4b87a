// Two parsers that read one request differently are the root of most proxy bypasses. The guard refuses what could be
// read in two ways, and never repairs it: what it lets through reaches the upstream byte for byte (SEC-G, SEC-F5).

import { describe, expect, it } from 'vitest';
import { expectRefusedByGuard, useGate } from '../support/start-gate.ts';

const gate = useGate();

const INNER = 'GET /admin/secret HTTP/1.1\r\nHost: x\r\nX-WEBAUTH-USER: admin\r\n\r\n';
const AS_CHUNK = `${INNER.length.toString(16)}\r\n${INNER}\r\n0\r\n\r\n`;

describe('SEC-G table: what is let through', () => {
  it('SEC-G8 forwards a target with an encoded query byte for byte', async () => {
    const target = '/d/abc/my-dash?orgId=1&var-a=%2F..%2F';
    expect((await gate.sendAsAlice(`GET ${target}`)).status).toBe(200);
    expect(gate.upstream.onlyRequest.target).toBe(target);
  });

  it('SEC-G4 forwards a chunked POST with its body', async () => {
    const sent = await gate.sendAsAlice('POST /x', [gate.ownOrigin, 'Transfer-Encoding: chunked'], '5\r\nhello\r\n0\r\n\r\n');
    expect(sent.status).toBe(200);
    expect(gate.upstream.onlyRequest.body.toString()).toBe('hello');
  });

  it('SEC-G4 forwards a DELETE with Content-Length and its body', async () => {
    const sent = await gate.sendAsAlice('DELETE /x', [gate.ownOrigin, 'Content-Length: 2'], 'ok');
    expect(sent.status).toBe(200);
    expect(gate.upstream.onlyRequest.body.toString()).toBe('ok');
    expect(gate.upstream.onlyRequest.all('content-length')).toEqual(['2']);
  });

  for (const { connection } of [{ connection: 'close, X-WEBAUTH-USER' }, { connection: 'x-webauth-user' }]) {
    it(`SEC-G table: Connection: ${connection} leaves the identity of the session in place`, async () => {
      expect((await gate.sendAsAlice('GET /x', [`Connection: ${connection}`])).status).toBe(200);
      expect(gate.upstream.onlyRequest.all('x-webauth-user')).toEqual(['alice']);
    });
  }

  for (const { name } of [{ name: 'X_Custom' }, { name: 'X.Custom' }, { name: "X'Custom" }]) {
    it(`SEC-G1 drops the header ${name}, which a middlebox may have added, and serves the request`, async () => {
      expect((await gate.sendAsAlice('GET /x', [`${name}: 1`])).status).toBe(200);
      expect(await gate.upstream.allBytes()).not.toContain(name);
    });
  }
});

interface Refusal {
  readonly name: string;
  readonly line: string;
  readonly headers?: readonly string[];
  readonly body?: string;
  readonly status: number;
}

const CHUNKED = ['Transfer-Encoding: chunked'];
const bad = (name: string, line: string, headers: readonly string[] = [], body = ''): Refusal => ({
  name,
  line,
  headers,
  body,
  status: 400,
});

const REFUSALS: readonly Refusal[] = [
  bad('SEC-G4 chunked DELETE', 'DELETE /x', CHUNKED, AS_CHUNK),
  bad('SEC-G4 chunked OPTIONS', 'OPTIONS /x', CHUNKED, AS_CHUNK),
  bad('SEC-G4 chunked GET', 'GET /x', CHUNKED, AS_CHUNK),
  bad('SEC-G1 underscore alias', 'GET /x', ['X_WEBAUTH_USER: admin']),
  bad('SEC-G1 dot alias', 'GET /x', ['X.WEBAUTH.USER: admin']),
  bad('SEC-G2 second Host', 'GET /x', ['Host: b']),
  bad('SEC-G6 two slashes at the start', 'GET //evil/api'),
  bad('SEC-G6 backslash', 'GET /a\\..\\b'),
  bad('SEC-G6 fragment', 'GET /a#/b'),
  bad('SEC-G6 absolute form', 'GET http://o/api'),
  bad('SEC-G6 asterisk form', 'OPTIONS *'),
  bad('SEC-G7 dot-dot segment', 'GET /a/../b'),
  bad('SEC-G7 encoded dot-dot segment', 'GET /a/%2e%2E/b'),
  bad('SEC-G7 doubly encoded dot-dot segment', 'GET /a/%252e%252e/b'),
  bad('SEC-G7 semicolon', 'GET /a;x/b'),
  bad('SEC-G7 encoded NUL', 'GET /a%00'),
  { name: 'SEC-G3 TRACE', line: 'TRACE /', status: 405 },
  { name: 'SEC-G3 unknown method', line: 'PROPFIND /', status: 405 },
  bad('SEC-G5 Upgrade outside the WebSocket path', 'GET /x', ['Connection: Upgrade', 'Upgrade: h2c']),
];

describe('SEC-G table: what is refused', () => {
  for (const { name, line, headers, body, status } of REFUSALS) {
    it(`${name}: refused with ${status}, nothing upstream, without a session too`, async () => {
      const secondHost = headers?.[0] === 'Host: b';
      const all = secondHost ? [`Host: localhost:${gate.port}`, ...headers] : headers;
      await expectRefusedByGuard(gate, await gate.sendAsAlice(line, all, body), status);
      await expectRefusedByGuard(gate, await gate.send(line, all, body), status);
    });
  }

  it('SEC-G2 HTTP/1.0 without Host is refused with 400', async () => {
    await expectRefusedByGuard(gate, await gate.sendBytes(`GET / HTTP/1.0\r\nCookie: ${gate.alice}\r\n\r\n`), 400);
  });

  it('SEC-G7 echoes nothing of what it refuses', async () => {
    const sent = await gate.sendAsAlice('GET /a/../canary-target', ['X-Canary: canary-header']);
    expect(sent.status).toBe(400);
    expect(sent.body).not.toContain('canary');
    expect(JSON.stringify(sent.headers)).not.toContain('canary');
  });

  it.each([
    '%2f',
    '%5c',
    '%00',
    '%2e',
    '%25',
    '%23',
    '%3f',
    '%3b',
    '%01',
    '%1f',
    '%7f',
    '%2F',
    '%5C',
    '%2E',
    '%3F',
    '%3B',
    '%7F',
    '%',
    '%z1',
    '%1',
  ])('SEC-G7 refuses %j in the path and leaves it alone in the query', async (form) => {
    await expectRefusedByGuard(gate, await gate.sendAsAlice(`GET /a${form}b`), 400);
    await expectRefusedByGuard(gate, await gate.sendAsAlice(`GET /a${form}`), 400);
    expect((await gate.sendAsAlice(`GET /a?b=${form}`)).status).toBe(200);
    expect(gate.upstream.onlyRequest.target).toBe(`/a?b=${form}`);
  });
});
