// The signed identity against a recording upstream that checks it as any upstream would: by the published keys alone.

import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalJWKSet, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose';
import { afterAll, describe, expect, it } from 'vitest';
import { RawConnection } from '../support/raw-client.ts';
import { expectRefusedByGuard, type TestGate, useGate } from '../support/start-gate.ts';

const folder = mkdtempSync(join(tmpdir(), 'framegate-signed-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function writeKey(name: string): string {
  const file = join(folder, name);
  writeFileSync(file, generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600 });
  return file;
}

const [current, next] = [writeKey('current.pem'), writeKey('next.pem')];

async function fetchKeys(gate: TestGate): Promise<JSONWebKeySet> {
  return JSON.parse((await gate.send('GET /_gate/jwks.json')).body) as JSONWebKeySet;
}

/** What the upstream learns from the one header, by the published keys. */
async function readToken(gate: TestGate, header: string): Promise<JWTPayload> {
  const [token = '', ...others] = gate.upstream.onlyRequest.all(header);
  expect(others).toEqual([]);
  const { payload } = await jwtVerify(token, createLocalJWKSet(await fetchKeys(gate)), { issuer: gate.origin, audience: 'main' });
  return payload;
}

const UPGRADE = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='];

describe('an upstream with signedIdentity', () => {
  const gate = useGate({ upstream: { signedIdentity: { privateKeyFile: [current, next] } } });

  it('gets a token that says what the identity headers say, beside them', async () => {
    expect((await gate.sendAsAlice('GET /d/x')).status).toBe(200);
    expect(gate.upstream.onlyRequest.all('x-webauth-user')).toEqual(['alice']);
    expect(await readToken(gate, 'x-jwt-assertion')).toMatchObject({ sub: 'alice', groups: ['operators'], role: 'Viewer' });
  });

  it('gets the same token for requests that follow', async () => {
    await gate.sendAsAlice('GET /d/x');
    await gate.sendAsAlice('GET /api/search');
    const tokens = gate.upstream.requests.map((request) => request.header('x-jwt-assertion'));
    expect(tokens).toHaveLength(2);
    expect(new Set(tokens).size).toBe(1);
  });

  it.each(['X-JWT-Assertion', 'x-jwt-assertion', 'X-Jwt-ASSERTION'])('SEC-H1, SEC-H12 %s of the client is replaced', async (name) => {
    expect((await gate.sendAsAlice('GET /d/x', [`${name}: forged`, `${name}: again`])).status).toBe(200);
    expect(await readToken(gate, 'x-jwt-assertion')).toMatchObject({ sub: 'alice' });
    expect(await gate.upstream.allBytes()).not.toContain('forged');
  });

  it.each(['X_JWT_Assertion', 'X.JWT.Assertion'])('SEC-H2, SEC-H3 the alias %s is refused', async (name) => {
    await expectRefusedByGuard(gate, await gate.sendAsAlice('GET /d/x', [`${name}: forged`]), 400);
  });

  it('SEC-H5 Connection cannot take it away', async () => {
    expect((await gate.sendAsAlice('GET /d/x', ['Connection: close, X-JWT-Assertion'])).status).toBe(200);
    expect(await readToken(gate, 'x-jwt-assertion')).toMatchObject({ sub: 'alice' });
  });

  it('SEC-H1 gets it with an upgrade, too', async () => {
    const connection = await RawConnection.open(gate.port);
    connection.write(gate.aliceText('GET /api/live/ws', [...UPGRADE, gate.ownOrigin, 'X-JWT-Assertion: forged']));
    expect((await connection.answer()).status).toBe(101);
    connection.close();
    expect(await readToken(gate, 'x-jwt-assertion')).toMatchObject({ sub: 'alice' });
  });

  it('gets it with a static file that is kept for everybody', async () => {
    expect((await gate.sendAsAlice('GET /public/build/a.js')).status).toBe(200);
    expect(await readToken(gate, 'x-jwt-assertion')).toMatchObject({ sub: 'alice' });
  });

  it('SEC-H16 each of many people at once is told as themselves', async () => {
    const people = ['u1', 'u2', 'u3'];
    const cookies = await Promise.all(people.map((login) => gate.signIn(login, ['operators'])));
    gate.upstream.clear();
    await Promise.all(
      Array.from({ length: 60 }, (_, index) => gate.send(`GET /d/${people[index % 3]}`, [`Cookie: ${cookies[index % 3]}`])),
    );
    const keys = createLocalJWKSet(await fetchKeys(gate));
    expect(gate.upstream.requests).toHaveLength(60);
    for (const request of gate.upstream.requests) {
      const { payload } = await jwtVerify(request.header('x-jwt-assertion') ?? '', keys);
      expect(`/d/${payload.sub}`).toBe(request.target);
    }
  });
});

describe('the published keys', () => {
  const gate = useGate({ upstream: { signedIdentity: { privateKeyFile: [current, next] } }, anonymous: true });

  it('are all of the list, so that the next one is known before it signs', async () => {
    const { keys } = await fetchKeys(gate);
    expect(keys).toHaveLength(2);
    expect(new Set(keys.map(({ kid }) => kid)).size).toBe(2);
  });

  it('SEC-B15.6 hold nothing private, and are anybody to read and to keep for a while', async () => {
    const sent = await gate.send('GET /_gate/jwks.json', ['Origin: https://evil.test', 'Sec-Fetch-Site: cross-site']);
    expect(sent.status).toBe(200);
    expect(sent.header('content-type')).toBe('application/jwk-set+json');
    expect(sent.header('cache-control')).toBe('public, max-age=300');
    expect(sent.header('set-cookie')).toBeUndefined();
    expect(sent.header('access-control-allow-origin')).toBeUndefined();
    expect(sent.header('cross-origin-resource-policy')).toBe('same-origin');
    for (const key of (JSON.parse(sent.body) as JSONWebKeySet).keys) expect(key).not.toHaveProperty('d');
  });

  it('are not there where nothing is signed', async () => {
    expect((await unsigned.send('GET /_gate/jwks.json')).status).toBe(404);
  });
  const unsigned = useGate({ anonymous: true });
});

describe('an upstream that is told by the token alone', () => {
  const gate = useGate({
    upstream: {
      identityHeaders: {},
      signedIdentity: { privateKeyFile: current, header: 'X-Who', audience: 'main', claims: { login: 'preferred_username' } },
    },
  });

  it('gets no identity header, in whatever way the client sends one', async () => {
    expect((await gate.sendAsAlice('GET /d/x', ['X-WEBAUTH-USER: admin', 'X-Who: forged'])).status).toBe(200);
    expect(gate.upstream.onlyRequest.headers.filter(([name]) => /webauth/i.test(name))).toEqual([]);
    const { iat, exp, ...rest } = await readToken(gate, 'x-who');
    expect(rest).toEqual({ iss: gate.origin, aud: 'main', sub: 'alice', preferred_username: 'alice' });
  });
});
