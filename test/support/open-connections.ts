// What somebody has open for longer than a request: a WebSocket, an answer that goes on.

import { RawConnection } from './raw-client.ts';
import type { TestGate } from './start-gate.ts';

const UPGRADE = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='];

/** @throws {Error} for any answer but 101. */
export async function openSocket(gate: TestGate, cookie: string): Promise<RawConnection> {
  const connection = await RawConnection.open(gate.port);
  connection.write(gate.text('GET /api/live/ws', [gate.ownOrigin, ...UPGRADE, `Cookie: ${cookie}`]));
  const { status } = await connection.answer();
  if (status !== 101) throw new Error(`no socket: ${status}`);
  return connection;
}

/** A request whose answer has begun and does not end. */
export async function openAnswer(gate: TestGate, cookie: string, type: string, body: string): Promise<RawConnection> {
  gate.upstream.script = (_request, socket) =>
    socket.write(`HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nContent-Length: 100000\r\n\r\n${body}`);
  const connection = await RawConnection.open(gate.port);
  connection.write(gate.text('GET /api/stream', [`Cookie: ${cookie}`]));
  await connection.waitFor(body);
  return connection;
}
