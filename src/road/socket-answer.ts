// Answers on a bare socket, for upgrades that are refused: valid framing, then closed, so that bytes which the client
// sent ahead are never taken for a request (SEC-B8.8).

import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FramegateError } from '../kernel/errors.ts';
import { buildProblem, buildProblemHeaders, PROBLEM_TYPE } from '../kernel/problem.ts';

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
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
    `Content-Length: ${length ?? bytes.length}`,
    'Connection: close',
  ];
  socket.end(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), bytes]), () => socket.destroy());
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}

/** A refusal of our own, in the same form as for a script over HTTP (RFC 9457). */
export function refuseSocket(socket: Duplex, error: FramegateError, requestId: string, extra: HeaderPairs = []): void {
  const headers = [
    ...Object.entries(buildProblemHeaders(error)),
    ['Content-Type', PROBLEM_TYPE],
    ['Cache-Control', 'no-store'],
    ['X-Content-Type-Options', 'nosniff'],
    ...extra,
  ] as const;
  answerSocket(socket, error.status, headers as HeaderPairs, JSON.stringify(buildProblem(error.code, requestId)));
}
