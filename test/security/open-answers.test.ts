// Whatever is still on its way when a session ends, ends with it: an answer's type is the upstream's to choose, so it
// decides nothing.

import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { RawConnection } from '../support/raw-client.ts';
import { answerText } from '../support/recording-upstream.ts';
import { useGate } from '../support/start-gate.ts';

const gate = useGate();

describe('log-out', () => {
  it.each(['application/x-ndjson', 'multipart/x-mixed-replace; boundary=b', 'Text/Event-Stream', 'text/plain'])(
    'SEC-R9, SEC-B8.3 ends an answer of type %s that is under way',
    async (type) => {
      gate.upstream.script = (_request, socket) => {
        socket.write(`HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n`);
      };
      const cookie = await gate.signIn('alice', ['operators']);
      const stream = await RawConnection.open(gate.port);
      stream.write(gate.text('GET /stream', [`Cookie: ${cookie}`]));
      await stream.waitFor('one');
      const sent = await gate.send('POST /_gate/logout', [`Cookie: ${cookie}`, gate.ownOrigin]);
      expect(sent.status).toBeLessThan(400);
      expect(await stream.waitForEnd(1000)).not.toBe('open');
    },
  );

  it('lets the answers of other sessions go on', async () => {
    let finish = (): void => {};
    gate.upstream.script = (_request, socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n');
      finish = () => socket.write('3\r\ntwo\r\n0\r\n\r\n');
    };
    const [leaving, staying] = [await gate.signIn('bob', ['operators']), await gate.signIn('alice', ['operators'])];
    const stream = await RawConnection.open(gate.port);
    stream.write(gate.text('GET /stream', [`Cookie: ${staying}`]));
    await stream.waitFor('one');
    await gate.send('POST /_gate/logout', [`Cookie: ${leaving}`, gate.ownOrigin]);
    await sleep(50);
    finish();
    await stream.waitFor('two');
    expect(stream.ending).toBe('open');
    stream.close();
  });
});

describe('an upstream that frames badly', () => {
  it.each([
    ['HEAD', 'HEAD /a', [], ''],
    ['a GET with a body', 'GET /a', ['Content-Length: 62'], `${'G'.repeat(62)}`],
    ['a DELETE with a body', 'DELETE /a', ['Content-Length: 2'], 'xx'],
  ])('PRX-14 meets %s on a connection that nobody else gets', async (_name, line, headers, body) => {
    gate.upstream.script = (_request, socket) => {
      socket.write(answerText('200 OK', [], ''));
    };
    await gate.sendAsAlice(line, [gate.ownOrigin, ...headers], body);
    const [first] = gate.upstream.connections.filter((each) => each.bytes.length > 0);
    expect(await gate.upstream.waitUntil(() => first?.closed === true, 1000)).toBe(true);
    await gate.sendAsAlice('GET /after');
    expect(gate.upstream.requests.at(-1)?.connection).not.toBe(first);
  });
});

describe('one session', () => {
  it('SEC-B9.3 cannot take all connections to an upstream', async () => {
    const { TestGate } = await import('../support/start-gate.ts');
    const small = new TestGate({ upstream: { maxSockets: 16, timeouts: { connect: '1s', firstByte: '5s', idle: '5s' } } });
    await small.start();
    try {
      small.upstream.script = () => {};
      const held = await Promise.all(Array.from({ length: 8 }, () => RawConnection.open(small.port)));
      for (const connection of held) connection.write(small.aliceText('GET /never'));
      await small.upstream.waitUntil((upstream) => upstream.requests.length === 8);
      expect((await small.sendAsAlice('GET /one-more')).status).toBe(429);
      const bob = await small.signIn('bob', ['operators']);
      small.upstream.script = (_request, socket) => {
        socket.write(answerText('200 OK', [], 'ok'));
      };
      expect((await small.send('GET /d/x', [`Cookie: ${bob}`])).status).toBe(200);
      for (const connection of held) connection.reset();
    } finally {
      await small.close();
    }
  });
});
