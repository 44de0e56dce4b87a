// Answers on a bare socket, for upgrades that are refused: valid framing, then closed, so that bytes which the client
// sent ahead are never taken for a request (SEC-B8.8).

import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { ERROR_TABLE, type ErrorCode } from '../kernel/errors.ts';

/** How long a client may take to read a refusal, in milliseconds. */
const LINGER_MS = 2000;

export type HeaderPairs = readonly (readonly [string, string])[];

/**
 * Writes a response and closes the connection.
 * @param length Content-Length, where it is not that of the body: an answer that was cut has to look cut.
 */
export function answerSocket(socket: Duplex, status: number, headers: HeaderPairs, body: Buffer | string, length?: number): void {
  if (socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  const bytes = Buffer.from(body);
  const lines = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`, ...headers.map(([name, value]) => `${name}: ${value}`), `Content-Length: ${length ?? bytes.length}`, 'Connection: close'];
  socket.end(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), bytes]), () => socket.destroy());
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}

/** A refusal of our own, as RFC 9457 problem. */
export function refuseSocket(socket: Duplex, code: ErrorCode, requestId: string, extra: HeaderPairs): void {
  const { status, title, sentence } = ERROR_TABLE[code];
  const body = JSON.stringify({ type: 'about:blank', title, status, detail: sentence, code, requestId });
  answerSocket(socket, status, [['Content-Type', 'application/problem+json'], ['Cache-Control', 'no-store'], ['X-Content-Type-Options', 'nosniff'], ...extra], body);
}
