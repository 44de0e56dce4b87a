// Stopping without losing a request: what is in flight is finished, sockets get 1001, nobody new comes in (PRX-41,
// SEC-B9.6).

import net from 'node:net';
import { describe, expect, it } from 'vitest';
import { RawConnection } from '../support/raw-client.ts';
import { acceptUpgrade, OK } from '../support/recording-upstream.ts';
import { TestGate } from '../support/start-gate.ts';

const UPGRADE = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='];

describe('an orderly end', () => {
  it('PRX-41, SEC-B9.6 finishes what is in flight, closes WebSockets with 1001, takes nobody new, leaves nothing', async () => {
    const gate = new TestGate({});
    await gate.start();
    gate.upstream.script = (request, socket) => {
      if (request.header('upgrade') !== undefined) acceptUpgrade()(request, socket);
      else setTimeout(() => socket.write(OK), 300);
    };
    const idle = await RawConnection.open(gate.port);
    idle.write(gate.text('GET /_gate/session'));
    await idle.answer();
    const live = await RawConnection.open(gate.port);
    live.write(gate.aliceText('GET /api/live/ws', [gate.ownOrigin, ...UPGRADE]));
    expect((await live.answer()).status).toBe(101);
    const slow = await RawConnection.open(gate.port);
    slow.write(gate.aliceText('GET /slow'));
    await gate.upstream.waitUntil((upstream) => upstream.requests.length === 2);

    const closing = gate.close();
    expect(await live.waitForEnd(250)).not.toBe('open');
    // A close frame (RFC 6455 5.5.1): 0x88, length, then the code 1001 as 0x03e9.
    expect(live.pending).toMatch(/^\x88[\x02-\x7d]\x03\xe9/);
    const refused = await new Promise<boolean>((resolve) => {
      const late = net.connect({ port: gate.port, host: '127.0.0.1' });
      late.on('connect', () => resolve(false)).on('error', () => resolve(true));
    });
    expect(refused).toBe(true);
    const answer = await slow.answer();
    expect([answer.status, answer.body]).toEqual([200, 'ok']);
    expect(await slow.waitForEnd(1000)).not.toBe('open');
    expect(await idle.waitForEnd(1000)).not.toBe('open');
    await closing;
  });
});
