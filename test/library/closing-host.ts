// A process of its own for close.test.ts: a host application that uses everything of the gate, closes it, and then has
// nothing left to do. Argument: address of an upstream.

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { createGate, createTicket } from '../../src/index.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { RawConnection, send } from '../support/raw-client.ts';
import { findFreePort, HOST_PAGE } from '../support/start-gate.ts';

const SECRET = 'a shared secret of the tests, long enough';
const port = await findFreePort();
const origin = `http://localhost:${port}`;
const gate = await createGate(
  {
    publicUrl: origin,
    upstreams: { main: { url: process.argv[2] ?? '' } },
    signIn: { tickets: [{ issuer: HOST_PAGE, secret: SECRET, algorithms: ['HS256'] }] },
    session: { secret: 'a secret of the tests, 32 bytes or longer' },
    embed: { hosts: [HOST_PAGE] },
    access: { rules: [{ name: 'all', who: { everyone: true }, may: ['everything'] }] },
  },
  { identify: (req) => (req.headers['x-host-user'] === undefined ? null : { login: 'ann' }), log: silentLog },
);
const server = createServer(express().use('/dash', gate.middleware)).on('upgrade', gate.upgrade);
server.listen(port, '127.0.0.1');
await once(server, 'listening');

const text = (line: string, headers: readonly string[], body = ''): string =>
  `${[`${line} HTTP/1.1`, `Host: localhost:${port}`, ...headers, `Content-Length: ${body.length}`].join('\r\n')}\r\n\r\n${body}`;
const form = ['Content-Type: application/x-www-form-urlencoded', `Origin: ${HOST_PAGE}`];
const ticket = await createTicket({ issuer: HOST_PAGE, audience: origin, key: SECRET, subject: 'bob' });
const entered = await send(port, text('POST /dash/_gate/enter', form, `ticket=${ticket}`));
const refused = await send(port, text('POST /dash/_gate/enter', form, 'ticket=forged'));
const proxied = await send(port, text('GET /dash/d/x', ['X-Host-User: ann', 'Connection: close']));
const socket = await RawConnection.open(port);
socket.write(
  [
    'GET /dash/api/live/ws HTTP/1.1',
    `Host: localhost:${port}`,
    `Origin: ${origin}`,
    'X-Host-User: ann',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    '',
    '',
  ].join('\r\n'),
);
const upgraded = await socket.answer();
process.stdout.write(
  `${JSON.stringify([entered.status, refused.status, proxied.status, upgraded.status, (server.address() as AddressInfo).port === port])}\n`,
);

await gate.close();
await socket.waitForEnd();
process.stdout.write(`${JSON.stringify({ closeFrame: Buffer.from(socket.pending, 'latin1').toString('hex') })}\n`);
await new Promise((resolve) => server.close(resolve));
