// X-Forwarded-*, Forwarded, X-Real-IP and their cousins are text that any client can write. Believing them changed
// addresses, hosts and even paths in oauth2-proxy (CVE-2026-40575), Fastify (CVE-2026-3635) and authentik
// (CVE-2024-47070). From an untrusted peer they are dropped and set once from the socket.

import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { replyWith } from '../support/recording-upstream.ts';
import { expectRefused, TestGate, useGate } from '../support/start-gate.ts';

const gate = useGate();

const FORGED = [
  'X-Forwarded-For: 6.6.6.6',
  'X-Forwarded-Host: evil',
  'X-Forwarded-Proto: https',
  'X-Forwarded-Port: 666',
  'Forwarded: for=6.6.6.6;host=evil;proto=https',
  'X-Real-IP: 6.6.6.6',
];

describe('an untrusted peer', () => {
  it('PRX-HD11, PRX-12 forged forwarding headers are replaced by our own, one line each', async () => {
    expect((await gate.sendAsAlice('GET /d/x', FORGED)).status).toBe(200);
    const { onlyRequest } = gate.upstream;
    expect(onlyRequest.all('x-forwarded-for').join()).toMatch(/^(::ffff:)?127\.0\.0\.1$|^::1$/);
    expect(onlyRequest.all('x-forwarded-host')).toEqual([`localhost:${gate.port}`]);
    expect(onlyRequest.all('x-forwarded-proto')).toEqual(['http']);
    expect(await gate.upstream.allBytes()).not.toMatch(/6\.6\.6\.6|evil|: 666/);
  });

  it('SEC-H7 headers that would change path, method or prefix change nothing and are not forwarded', async () => {
    const names = [
      'X-Forwarded-Uri',
      'X-Original-URL',
      'X-Rewrite-URL',
      'X-HTTP-Method-Override',
      'X-Forwarded-Prefix',
      'X-Forwarded-Method',
      'X-HTTP-Method',
      'X-Method-Override',
    ];
    const headers = names.map((name) => `${name}: /public`);
    expect((await gate.sendAsAlice('GET /d/x', headers)).status).toBe(200);
    expect(gate.upstream.onlyRequest.startLine).toBe('GET /d/x HTTP/1.1');
    for (const name of names) expect(gate.upstream.onlyRequest.header(name), name).toBeUndefined();
  });

  it('SEC-H7 they open nothing for somebody who is not signed in', async () => {
    const headers = [
      'X-Forwarded-Uri: /public',
      'X-Original-URL: /_gate/login',
      'X-Rewrite-URL: /_gate/login',
      'X-Forwarded-Prefix: /_gate/login',
    ];
    await expectRefused(gate, await gate.send('GET /api/user', ['Accept: application/json', ...headers]), 401);
  });

  it('SEC-B2.6 links of the sign-in answer use publicUrl, not X-Forwarded-Host', async () => {
    const sent = await gate.send('GET /d/x', ['Accept: text/html', 'Sec-Fetch-Dest: document', 'Sec-Fetch-Mode: navigate', ...FORGED]);
    await expectRefused(gate, sent, 200, 302, 303, 401);
    expect(`${JSON.stringify(sent.headers)} ${sent.body}`).not.toMatch(/evil/);
    const location = sent.header('location');
    if (location !== undefined) expect(new URL(location, gate.origin).origin).toBe(gate.origin);
  });

  it('PRX-5 X-Forwarded-Host does not choose how a redirect of the upstream is rewritten', async () => {
    gate.upstream.script = replyWith(
      `HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:${gate.upstream.port}/d/y\r\nContent-Length: 0\r\n\r\n`,
    );
    const sent = await gate.sendAsAlice('GET /d/x', FORGED);
    expect(sent.status).toBe(302);
    expect(new URL(sent.header('location') ?? '', gate.origin).href).toBe(`${gate.origin}/d/y`);
  });
});

describe('Via', () => {
  it('PRX-12 is set once, and appended to that of hops before us', async () => {
    await gate.sendAsAlice('GET /d/x');
    const own = gate.upstream.onlyRequest.header('via') ?? '';
    expect(own).toMatch(/^1\.1 \S+$/);
    gate.upstream.clear();
    await gate.sendAsAlice('GET /d/x', ['Via: 1.0 front']);
    expect(gate.upstream.onlyRequest.header('via')).toBe(`1.0 front, ${own}`);
  });

  it('PRX-12 a request that already went through this gate is answered 508', async () => {
    await gate.sendAsAlice('GET /d/x');
    const own = gate.upstream.onlyRequest.header('via') ?? '';
    gate.upstream.clear();
    await expectRefused(gate, await gate.sendAsAlice('GET /d/x', [`Via: 1.1 front, ${own}`]), 508);
  });
});

describe('a trusted proxy', () => {
  it("PRX-12 the address it vouches for goes upstream, and nothing that stands left of an untrusted hop's", async () => {
    const trusting = new TestGate({ config: { trustedProxies: ['127.0.0.1', '::1'] } });
    await trusting.start();
    try {
      const sent = await trusting.sendAsAlice('GET /d/x', ['X-Forwarded-For: 6.6.6.6, 203.0.113.7']);
      expect(sent.status).toBe(200);
      const forwarded = trusting.upstream.onlyRequest.all('x-forwarded-for').join();
      expect(forwarded).toContain('203.0.113.7');
      expect(forwarded).not.toContain('6.6.6.6');
    } finally {
      await trusting.close();
    }
  });

  it.each(['0.0.0.0/0', '::/0', '0.0.0.0/1', 'true', 'not an address', '10.0.0.0/33'])(
    'SEC-H6 trustedProxies: %s is a configuration error',
    async (entry) => {
      const input = {
        publicUrl: 'http://localhost:8000',
        trustedProxies: [entry],
        upstreams: { main: { url: 'http://127.0.0.1:1' } },
        signIn: {
          tickets: [{ issuer: 'https://host.test', secret: '0123456789abcdefghijklmnopqrstuvwxyz-ABCDEF', algorithms: ['HS256' as const] }],
        },
      };
      await expect((async () => loadConfig(input))()).rejects.toThrow(/trustedProxies/);
    },
  );
});
