// The dashboards' socket between a browser and a server of its own: who may view sees, and acts on nothing.

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket, { WebSocketServer } from 'ws';
import { TestGate } from '../../support/start-gate.ts';
import { readRecorded } from '../recorded.ts';

interface Frame {
  readonly from: 'browser' | 'upstream';
  readonly text: string;
}
const { frames } = readRecorded<{ readonly frames: readonly Frame[] }>('node-red', 'page-load.json');
const ACTIONS = /^42\["(?:widget-action|update-value)"/;

let gate: TestGate;
let server: Server;
let sockets: WebSocketServer;

beforeAll(async () => {
  server = createServer();
  sockets = new WebSocketServer({ server });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  gate = new TestGate({
    upstream: { preset: 'node-red' },
    upstreamUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    config: {
      access: {
        rules: [
          { name: 'view', who: { groups: ['operators'] }, may: ['view'] },
          { name: 'edit', who: { users: ['edgar'] }, may: ['edit'] },
          { name: 'limited', who: { users: ['lisa'] }, may: ['view'], on: { dashboards: ['hall'] } },
        ],
      },
    },
  });
  await gate.start();
});
afterAll(async () => {
  await gate.close();
  sockets.close();
  server.close();
});

/** Sends the messages as a browser would. @returns those that reached the other end. */
async function passing(cookie: string, messages: readonly string[]): Promise<string[]> {
  const connected = once(sockets, 'connection') as Promise<[WebSocket]>;
  const browser = new WebSocket(`ws://localhost:${gate.port}/ui/socket.io/?EIO=4&transport=websocket`, {
    headers: { Cookie: cookie, Origin: gate.origin },
  });
  const arrived: string[] = [];
  const [upstream] = await connected;
  upstream.on('message', (data: WebSocket.RawData) => arrived.push(data.toString()));
  await once(browser, 'open');
  for (const message of messages) browser.send(message);
  browser.ping();
  await once(upstream, 'ping');
  for (const { text } of frames.filter(({ from }) => from === 'upstream')) upstream.send(text);
  const [shown] = (await once(browser, 'message')) as [WebSocket.RawData];
  expect(shown.toString()).toBe('3probe');
  browser.terminate();
  return arrived;
}

const sent = frames.filter(({ from }) => from === 'browser').map(({ text }) => text);

describe("the dashboards' socket", () => {
  it('SEC-P9 carries what a page does by being looked at, as it was recorded, and no action of who may only view', async () => {
    expect(sent.filter((text) => ACTIONS.test(text))).toHaveLength(2);
    expect(await passing(gate.alice, sent)).toEqual(sent.filter((text) => !ACTIONS.test(text)));
  });

  it('carries actions of who may edit', async () => {
    expect(await passing(await gate.signIn('edgar', []), sent)).toEqual(sent);
  });

  it('carries nothing but pings of who is limited to some dashboards', async () => {
    expect(await passing(await gate.signIn('lisa', []), ['40', '2', '42["widget-load","text2"]', '3'])).toEqual(['2', '3']);
  });

  it.each(['42/other,["widget-load"]', '42["widget-load"', '42[1]', '4', '', '451-["widget-load"]', '0', '42[\n"x"]', '2probe2', '40/x,'])(
    'carries no %j of anybody who is judged',
    async (text) => {
      expect(await passing(await gate.signIn('edgar', []), [text, '2'])).toEqual(['2']);
    },
  );
});
