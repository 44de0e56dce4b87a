// gate.revoke: what a host application's log-out calls. Everything that the person has open ends at once.

import { describe, expect, it } from 'vitest';
import { createTicket } from '../../src/index.ts';
import { RawConnection } from '../support/raw-client.ts';
import { acceptUpgrade, answerText } from '../support/recording-upstream.ts';
import { HOST_PAGE } from '../support/start-gate.ts';
import { readCloseCode, useHost } from './kit.ts';

const SHARED_SECRET = 'a shared secret of the tests, long enough';
const host = useHost({ config: { signIn: { tickets: [{ issuer: HOST_PAGE, secret: SHARED_SECRET, algorithms: ['HS256'] }] } } });

async function enter(login: string): Promise<string> {
  const ticket = await createTicket({
    issuer: HOST_PAGE,
    audience: host.origin,
    key: SHARED_SECRET,
    subject: login,
    groups: ['operators'],
  });
  const headers = ['Content-Type: application/x-www-form-urlencoded', `Origin: ${HOST_PAGE}`];
  const entered = await host.send('POST /dash/_gate/enter', headers, new URLSearchParams({ ticket, to: '/dash/' }).toString());
  return `Cookie: ${entered.header('set-cookie')?.split(';')[0] ?? ''}`;
}

async function openLive(...headers: string[]): Promise<RawConnection> {
  const socket = await host.openSocket('/dash/api/live/ws', headers);
  expect((await socket.answer()).status).toBe(101);
  return socket;
}

describe('gate.revoke', () => {
  it("SEC-B8.3 closes the sockets of the person at once with 1008, and nobody else's", async () => {
    const ann = await openLive('X-Host-User: ann');
    const second = await openLive('X-Host-User: ann');
    const bob = await openLive('X-Host-User: bob');
    expect(await host.gate.revoke({ login: 'ann' })).toBe(2);
    for (const socket of [ann, second]) {
      expect(await socket.waitForEnd(1000)).toBe('ended');
      expect(readCloseCode(socket.pending)).toBe(1008);
    }
    expect(bob.ending).toBe('open');
    expect(bob.pending).toBe('');
    expect(await host.upstream.waitUntil((upstream) => upstream.openConnections === 1)).toBe(true);
    bob.close();
  });

  it('ends cookie sessions, and their sockets with one Close frame', async () => {
    const cookie = await enter('carl');
    const socket = await openLive(cookie);
    expect((await host.send('GET /dash/api/user', [cookie])).status).toBe(200);
    expect(await host.gate.revoke({ login: 'carl' })).toBe(1);
    expect(await socket.waitForEnd(1000)).toBe('ended');
    expect(socket.pending.length).toBe(4);
    expect(readCloseCode(socket.pending)).toBe(1008);
    expect((await host.send('GET /dash/api/user', [cookie, 'Accept: application/json'])).status).toBe(401);
  });

  it('cuts event streams', async () => {
    host.upstream.script = (_request, socket) =>
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n6\r\ndata:1\r\n');
    const stream = await RawConnection.open(host.port);
    stream.write(host.text('GET /dash/api/stream', ['X-Host-User: dora']));
    await stream.waitFor('data:1');
    expect(await host.gate.revoke({ login: 'dora' })).toBe(1);
    expect(await stream.waitForEnd(1000)).not.toBe('open');
  });

  it('SEC-B8.3 cuts a download that is under way', async () => {
    host.upstream.script = (_request, socket) =>
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nContent-Length: 1000000\r\n\r\na,b,c');
    const download = await RawConnection.open(host.port);
    download.write(host.text('GET /dash/api/export', ['X-Host-User: dirk']));
    await download.waitFor('a,b,c');
    await host.gate.revoke({ login: 'dirk' });
    expect(await download.waitForEnd(2000)).not.toBe('open');
  });

  it('reaches a socket that the upstream has not accepted yet', async () => {
    let accept = (): void => {};
    host.upstream.script = (request, socket) => {
      accept = () => acceptUpgrade('late')(request, socket);
    };
    const socket = await host.openSocket('/dash/api/live/ws', ['X-Host-User: emil']);
    await host.upstream.waitUntil((upstream) => upstream.requests.length === 1);
    expect(await host.gate.revoke({ login: 'emil' })).toBe(1);
    accept();
    expect(await socket.waitForEnd(1000)).not.toBe('open');
    expect(socket.pending).not.toContain('101');
  });

  it('reaches an event stream that the upstream has not begun yet, and lets ordinary answers finish', async () => {
    const replies: (() => void)[] = [];
    host.upstream.script = (request, socket) => {
      const stream = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata:1\n\n';
      replies.push(() => socket.write(request.target.endsWith('stream') ? stream : answerText('200 OK', [], 'done')));
    };
    const [stream, plain] = [await RawConnection.open(host.port), await RawConnection.open(host.port)];
    stream.write(host.text('GET /dash/api/stream', ['X-Host-User: fred']));
    plain.write(host.text('GET /dash/api/plain', ['X-Host-User: fred']));
    await host.upstream.waitUntil((upstream) => upstream.requests.length === 2);
    await host.gate.revoke({ login: 'fred' });
    for (const reply of replies) reply();
    expect(await stream.waitForEnd(1000)).not.toBe('open');
    expect(stream.pending).not.toContain('data:1');
    expect((await plain.answer()).body).toBe('done');
    plain.close();
  });

  it('counts a socket that is about to open against session.maxSockets', async () => {
    host.upstream.script = () => {};
    const waiting = await Promise.all(Array.from({ length: 11 }, () => host.openSocket('/dash/api/live/ws', ['X-Host-User: gina'])));
    const refused = await Promise.race(waiting.map(async (socket) => (await socket.answer()).status));
    expect(refused).toBe(429);
    expect(await host.gate.revoke({ login: 'gina' })).toBe(10);
    for (const socket of waiting) socket.close();
  });

  it('finds people by issuer and subject too, and nobody by nothing', async () => {
    const socket = await openLive('X-Host-User: hans');
    expect(await host.gate.revoke({})).toBe(0);
    expect(await host.gate.revoke({ login: undefined } as object)).toBe(0);
    expect(await host.gate.revoke({ issuer: 'host', subject: 'someone' })).toBe(0);
    expect(socket.ending).toBe('open');
    expect(await host.gate.revoke({ issuer: 'host', subject: 'hans' })).toBe(1);
    expect(await socket.waitForEnd(1000)).toBe('ended');
  });

  it('lets the person in again: who is signed in is for the host application to say', async () => {
    await host.gate.revoke({ login: 'ann' });
    expect((await host.sendAs('ann', 'GET /dash/api/user')).status).toBe(200);
  });
});

describe('gate.decide', () => {
  it('answers as the road does, for a path as browsers see it', () => {
    const identity = { issuer: 'host', subject: 'ann', login: 'ann', groups: ['operators'] };
    expect(host.gate.decide({ identity, method: 'GET', path: '/dash/d/x' })).toMatchObject({
      kind: 'allow',
      rule: 'operators',
      role: 'Viewer',
    });
    expect(host.gate.decide({ identity, method: 'GET', path: '/dash/login' })).toMatchObject({
      kind: 'deny',
      reasons: ['upstream-sign-in-is-closed'],
    });
    expect(host.gate.decide({ identity: { ...identity, groups: [] }, method: 'GET', path: '/dash/d/x' })).toMatchObject({
      kind: 'deny',
      reasons: ['no-rule-matches'],
    });
    expect(host.gate.decide({ identity, method: 'GET', path: '/elsewhere' })).toBeUndefined();
  });
});
