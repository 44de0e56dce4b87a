// Bodies flow through: nothing is collected, neither the head of an answer nor an event waits for more, a slow reader
// slows the writer, and answers of pipelined requests keep their order (PRX-16 to PRX-18, PRX-42).

import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { RawConnection } from '../support/raw-client.ts';
import { answerText, OK, replyWith } from '../support/recording-upstream.ts';
import { useGate } from '../support/start-gate.ts';

const MIB = 1024 * 1024;
/** Bound on what the gate and the kernel's socket buffers hold for a peer that does not read. */
const MAX_IN_FLIGHT = 24 * MIB;

describe('streaming', () => {
  const gate = useGate();

  it('PRX-17, PRX-H17 the head is passed on when it comes, not when the body does', async () => {
    gate.upstream.script = (_request, socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n');
      setTimeout(() => socket.write('9\r\ndata: 1\n\n\r\n'), 600);
    };
    const connection = await RawConnection.open(gate.port);
    connection.write(gate.aliceText('GET /stream'));
    await gate.upstream.waitUntil((upstream) => upstream.requests.length === 1);
    const started = performance.now();
    await connection.waitFor('\r\n\r\n');
    expect(performance.now() - started).toBeLessThan(300);
    await connection.waitFor('data: 1');
    expect(performance.now() - started).toBeGreaterThan(400);
    connection.close();
  });

  it('PRX-17 each event is passed on when it comes', async () => {
    let push: (text: string) => void = () => {};
    gate.upstream.script = (_request, socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n');
      push = (text) => socket.write(`${text.length.toString(16)}\r\n${text}\r\n`);
    };
    const connection = await RawConnection.open(gate.port);
    connection.write(gate.aliceText('GET /stream'));
    await connection.waitFor('\r\n\r\n');
    for (let event = 1; event <= 5; event += 1) {
      push(`data: ${event}\n\n`);
      await connection.waitFor(`data: ${event}`, 300);
    }
    connection.close();
  });

  it('PRX-16 a request body is passed on as it comes', async () => {
    const connection = await RawConnection.open(gate.port);
    connection.write(gate.aliceText('POST /upload', [gate.ownOrigin, 'Content-Length: 8'], 'half'));
    expect(await gate.upstream.waitUntil((upstream) => upstream.connections.some((each) => each.bytes.includes('half')), 500)).toBe(true);
    connection.write('full');
    expect((await connection.answer('POST')).status).toBe(200);
    expect(gate.upstream.onlyRequest.body.toString()).toBe('halffull');
    connection.close();
  });

  it.each(['{"broken": ', '{"__proto__":{"isAdmin":true}}', 'a=1&a=2&__proto__[x]=1'])(
    'PRX-20, SEC-N3, SEC-B19.1 the body %j is not parsed on its way',
    async (body) => {
      for (const type of ['application/json', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
        expect((await gate.sendAsAlice('POST /api/x', [gate.ownOrigin, `Content-Type: ${type}`], body)).status).toBe(200);
        expect(gate.upstream.onlyRequest.body.toString()).toBe(body);
        expect(gate.upstream.onlyRequest.all('content-type')).toEqual([type]);
        gate.upstream.clear();
      }
    },
  );

  it('PRX-16, SEC-B4.11 a client that does not read slows the upstream, and gets every byte in the end', async () => {
    const total = 64 * MIB;
    let written = 0;
    gate.upstream.script = (_request, socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${total}\r\n\r\n`);
      const chunk = Buffer.alloc(256 * 1024, 'x');
      const pump = (): void => {
        while (written < total) {
          written += chunk.length;
          if (!socket.write(chunk)) {
            socket.once('drain', pump);
            return;
          }
        }
      };
      pump();
    };
    const connection = await RawConnection.open(gate.port);
    connection.socket.pause();
    connection.write(gate.aliceText('GET /big'));
    await sleep(600);
    expect(written).toBeLessThan(MAX_IN_FLIGHT);
    let received = 0;
    connection.socket.removeAllListeners('data');
    connection.socket.on('data', (chunk) => {
      received += chunk.length;
    });
    connection.socket.resume();
    for (let wait = 0; wait < 300 && received < total; wait += 1) await sleep(10);
    expect(received).toBeGreaterThanOrEqual(total);
    connection.close();
  });

  it('PRX-16 an upstream that does not read slows the client', async () => {
    gate.upstream.early = true;
    gate.upstream.script = (_request, socket) => socket.pause();
    const connection = await RawConnection.open(gate.port);
    const total = 64 * MIB;
    connection.write(gate.aliceText('POST /upload', [gate.ownOrigin, `Content-Length: ${total}`]));
    const chunk = Buffer.alloc(256 * 1024, 'x');
    let written = 0;
    const pump = (): void => {
      while (written < total && connection.ending === 'open') {
        written += chunk.length;
        if (!connection.socket.write(chunk)) {
          connection.socket.once('drain', pump);
          return;
        }
      }
    };
    pump();
    await sleep(600);
    expect(written).toBeLessThan(MAX_IN_FLIGHT);
    connection.reset();
    for (const each of gate.upstream.connections) each.socket.destroy();
    await sleep(10);
  });

  it('PRX-U21, PRX-18 a 413 during an upload of 20 MB reaches the client', async () => {
    gate.upstream.early = true;
    gate.upstream.script = (_request, socket) => {
      socket.pause();
      socket.write('HTTP/1.1 413 Payload Too Large\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno');
      setTimeout(() => socket.destroy(), 100);
    };
    const connection = await RawConnection.open(gate.port);
    connection.write(gate.aliceText('POST /upload', [gate.ownOrigin, `Content-Length: ${20 * MIB}`]));
    for (let part = 0; part < 20 && connection.ending === 'open'; part += 1) connection.write(Buffer.alloc(MIB, 'x'));
    expect((await connection.answer('POST')).status).toBe(413);
    // Then the rest is drained, or the connection closed; never left standing.
    for (let wait = 0; wait < 150 && connection.ending === 'open' && connection.socket.writableLength > 0; wait += 1) await sleep(10);
    expect(connection.ending !== 'open' || connection.socket.writableLength === 0).toBe(true);
    connection.close();
    await sleep(150);
    gate.upstream.clear();
    expect((await gate.sendAsAlice('GET /after')).status).toBe(200);
  });

  it('PRX-42 answers of pipelined requests come in order, and a slow one does not damage the next', async () => {
    gate.upstream.script = (request, socket) => {
      setTimeout(() => socket.write(answerText('200 OK', [], request.target)), request.target === '/slow' ? 200 : 0);
    };
    const connection = await RawConnection.open(gate.port);
    connection.write(['/slow', '/b', '/c'].map((target) => gate.aliceText(`GET ${target}`)).join(''));
    const bodies = [await connection.answer(), await connection.answer(), await connection.answer()].map((answer) => answer.body);
    expect(bodies).toEqual(['/slow', '/b', '/c']);
    connection.close();
  });

  it('PRX-39 the upstream connection is kept for the next request', async () => {
    await gate.sendAsAlice('GET /first');
    await gate.sendAsAlice('GET /second');
    const [first, second] = gate.upstream.requests;
    expect(second?.connection).toBe(first?.connection);
  });

  it('PRX-37 a body that looks like an answer stays a body', async () => {
    const body = 'HTTP/1.1 200 OK\r\nX-WEBAUTH-USER: admin\r\n\r\n';
    gate.upstream.script = replyWith(answerText('200 OK', [], body));
    expect((await gate.sendAsAlice('GET /d/x')).body).toBe(body);
  });
});

describe('a full pool', () => {
  const gate = useGate({ upstream: { maxSockets: 1, maxQueue: 2 } });

  it('PRX-H6 three POSTs over one upstream connection each keep their user, and the process lives', async () => {
    gate.upstream.script = (_request, socket) => {
      setTimeout(() => socket.write(OK), 50);
    };
    const sends = ['a', 'b', 'c'].map((body) => gate.sendAsAlice('POST /x', [gate.ownOrigin, 'X-WEBAUTH-USER: admin'], body));
    expect((await Promise.all(sends)).map((sent) => sent.status)).toEqual([200, 200, 200]);
    expect(gate.upstream.requests.map((request) => request.all('x-webauth-user'))).toEqual([['alice'], ['alice'], ['alice']]);
    expect(gate.upstream.connections.length).toBe(1);
  });

  it('PRX-28, PRX-39 what does not fit into the queue gets 503 at once', async () => {
    let release: () => void = () => {};
    gate.upstream.script = (_request, socket) => {
      release = () => socket.write(OK);
      if (gate.upstream.requests.length > 1) release();
    };
    const sends = Array.from({ length: 5 }, () => gate.sendAsAlice('GET /x'));
    const refused = await Promise.race(sends.map(async (sent) => ((await sent).status === 503 ? sent : new Promise<never>(() => {}))));
    expect(Number(refused.header('retry-after'))).toBeGreaterThan(0);
    release();
    const statuses = (await Promise.all(sends)).map((sent) => sent.status).sort();
    expect(statuses).toEqual([200, 200, 200, 503, 503]);
  });
});
