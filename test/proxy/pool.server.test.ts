// The connections to an upstream and their ages: a pooled one is kept for a while, a WebSocket at most so long.

import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { RawConnection } from '../support/raw-client.ts';
import { acceptUpgrade } from '../support/recording-upstream.ts';
import { useGate } from '../support/start-gate.ts';

const UPGRADE = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='];
const AGE_MS = 400;

describe('a pooled connection', () => {
  const gate = useGate();

  it('PRX-39 is kept for 4 s without a request and then closed, before the upstream would', async () => {
    await gate.sendAsAlice('GET /a');
    await sleep(1000);
    await gate.sendAsAlice('GET /b');
    expect(gate.upstream.usedConnections).toBe(1);
    expect(gate.upstream.requests.map((request) => request.connection)).toEqual([
      gate.upstream.requests[0]?.connection,
      gate.upstream.requests[0]?.connection,
    ]);
    await sleep(2000);
    expect(gate.upstream.usedConnections).toBe(1);
    expect(await gate.upstream.waitUntil(({ usedConnections }) => usedConnections === 0, 4500)).toBe(true);
  });

  it('PRX-39 its age ends no request that takes longer', async () => {
    gate.upstream.script = (_request, socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab');
      setTimeout(() => socket.write('cd'), 4500);
    };
    const connection = await RawConnection.open(gate.port);
    connection.write(gate.aliceText('GET /slow'));
    expect(await connection.answer('GET', 6000)).toMatchObject({ status: 200, body: 'abcd', complete: true });
    connection.close();
  });
});

describe('session.maxSocketAge', () => {
  const gate = useGate({ config: { session: { secret: 'a secret of the tests, 32 bytes or longer', maxSocketAge: `${AGE_MS}ms` } } });

  it('PRX-38 a WebSocket is closed with 1001 when it has reached its age, and the next one is let in', async () => {
    for (let each = 0; each < 2; each += 1) {
      gate.upstream.script = acceptUpgrade();
      const connection = await RawConnection.open(gate.port);
      connection.write(gate.aliceText('GET /ws', [gate.ownOrigin, ...UPGRADE]));
      expect((await connection.answer()).status).toBe(101);
      const openedMs = performance.now();
      expect(await connection.waitFor('\x88')).toBe('\x88\x02\x03\xe9');
      expect(performance.now() - openedMs).toBeGreaterThan(AGE_MS - 100);
      expect(
        await gate.upstream.waitUntil(({ openConnections, usedConnections }) => Math.min(openConnections, usedConnections) === 0, 500),
      ).toBe(true);
      connection.close();
    }
  });

  it('PRX-38 requests and event streams are none of its business', async () => {
    gate.upstream.script = (_request, socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n');
      setTimeout(() => socket.write('9\r\ndata: 1\n\n\r\n0\r\n\r\n'), AGE_MS * 2);
    };
    expect(await gate.sendAsAlice('GET /d/x')).toMatchObject({ body: 'data: 1\n\n', complete: true });
  });
});
