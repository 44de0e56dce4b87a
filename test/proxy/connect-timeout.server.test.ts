// A host that takes no connection and refuses none: its queue is full, and the kernel drops what comes. Connect, queue
// and first byte have a clock each.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RawConnection } from '../support/raw-client.ts';
import { neverReply, OK } from '../support/recording-upstream.ts';
import { TestGate, useGate } from '../support/start-gate.ts';

/** Listens with the shortest queue and then never comes back to take a connection. */
const DEAF = `
const server = require('node:net').createServer();
server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
  require('node:fs').writeSync(1, server.address().port + '\\n');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000);
});`;

const UPGRADE = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='];

describe('an upstream that takes no connection', () => {
  let deaf: ChildProcess;
  let gate: TestGate;
  const queued: net.Socket[] = [];

  beforeAll(async () => {
    deaf = spawn(process.execPath, ['-e', DEAF], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(deaf.stdout ?? deaf, 'data')) as [Buffer];
    const port = Number(line.toString());
    // Two fill a queue of one; what follows hangs in the connect.
    for (let each = 0; each < 4; each += 1) queued.push(net.connect(port, '127.0.0.1').on('error', () => {}));
    await sleep(50);
    gate = new TestGate({
      upstreamUrl: `http://127.0.0.1:${port}`,
      upstream: { timeouts: { connect: '200ms', firstByte: '10s' }, health: { failures: 4 } },
    });
    await gate.start();
  });
  afterAll(async () => {
    for (const socket of queued) socket.destroy();
    await gate.close();
    deaf.kill('SIGKILL');
  });

  it('PRX-28, PRX-30 504 after the connect timeout, not the one of the first byte', async () => {
    const startedMs = performance.now();
    expect((await gate.sendAsAlice('GET /d/x')).status).toBe(504);
    expect(performance.now() - startedMs).toBeGreaterThan(150);
    expect(performance.now() - startedMs).toBeLessThan(3000);
  });

  it('PRX-30 for an upgrade too', async () => {
    const connection = await RawConnection.open(gate.port);
    connection.write(gate.aliceText('GET /ws', [gate.ownOrigin, ...UPGRADE]));
    expect((await connection.answer()).status).toBe(504);
    connection.close();
  });

  it('opens the circuit, so that nobody waits for it any more', async () => {
    for (let each = 0; each < 2; each += 1) expect((await gate.sendAsAlice('GET /d/x')).status).toBe(504);
    const startedMs = performance.now();
    expect((await gate.sendAsAlice('GET /d/x')).status).toBe(503);
    expect(performance.now() - startedMs).toBeLessThan(150);
  });
});

describe('an upstream whose connections are all taken', () => {
  const gate = useGate({ upstream: { maxSockets: 1, maxQueue: 5, timeouts: { connect: '100ms', firstByte: '300ms' } } });

  it('PRX-30, PRX-39 who waits too long for a free one gets 503, and the upstream never hears of it', async () => {
    gate.upstream.script = (_request, socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n');
    };
    const stream = await RawConnection.open(gate.port);
    stream.write(gate.aliceText('GET /stream'));
    await stream.waitFor('event-stream');
    const waiting = await gate.sendAsAlice('GET /waiting', ['Accept: application/json']);
    expect(waiting.status).toBe(503);
    expect(JSON.parse(waiting.body)).toMatchObject({ code: 'FRAMEGATE_BUSY' });
    expect(Number(waiting.header('retry-after'))).toBeGreaterThan(0);
    stream.close();
    await gate.upstream.waitUntil(({ usedConnections }) => usedConnections === 0);
    gate.upstream.script = (_request, socket) => socket.write(OK);
    expect((await gate.sendAsAlice('GET /next')).status).toBe(200);
    expect(gate.upstream.requests.map(({ target }) => target)).toEqual(['/stream', '/next']);
  });

  it('PRX-30 the first byte has a clock of its own, which starts when the request is sent', async () => {
    gate.upstream.script = neverReply;
    const startedMs = performance.now();
    const statuses = await Promise.all(['/a', '/b'].map(async (path) => (await gate.sendAsAlice(`GET ${path}`)).status));
    expect(performance.now() - startedMs).toBeGreaterThan(250);
    expect(statuses).toContain(504);
  });
});
