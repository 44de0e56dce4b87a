// A socket outlives the request that opened it: signing out must close it, and nobody may hold as many as they like
// (SEC-B8.3, SEC-B8.6, PRX-38).

import { describe, expect, it } from 'vitest';
import { RawConnection } from '../support/raw-client.ts';
import { acceptUpgrade, replyWith } from '../support/recording-upstream.ts';
import { useGate } from '../support/start-gate.ts';

const gate = useGate({ config: { session: { secret: 'a secret of the tests, 32 bytes or longer', maxSockets: 3 } } });

const UPGRADE = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='];

async function openSocket(cookie: string): Promise<{ connection: RawConnection; status: number }> {
  const connection = await RawConnection.open(gate.port);
  connection.write(gate.text('GET /api/live/ws', [gate.ownOrigin, ...UPGRADE, `Cookie: ${cookie}`]));
  return { connection, status: (await connection.answer()).status };
}

describe('open sockets', () => {
  it('SEC-B8.3 signing out closes them at once with 1008, on both sides', async () => {
    const cookie = await gate.signIn('ida', ['operators']);
    const { connection, status } = await openSocket(cookie);
    expect(status).toBe(101);
    const other = await openSocket(gate.alice);
    await gate.send('POST /_gate/logout', [`Cookie: ${cookie}`, gate.ownOrigin]);
    expect(await connection.waitForEnd(1000)).not.toBe('open');
    // A close frame (RFC 6455 5.5.1): 0x88, length, then the code 1008 as 0x03f0.
    expect(connection.pending).toMatch(/^\x88[\x02-\x7d]\x03\xf0/);
    expect(await gate.upstream.waitUntil((upstream) => upstream.connections.filter((each) => each.closed).length === 1, 1000)).toBe(true);
    expect(other.connection.ending).toBe('open');
    other.connection.close();
  });

  it('SEC-B8.6, SEC-D8.6, PRX-38 more than the bound per session get 429; a closed one makes room; another session has its own', async () => {
    const cookie = await gate.signIn('jo', ['operators']);
    const open = [await openSocket(cookie), await openSocket(cookie), await openSocket(cookie)];
    expect(open.map(({ status }) => status)).toEqual([101, 101, 101]);
    gate.upstream.clear();
    const refused = await openSocket(cookie);
    expect(refused.status).toBe(429);
    expect(await gate.upstream.allBytes()).toBe('');
    const kim = await openSocket(await gate.signIn('kim', ['operators']));
    expect(kim.status).toBe(101);
    open[0]?.connection.close();
    await gate.upstream.waitUntil((upstream) => upstream.connections.some((each) => each.closed), 1000);
    const again = await openSocket(cookie);
    expect(again.status).toBe(101);
    for (const { connection } of [...open, refused, kim, again]) connection.close();
  });

  it('PRX-38 failed upgrades do not count against the bound', async () => {
    const cookie = await gate.signIn('lee', ['operators']);
    gate.upstream.script = (_request, socket) => socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n');
    for (let attempt = 0; attempt < 5; attempt += 1) {
      const { connection, status } = await openSocket(cookie);
      expect(status).toBe(403);
      connection.close();
    }
  });

  it('PRX-38 the same person entering again with a new ticket keeps the socket or ends it, and never moves it to another person', async () => {
    const cookie = await gate.signIn('mia', ['operators']);
    const { connection } = await openSocket(cookie);
    const body = `ticket=${await gate.signTicket('nora', ['operators'])}&to=%2F`;
    const headers = [
      'Content-Type: application/x-www-form-urlencoded',
      'Origin: https://host.test',
      'Sec-Fetch-Dest: iframe',
      `Cookie: ${cookie}`,
    ];
    expect((await gate.send('POST /_gate/enter', headers, body)).status).toBe(303);
    expect(await connection.waitForEnd(1000)).not.toBe('open');
  });

  it('SEC-B8.6, PRX-38 the bound holds for openings at the same moment', async () => {
    const cookie = await gate.signIn('ola', ['operators']);
    const all = await Promise.all(Array.from({ length: 6 }, () => openSocket(cookie)));
    expect(all.map(({ status }) => status).sort()).toEqual([101, 101, 101, 429, 429, 429]);
    for (const { connection } of all) connection.close();
  });

  it('SEC-B8.3 signing out before the upstream has answered ends the opening', async () => {
    const cookie = await gate.signIn('pam', ['operators']);
    let answerLate: () => void = () => {};
    gate.upstream.script = (request, socket) => {
      answerLate = () => acceptUpgrade()(request, socket);
    };
    const connection = await RawConnection.open(gate.port);
    connection.write(gate.text('GET /api/live/ws', [gate.ownOrigin, ...UPGRADE, `Cookie: ${cookie}`]));
    await gate.upstream.waitUntil((upstream) => upstream.requests.length === 1);
    await gate.send('POST /_gate/logout', [`Cookie: ${cookie}`, gate.ownOrigin]);
    answerLate();
    expect(await connection.waitForEnd(1000)).not.toBe('open');
    expect(connection.pending).not.toContain('101');
  });

  it('SEC-B8.3 signing out ends an event stream too', async () => {
    const cookie = await gate.signIn('quin', ['operators']);
    gate.upstream.script = replyWith('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n');
    const connection = await RawConnection.open(gate.port);
    connection.write(gate.text('GET /api/stream', [`Cookie: ${cookie}`]));
    await connection.waitFor('data: 1');
    const { onlyRequest } = gate.upstream;
    await gate.send('POST /_gate/logout', [`Cookie: ${cookie}`, gate.ownOrigin]);
    expect(await connection.waitForEnd(1000)).not.toBe('open');
    expect(await gate.upstream.waitUntil(() => onlyRequest.connection.closed, 500)).toBe(true);
  });
});
