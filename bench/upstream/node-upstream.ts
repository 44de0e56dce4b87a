// The upstream in Node: for WebSockets, big bodies, and where nginx is not installed. Arguments: PORT.

import { createHash } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import { BIG_PATH, SIZES, UPLOAD_PATH } from './paths.ts';

const WEBSOCKET_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const CHUNK = Buffer.alloc(64 * 1024, 'x');
const bodies = new Map(SIZES.map(({ path, bytes }) => [path, Buffer.alloc(bytes, 'x')]));

const server = createServer((req, res) => {
  const { pathname, searchParams } = new URL(req.url ?? '/', 'http://upstream');
  const body = bodies.get(pathname);
  if (body !== undefined) {
    res.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': body.length });
    res.end(body);
  } else if (pathname === BIG_PATH) {
    sendBytes(res, Number(searchParams.get('bytes')));
  } else if (pathname === UPLOAD_PATH) {
    let received = 0;
    req.on('data', (chunk: Buffer) => {
      received += chunk.length;
    });
    req.on('end', () => res.writeHead(200, { 'Content-Length': String(received).length }).end(String(received)));
  } else {
    res.writeHead(404, { 'Content-Length': 0 }).end();
  }
});

// Streams in both directions, as fast as the other side takes it.
function sendBytes(res: ServerResponse, length: number): void {
  res.writeHead(200, { 'Content-Type': 'application/octet-stream', 'Content-Length': length });
  let left = length;
  const fill = (): void => {
    while (left > 0) {
      const chunk = left < CHUNK.length ? CHUNK.subarray(0, left) : CHUNK;
      left -= chunk.length;
      if (!res.write(chunk)) return;
    }
    res.end();
  };
  res.on('drain', fill);
  fill();
}

server.on('upgrade', (req, socket) => {
  const accept = createHash('sha1').update(`${req.headers['sec-websocket-key']}${WEBSOCKET_GUID}`).digest('base64');
  socket.on('error', () => socket.destroy());
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
  // Idle: whatever comes is read and forgotten.
  socket.resume();
});

server.keepAliveTimeout = 3_600_000;
server.requestTimeout = 0;
server.listen(Number(process.argv[2]), '127.0.0.1');
