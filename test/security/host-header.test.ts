// The Host header chose the back end by substring in http-proxy-middleware (CVE-2026-55602), and Node takes the first
// of two. Here there is exactly one, it is publicUrl's, and it chooses nothing.

import { describe, expect, it } from 'vitest';
import { expectRefused, expectRefusedByGuard, useGate } from '../support/start-gate.ts';

describe('Host', () => {
  const gate = useGate();

  for (const { id, hosts } of [
    { id: 'PRX-HD10, SEC-B2.1', hosts: () => ['Host: one', 'Host: two'] },
    { id: 'PRX-HD10, PRX-6', hosts: () => [`Host: localhost:${gate.port}`, 'Host: evil.test'] },
    { id: 'PRX-6', hosts: () => [`Host: localhost:${gate.port}`, `host: localhost:${gate.port}`] },
  ]) {
    it(`${id} two Host lines are refused with 400`, async () => {
      await expectRefusedByGuard(gate, await gate.sendAsAlice('GET /d/x', hosts()), 400);
    });
  }

  it('SEC-B2.2 HTTP/1.0 without Host is refused with 400', async () => {
    await expectRefusedByGuard(gate, await gate.sendBytes(`GET /d/x HTTP/1.0\r\nCookie: ${gate.alice}\r\n\r\n`), 400);
  });

  it('PRX-6 HTTP/1.1 without Host is refused with 400', async () => {
    await expectRefused(gate, await gate.sendBytes(`GET /d/x HTTP/1.1\r\nCookie: ${gate.alice}\r\n\r\n`), 400);
  });

  it.each(['evil.test', 'localhost', 'localhost:1', '127.0.0.1', 'localhost.evil.test'])(
    'SEC-B2.3 Host: %s is refused with 421',
    async (host) => {
      await expectRefused(gate, await gate.sendAsAlice('GET /d/x', [`Host: ${host}`]), 421);
    },
  );

  it.each(['a.test@evil', 'a test', 'a\ttest', ''])('SEC-B2.4 Host: %j is refused with 400', async (host) => {
    await expectRefused(gate, await gate.sendAsAlice('GET /d/x', [`Host: ${host}`]), 400);
  });

  it.each([
    (port: number) => `localhost:${port}.evil.test`,
    (port: number) => `evil.test/localhost:${port}`,
    (port: number) => `localhost:${port}@evil.test`,
    (port: number) => `evil.test#localhost:${port}`,
    (port: number) => `localhost:${port},evil.test`,
    (port: number) => `localhost:0${port}`,
    (port: number) => `evil-localhost:${port}`,
    (port: number) => `evil.localhost:${port}`,
    (port: number) => `localhost.:${port}`,
    () => 'localhost:99999',
  ])('SEC-P10 a Host that only contains ours is refused (%#)', async (host) => {
    await expectRefused(gate, await gate.sendAsAlice('GET /d/x', [`Host: ${host(gate.port)}`]), 400, 421);
  });

  it('PRX-6 Host in another case is ours', async () => {
    expect((await gate.sendAsAlice('GET /d/x', [`Host: LocalHost:${gate.port}`])).status).toBe(200);
  });

  it.each(['/_gate/login', '/_gate/session', '/_gate/embed.js'])(
    'SEC-B2.3 own route %s under a foreign Host is refused too',
    async (target) => {
      expect((await gate.send(`GET ${target}`, ['Host: evil.test'])).status).toBe(421);
    },
  );

  it("PRX-6, SEC-R11 by default the browser's Host goes upstream", async () => {
    await gate.sendAsAlice('POST /d/x', [gate.ownOrigin, `Referer: ${gate.origin}/d/x`]);
    const { onlyRequest } = gate.upstream;
    expect(onlyRequest.all('host')).toEqual([`localhost:${gate.port}`]);
    expect(onlyRequest.all('origin')).toEqual([gate.origin]);
  });
});

describe('host: upstream', () => {
  const gate = useGate({ upstream: { host: 'upstream' } });

  it("PRX-6 Host, Origin and Referer are rewritten to the upstream's", async () => {
    await gate.sendAsAlice('POST /d/x', [gate.ownOrigin, `Referer: ${gate.origin}/d/y?z=1`]);
    const { onlyRequest } = gate.upstream;
    const authority = `127.0.0.1:${gate.upstream.port}`;
    expect(onlyRequest.all('host')).toEqual([authority]);
    expect(onlyRequest.all('origin')).toEqual([`http://${authority}`]);
    expect(onlyRequest.header('referer')).toMatch(new RegExp(`^http://${authority}/`));
  });
});
