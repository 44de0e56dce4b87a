// The live socket (/api/live/ws): Centrifuge's JSON protocol as far as a dashboard speaks it. One text frame may
// hold several messages, separated by newlines.

import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { WebSocketServer } from 'ws';
import type { Stream } from './channels.ts';
import { buildFrame, buildSchema, findChannel } from './channels.ts';
import { answerQuery } from './query.ts';
import type { Viewer } from './viewer.ts';

export const LIVE_PATH = '/api/live/ws';

const PING_SECONDS = 25;
const MAX_MESSAGE_BYTES = 8 * 1024 * 1024;
const MAX_CHANNELS = 50;
/** Centrifuge's disconnect code for a message that is none. */
const DISCONNECT_BAD_REQUEST = 3501;
const ERROR_PERMISSION_DENIED = { code: 103, message: 'permission denied' };
const ERROR_METHOD_NOT_FOUND = { code: 104, message: 'method not found' };
const ERROR_ALREADY_SUBSCRIBED = { code: 105, message: 'already subscribed' };

interface Client {
  readonly socket: WebSocket;
  readonly viewer: Viewer;
  /** Known once the client has sent `connect`. */
  id: string | undefined;
  /** Channel -> what stops its stream. */
  readonly channels: Map<string, () => void>;
}

type Command = Readonly<Record<string, unknown>>;

export interface Live {
  /** Completes the handshake; identity and origin were checked before. */
  accept(req: IncomingMessage, socket: Duplex, head: Buffer, viewer: Viewer): void;
  close(): void;
}

/**
 * True when the page that opens the socket comes from the host it talks to, or is no page at all: the recorded
 * server compares host and port of Origin with Host.
 */
export function isSameOrigin(req: IncomingMessage): boolean {
  const { origin, host } = req.headers;
  if (origin === undefined) return true;
  return URL.canParse(origin) && new URL(origin).host === host?.toLowerCase();
}

export function createLive(now: () => number): Live {
  const server = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES });
  const clients = new Set<Client>();
  const pings = setInterval(() => {
    for (const { socket, id } of clients) if (id !== undefined) socket.send('{}');
  }, PING_SECONDS * 1000);
  pings.unref();

  function accept(req: IncomingMessage, socket: Duplex, head: Buffer, viewer: Viewer): void {
    server.handleUpgrade(req, socket, head, (opened) => {
      const client: Client = { socket: opened, viewer, id: undefined, channels: new Map() };
      clients.add(client);
      opened.on('message', (message) => receive(client, String(message)));
      // A broken frame is followed by `close`; there is nothing else to do about it.
      opened.on('error', () => opened.terminate());
      opened.on('close', () => {
        clients.delete(client);
        for (const stop of client.channels.values()) stop();
      });
    });
  }

  function receive(client: Client, text: string): void {
    const answers: object[] = [];
    for (const line of text.split('\n')) {
      if (line.trim() === '') continue;
      const command = parseCommand(line);
      // Before anything else a client has to say `connect`.
      if (command === undefined || (client.id === undefined && command['connect'] === undefined)) {
        client.socket.close(DISCONNECT_BAD_REQUEST, 'bad request');
        return;
      }
      answers.push(...answerCommand(client, command));
    }
    send(client, answers);
  }

  function answerCommand(client: Client, command: Command): object[] {
    const { id } = command;
    // `{}` is the pong.
    if (id === undefined) return [];
    if (command['connect'] !== undefined) {
      client.id ??= randomUUID();
      return [{ id, connect: { client: client.id, ping: PING_SECONDS, pong: true } }];
    }
    if (isCommand(command['subscribe'])) return subscribe(client, id, command['subscribe']['channel']);
    if (isCommand(command['unsubscribe'])) {
      const name = String(command['unsubscribe']['channel']);
      client.channels.get(name)?.();
      client.channels.delete(name);
      return [{ id, unsubscribe: {} }];
    }
    if (isCommand(command['publish'])) return publish(client, id, command['publish']);
    if (isCommand(command['rpc']) && command['rpc']['method'] === 'grafana.query') {
      const answer = answerQuery(JSON.stringify(command['rpc']['data'] ?? {}), now());
      return [{ id, rpc: { data: answer.body } }];
    }
    return [{ id, error: ERROR_METHOD_NOT_FOUND }];
  }

  function subscribe(client: Client, id: unknown, name: unknown): object[] {
    const channel = findChannel(name);
    if (channel === undefined || typeof name !== 'string') return [{ id, error: ERROR_PERMISSION_DENIED }];
    if (client.channels.has(name) || client.channels.size >= MAX_CHANNELS) return [{ id, error: ERROR_ALREADY_SUBSCRIBED }];
    if (channel.kind === 'quiet') {
      client.channels.set(name, () => undefined);
      const info = { user: String(client.viewer.id), client: client.id };
      return [{ id, subscribe: {} }, { push: { channel: name, join: { info } } }];
    }
    client.channels.set(name, startStream(client, name, channel.stream));
    return [{ id, subscribe: { data: buildSchema(channel.stream) } }];
  }

  function startStream(client: Client, channel: string, stream: Stream): () => void {
    const timer = setInterval(() => {
      const data = buildFrame(stream, now());
      send(client, [{ push: { channel, pub: { data } } }]);
    }, stream.intervalMs);
    return () => clearInterval(timer);
  }

  function publish(client: Client, id: unknown, { channel, data }: Command): object[] {
    const isOpen = typeof channel === 'string' && /^1\/grafana\/broadcast\//.test(channel) && client.channels.has(channel);
    if (!isOpen) return [{ id, error: ERROR_PERMISSION_DENIED }];
    const push = { push: { channel, pub: { data } } };
    for (const other of clients) if (other !== client && other.channels.has(channel)) send(other, [push]);
    return [push, { id, publish: {} }];
  }

  function close(): void {
    clearInterval(pings);
    for (const { socket } of clients) socket.terminate();
    server.close();
  }

  return { accept, close };
}

function send(client: Client, messages: readonly object[]): void {
  if (messages.length > 0) client.socket.send(messages.map((message) => JSON.stringify(message)).join('\n'));
}

function parseCommand(text: string): Command | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isCommand(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isCommand(value: unknown): value is Command {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
