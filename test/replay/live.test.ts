// Grafana Live sockets as they were recorded, played by both ends through the gate: every frame arrives, unchanged and
// in order, and the gate's own refusals come before Grafana's.

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket, { WebSocketServer } from 'ws';
import { TestGate } from '../support/start-gate.ts';
import { readLiveSockets } from './replay-upstream.ts';

type Frames = ReturnType<typeof readLiveSockets>[number]['frames'];

let gate: TestGate;
let server: Server;
let sockets: WebSocketServer;
let received: { users: string[]; urls: string[] };

beforeAll(async () => {
  server = createServer();
  sockets = new WebSocketServer({ server, perMessageDeflate: false });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  gate = new TestGate({ upstreamUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
  await gate.start();
});
afterAll(async () => {
  await gate.close();
  sockets.close();
  server.close();
});

/** Plays one end: sends its own frames and expects those of the other, in the recorded order. */
async function play(socket: WebSocket, frames: Frames, end: 'browser' | 'grafana'): Promise<void> {
  const inbox: string[] = [];
  let wake: () => void = () => {};
  socket.on('message', (data: WebSocket.RawData) => {
    inbox.push(data.toString());
    wake();
  });
  for (const frame of frames) {
    if (frame.from === end) {
      socket.send(frame.text);
      continue;
    }
    if (inbox.length === 0) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    expect(inbox.shift()).toBe(frame.text);
  }
  expect(inbox).toEqual([]);
}

const headers = (origin = gate.origin) => ({ Cookie: gate.alice, Origin: origin });

describe('recorded Live sockets', () => {
  for (const probe of readLiveSockets()) {
    it(`PRX-37 ${probe.name}: ${probe.frames.length} frames pass both ways, in order`, async () => {
      received = { users: [], urls: [] };
      const upstreamEnd = new Promise<void>((resolve, reject) => {
        sockets.once('connection', (socket, request) => {
          received.users.push(String(request.headers['x-webauth-user']));
          received.urls.push(request.url ?? '');
          play(socket, probe.frames, 'grafana').then(resolve, reject);
        });
      });
      const browser = new WebSocket(`ws://localhost:${gate.port}/api/live/ws`, { headers: headers() });
      const browserEnd = play(
        browser,
        probe.frames.filter((frame) => frame.from === 'grafana'),
        'browser',
      );
      await once(browser, 'open');
      for (const frame of probe.frames.filter((each) => each.from === 'browser')) browser.send(frame.text);
      await Promise.all([upstreamEnd, browserEnd]);
      expect(received).toEqual({ users: ['alice'], urls: ['/api/live/ws'] });
      browser.close();
      await once(browser, 'close');
    });
  }

  it.each([
    { name: 'no identity', options: () => ({ Origin: gate.origin }), status: 401 },
    { name: 'foreign origin', options: () => headers('http://evil.example'), status: 403 },
    { name: 'no origin', options: () => ({ Cookie: gate.alice }), status: 403 },
  ])('SEC-B8.1, SEC-B8.2 $name is refused here ($status), before Grafana', async ({ options, status }) => {
    let reached = false;
    const notice = () => {
      reached = true;
    };
    sockets.once('connection', notice);
    const browser = new WebSocket(`ws://localhost:${gate.port}/api/live/ws`, { headers: options() });
    browser.on('error', () => {});
    const [, response] = (await once(browser, 'unexpected-response')) as [unknown, { statusCode: number }];
    expect([response.statusCode, reached]).toEqual([status, false]);
    sockets.removeListener('connection', notice);
    browser.terminate();
  });
});
