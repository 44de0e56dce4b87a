// Upgrades beside a host application's own sockets: the gate takes its paths and leaves the others alone.

import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { createGate } from '../../src/index.ts';
import { identifyByHeader, useHost } from './kit.ts';

/** A host application's own socket at /chat, on the bare protocol: says hello, and leaves other paths alone. */
function acceptChat(req: IncomingMessage, socket: Duplex): void {
  if (req.url?.split('?')[0] !== '/chat') return;
  socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nhello from the host');
  socket.on('data', (chunk: Buffer) => socket.write(chunk));
}

describe.each([
  { order: 'before', chatFirst: true },
  { order: 'after', chatFirst: false },
])('a host application that listens for its own socket $order the gate', ({ chatFirst }) => {
  const host = useHost({
    compose({ app, server, gate }) {
      app.use('/dash', gate.middleware);
      if (chatFirst) server.on('upgrade', acceptChat);
      server.on('upgrade', gate.upgrade);
      if (!chatFirst) server.on('upgrade', acceptChat);
    },
  });

  it('keeps its socket, both ways, and no byte of it goes upstream', async () => {
    const chat = await host.openSocket('/chat');
    expect((await chat.answer()).status).toBe(101);
    await chat.waitFor('hello from the host');
    chat.write('and back');
    await chat.waitFor('and back');
    expect(await host.upstream.allBytes()).toBe('');
    chat.close();
  });

  it('leaves the sockets below the mount to the gate', async () => {
    const live = await host.openSocket('/dash/api/live/ws', ['X-Host-User: ann']);
    expect((await live.answer()).status).toBe(101);
    expect(host.upstream.onlyRequest.header('x-webauth-user')).toBe('ann');
    live.close();
  });

  it('has a path that is neither to itself: the gate writes nothing and keeps the socket open', async () => {
    const other = await host.openSocket('/elsewhere');
    expect(await other.waitForEnd(200)).toBe('open');
    expect(other.pending).toBe('');
    other.close();
    expect(await host.upstream.allBytes()).toBe('');
  });

  it('SEC-B8.1 keeps the sockets of the gate from pages of other origins', async () => {
    const socket = await host.openSocket('/dash/api/live/ws', ['X-Host-User: ann', 'Origin: https://evil.test']);
    // The second Origin line is refused as such.
    expect((await socket.answer()).status).toBe(400);
    expect(await host.upstream.allBytes()).toBe('');
  });
});

describe('a server whose only upgrade listener is the gate', () => {
  const host = useHost();

  it('refuses a path that is not its own, and closes the connection', async () => {
    const socket = await host.openSocket('/chat', ['X-Host-User: ann']);
    expect((await socket.answer()).status).toBe(404);
    expect(await socket.waitForEnd()).toBe('ended');
    expect(await host.upstream.allBytes()).toBe('');
  });

  it('refuses an upgrade to its own reserved paths', async () => {
    const socket = await host.openSocket('/dash/_gate/session', ['X-Host-User: ann']);
    expect((await socket.answer()).status).toBe(404);
  });
});

describe('two gates on one server', () => {
  const closers: (() => Promise<void>)[] = [];
  const host = useHost({
    compose({ app, server, gate }) {
      app.use('/dash', gate.middleware);
      server.on('upgrade', gate.upgrade);
    },
  });
  afterEach(async () => {
    for (const close of closers.splice(0)) await close();
  });

  it('each takes its own paths, and one of them refuses what is neither of theirs', async () => {
    const second = await createGate(host.input(), {
      identify: identifyByHeader,
      log: { debug() {}, info() {}, warn() {}, error() {} },
      mountPath: '/other',
    });
    closers.push(async () => {
      host.server.off('upgrade', second.upgrade);
      await second.close();
    });
    host.server.on('upgrade', second.upgrade);
    for (const path of ['/dash/api/live/ws', '/other/api/live/ws']) {
      const socket = await host.openSocket(path, ['X-Host-User: ann']);
      expect((await socket.answer()).status).toBe(101);
      expect(host.upstream.onlyRequest.target).toBe(path);
      socket.close();
      host.upstream.clear();
    }
    const stray = await host.openSocket('/nowhere', ['X-Host-User: ann']);
    expect((await stray.answer()).status).toBe(404);
    expect(await stray.waitForEnd()).toBe('ended');
    expect(stray.pending).toBe('');
  });
});
