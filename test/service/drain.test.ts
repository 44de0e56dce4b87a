// An orderly end (SEC-B9.6, PRX-41): nothing new, what is in flight finishes, WebSockets are told to go elsewhere.

import { createServer } from 'node:http';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { composeGate } from '../../src/gate.ts';
import { RawConnection, send } from '../support/raw-client.ts';
import { acceptUpgrade, neverReply, OK, RecordingUpstream, replyWith } from '../support/recording-upstream.ts';
import { TestGate } from '../support/start-gate.ts';

/** A gate that the test itself ends. */
async function started(): Promise<{ gate: TestGate; stop: () => Promise<number> }> {
  const gate = new TestGate({ upstream: { preset: 'generic' } });
  await gate.start();
  return {
    gate,
    async stop() {
      const startedAt = performance.now();
      await gate.close();
      return performance.now() - startedAt;
    },
  };
}

const KEY = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Version: 13'];

async function ready(gate: TestGate): Promise<number> {
  return (await send(Number(new URL(gate.adminUrl).port), 'GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n')).status;
}

describe('stopping', () => {
  it('SEC-B9.6, PRX-41 a request in flight is answered whole, and its connection closed; nothing new gets in', async () => {
    const { gate, stop } = await started();
    gate.upstream.script = (_request, socket) => void setTimeout(() => socket.write(OK), 400);
    const connection = await RawConnection.open(gate.port);
    connection.write(gate.aliceText('GET /slow'));
    await sleep(100);
    expect(await ready(gate)).toBe(200);
    const stopped = stop();
    await sleep(50);
    expect(await ready(gate)).toBe(503);
    await expect(RawConnection.open(gate.port)).rejects.toThrow(/ECONNREFUSED/);
    const answer = await connection.answer();
    expect(answer).toMatchObject({ status: 200, body: 'ok', complete: true });
    expect(answer.header('connection')).toBe('close');
    expect(await connection.waitForEnd()).toBe('ended');
    expect(await stopped).toBeLessThan(3000);
  });

  it('PRX-41 a WebSocket is closed with 1001, and its upstream with it', async () => {
    const { gate, stop } = await started();
    gate.upstream.script = acceptUpgrade();
    const connection = await RawConnection.open(gate.port);
    connection.write(gate.aliceText('GET /ws', [...KEY, gate.ownOrigin]));
    expect((await connection.answer()).status).toBe(101);
    const stopped = stop();
    expect(await connection.waitFor('\x88\x02\x03\xe9')).toBe('\x88\x02\x03\xe9');
    expect(await connection.waitForEnd()).toBe('ended');
    expect(await stopped).toBeLessThan(4000);
  });

  it('a WebSocket whose browser does not answer does not hold it up', async () => {
    const { gate, stop } = await started();
    gate.upstream.script = acceptUpgrade();
    const socket = net.connect({ port: gate.port, host: '127.0.0.1', allowHalfOpen: true });
    socket.on('error', () => {});
    socket.write(gate.aliceText('GET /ws', [...KEY, gate.ownOrigin]));
    await new Promise((resolve) => socket.once('data', resolve));
    expect(await stop()).toBeLessThan(4000);
    socket.destroy();
  });

  it('an upgrade that the upstream has not answered is cut', async () => {
    const { gate, stop } = await started();
    gate.upstream.script = neverReply;
    const connection = await RawConnection.open(gate.port);
    connection.write(gate.aliceText('GET /ws', [...KEY, gate.ownOrigin]));
    await sleep(150);
    expect(await stop()).toBeLessThan(4000);
    expect(await connection.waitForEnd()).not.toBe('open');
  });

  it('an event stream is cut', async () => {
    const { gate, stop } = await started();
    gate.upstream.script = replyWith(
      'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n7\r\ndata: 1\r\n',
    );
    const connection = await RawConnection.open(gate.port);
    connection.write(gate.aliceText('GET /stream'));
    await connection.waitFor('data: 1');
    expect(await stop()).toBeLessThan(4000);
    expect(await connection.waitForEnd()).not.toBe('open');
  });

  it('idle connections, used or not, do not hold it up', async () => {
    const { gate, stop } = await started();
    const [used, unused] = [await RawConnection.open(gate.port), await RawConnection.open(gate.port)];
    used.write(gate.aliceText('GET /x'));
    expect((await used.answer()).status).toBe(200);
    expect(await stop()).toBeLessThan(2000);
    expect([await used.waitForEnd(), await unused.waitForEnd()]).not.toContain('open');
  });

  it('an open connection to the admin listener does not hold it up', async () => {
    const { gate, stop } = await started();
    const probe = await RawConnection.open(Number(new URL(gate.adminUrl).port));
    expect(await stop()).toBeLessThan(2000);
    expect(await probe.waitForEnd()).not.toBe('open');
  });

  it.each(['auto', 'http-proxy'] as const)(
    'a gate may be closed twice, and what comes later is told to come back (engine %s)',
    async (engine) => {
      const upstream = await RecordingUpstream.start();
      const config = loadConfig({
        publicUrl: 'http://localhost:8000',
        upstreams: { main: { preset: 'generic', url: `http://127.0.0.1:${upstream.port}`, engine } },
        access: { rules: [{ name: 'all', who: { everyone: true }, may: ['everything'] }] },
        log: { level: 'silent' },
      });
      const gate = composeGate(config, { identify: () => ({ login: 'alice' }) });
      const server = createServer(gate.middleware);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      await gate.close();
      await gate.close();
      const { port } = server.address() as net.AddressInfo;
      const answer = await send(port, 'GET /x HTTP/1.1\r\nHost: localhost:8000\r\nConnection: close\r\n\r\n');
      // http-proxy has no pool that refuses, so it still answers.
      expect(answer.status).toBe(engine === 'auto' ? 503 : 200);
      server.close();
      await upstream.close();
    },
  );

  it('is done once, however often it is asked for', async () => {
    const { gate } = await started();
    await Promise.all([gate.close(), gate.close()]);
  });
});
