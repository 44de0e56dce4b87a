// An upgrade that the upstream refuses, badly: each way must end both connections, and none may end the process.

import { describe, expect, it } from 'vitest';
import { RawConnection } from '../support/raw-client.ts';
import { useGate } from '../support/start-gate.ts';

const gate = useGate({ upstream: { timeouts: { connect: '1s', firstByte: '400ms', idle: '400ms' } } });
const UPGRADE = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='];

describe('a refused upgrade', () => {
  it.each([
    ['a body without end', 'HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n'],
    ['a redirect to a foreign origin', 'HTTP/1.1 302 Found\r\nLocation: https://evil.test/\r\nContent-Length: 2\r\n\r\nno'],
    ['a redirect to its own sign-in', 'HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 2\r\n\r\nno'],
    ['an unknown transfer coding', 'HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: gzip, chunked\r\n\r\n'],
  ])('PRX-36, PRX-W4 with %s keeps no upstream connection', async (_name, answer) => {
    gate.upstream.script = (_request, socket) => {
      socket.write(answer);
    };
    const connection = await RawConnection.open(gate.port);
    connection.write(gate.aliceText('GET /api/live/ws', [gate.ownOrigin, ...UPGRADE]));
    expect(await connection.waitForEnd(2000)).not.toBe('open');
    expect(await gate.upstream.waitUntil((upstream) => upstream.openConnections === 0, 1500)).toBe(true);
  });
});

describe('a header named like a prototype', () => {
  it('SEC-B19.1 of a request is dropped, of an answer passed or refused, and ends nothing', async () => {
    expect((await gate.sendAsAlice('GET /d/x', ['__proto__: x', 'constructor: y'])).status).toBe(200);
    expect(gate.upstream.onlyRequest.header('__proto__')).toBeUndefined();
    gate.upstream.clear();
    gate.upstream.script = (_request, socket) => {
      socket.write('HTTP/1.1 200 OK\r\n__proto__: x\r\nconstructor: y\r\nContent-Length: 2\r\n\r\nok');
    };
    expect([200, 502]).toContain((await gate.sendAsAlice('GET /d/x')).status);
    gate.upstream.clear();
    expect((await gate.sendAsAlice('GET /after')).status).toBe(200);
  });
});
