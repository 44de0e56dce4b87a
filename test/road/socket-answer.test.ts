// Answers on a bare socket: valid framing, then closed, so that nothing behind the request is read as another (SEC-B8.8).

import { once } from 'node:events';
import net from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { FramegateError } from '../../src/kernel/errors.ts';
import { answerSocket, refuseSocket } from '../../src/road/socket-answer.ts';
import { RawConnection } from '../support/raw-client.ts';

const servers: net.Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A client, and the server's end of its connection. */
async function connect(): Promise<{ client: RawConnection; socket: net.Socket }> {
  const server = net.createServer({ allowHalfOpen: true });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = RawConnection.open((server.address() as net.AddressInfo).port);
  const [socket] = (await once(server, 'connection')) as [net.Socket];
  return { client: await client, socket };
}

describe('answerSocket', () => {
  it('writes a whole answer and closes', async () => {
    const { client, socket } = await connect();
    answerSocket(
      socket,
      403,
      [
        ['X-A', '1'],
        ['X-A', '2'],
      ],
      'text',
    );
    const answer = await client.answer();
    expect(answer).toMatchObject({ status: 403, reason: 'Forbidden', body: 'text', complete: true });
    expect(answer.all('x-a')).toEqual(['1', '2']);
    expect(answer.header('connection')).toBe('close');
    expect(await client.waitForEnd()).not.toBe('open');
    expect(socket.destroyed).toBe(true);
  });

  it('PRX-W4 can promise more than it sends: what was cut looks cut', async () => {
    const { client, socket } = await connect();
    answerSocket(socket, 200, [], Buffer.from('abc'), 4);
    expect(await client.answer()).toMatchObject({ status: 200, body: 'abc', complete: false });
  });

  it('does nothing but close on a socket that is gone', async () => {
    const { client, socket } = await connect();
    socket.destroy();
    answerSocket(socket, 403, [], 'text');
    expect(await client.waitForEnd()).not.toBe('open');
    expect(client.pending).toBe('');
  });

  it('ends also with a client that reads nothing', async () => {
    const { client, socket } = await connect();
    client.socket.pause();
    answerSocket(socket, 403, [], Buffer.alloc(32 * 1024 * 1024));
    await once(socket, 'close');
    expect(socket.destroyed).toBe(true);
    client.close();
  });
});

describe('refuseSocket', () => {
  it('says the same as over HTTP, as problem+json, without the cause', async () => {
    const { client, socket } = await connect();
    refuseSocket(socket, new FramegateError('FRAMEGATE_BUSY', { reason: 'canary', message: 'canary', retryAfterSeconds: 3 }), 'request-1', [
      ['Vary', 'Origin'],
    ]);
    const answer = await client.answer();
    expect(JSON.parse(answer.body)).toMatchObject({
      type: 'urn:framegate:error:busy',
      status: 503,
      code: 'FRAMEGATE_BUSY',
      requestId: 'request-1',
    });
    expect(answer.header('content-type')).toMatch(/^application\/problem\+json/);
    expect(answer.header('cache-control')).toBe('no-store');
    expect(answer.header('retry-after')).toBe('3');
    expect(answer.header('vary')).toBe('Origin');
    expect(answer.body).not.toContain('canary');
  });
});
