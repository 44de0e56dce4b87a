// An upstream on a Unix socket: the same road, another way to connect. Only the configuration can name one.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { RawConnection } from '../support/raw-client.ts';
import { neverReply, replyWith } from '../support/recording-upstream.ts';
import { TestGate, useGate } from '../support/start-gate.ts';

const folder = mkdtempSync(join(tmpdir(), 'framegate-socket-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const UPGRADE = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='];

describe('a Unix socket with host: public', () => {
  const gate = useGate({ recording: { path: join(folder, 'public.sock') }, upstream: { timeouts: { firstByte: '200ms' } } });

  it("SEC-B22.1 gets requests, with the browser's Host", async () => {
    expect(await gate.sendAsAlice('POST /d/x?y=1', [gate.ownOrigin], 'body')).toMatchObject({ status: 200, body: 'ok' });
    const { target, body } = gate.upstream.onlyRequest;
    expect([target, body.toString()]).toEqual(['/d/x?y=1', 'body']);
    expect(gate.upstream.onlyRequest.all('host')).toEqual([`localhost:${gate.port}`]);
    expect(gate.upstream.onlyRequest.all('x-webauth-user')).toEqual(['alice']);
  });

  it('PRX-39 its connection is kept for the next request', async () => {
    await gate.sendAsAlice('GET /a');
    await gate.sendAsAlice('GET /b');
    expect(gate.upstream.usedConnections).toBe(1);
  });

  it('gets upgrades', async () => {
    const connection = await RawConnection.open(gate.port);
    connection.write(gate.aliceText('GET /ws', [gate.ownOrigin, ...UPGRADE]));
    expect((await connection.answer()).status).toBe(101);
    expect(gate.upstream.onlyRequest.all('host')).toEqual([`localhost:${gate.port}`]);
    connection.close();
  });

  it('PRX-28, PRX-30 its silence is a 504', async () => {
    gate.upstream.script = neverReply;
    expect((await gate.sendAsAlice('GET /d/x')).status).toBe(504);
  });
});

describe('a Unix socket with host: upstream', () => {
  const gate = useGate({ recording: { path: join(folder, 'upstream.sock') }, upstream: { host: 'upstream' } });

  it('gets localhost as Host and Origin, and its redirects to itself come back to us', async () => {
    gate.upstream.script = replyWith('HTTP/1.1 302 Found\r\nLocation: http://localhost/d/y\r\nContent-Length: 0\r\n\r\n');
    const sent = await gate.sendAsAlice('POST /d/x', [gate.ownOrigin], 'x');
    expect([sent.status, sent.header('location')]).toEqual([302, `${gate.origin}/d/y`]);
    expect(gate.upstream.onlyRequest.all('host')).toEqual(['localhost']);
    expect(gate.upstream.onlyRequest.all('origin')).toEqual(['http://localhost']);
  });
});

describe('a Unix socket that is not there', () => {
  it('PRX-28 503 with Retry-After, for upgrades too, and no word of its path', async () => {
    const gate = new TestGate({ upstreamUrl: `unix:${join(folder, 'nobody.sock')}` });
    await gate.start();
    try {
      const sent = await gate.sendAsAlice('GET /d/x');
      expect(sent.status).toBe(503);
      expect(Number(sent.header('retry-after'))).toBeGreaterThan(0);
      expect(sent.body).not.toMatch(/nobody|ENOENT/);
      const connection = await RawConnection.open(gate.port);
      connection.write(gate.aliceText('GET /ws', [gate.ownOrigin, ...UPGRADE]));
      expect((await connection.answer()).status).toBe(503);
      connection.close();
    } finally {
      await gate.close();
    }
  });
});

describe('a Unix socket with a probe', () => {
  const gate = useGate({
    recording: { path: join(folder, 'probed.sock') },
    upstream: { health: { path: '/api/health', interval: '50ms' } },
  });

  it('is probed there', async () => {
    expect(await gate.upstream.waitUntil(({ requests }) => requests.length > 0)).toBe(true);
    expect(gate.upstream.requests[0]).toMatchObject({ method: 'GET', target: '/api/health' });
  });
});
