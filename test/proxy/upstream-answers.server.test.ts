// What an upstream may answer, and what of it a client may see. Status 000 or a control byte in the reason phrase ends
// the process of a gateway that copies them (PRX-H8), a 101 to a plain request hangs it (PRX-H9), and a second answer
// that nobody asked for would be given to the next user.

import { describe, expect, it } from 'vitest';
import { RawConnection } from '../support/raw-client.ts';
import { answerText, replyThenEnd, replyWith, type Script } from '../support/recording-upstream.ts';
import { useGate } from '../support/start-gate.ts';

const gate = useGate({ upstream: { preset: 'generic', timeouts: { firstByte: '2s' } } });

const WITH_LENGTH = 'Content-Length: 2\r\n\r\nok';

describe('an answer that is none: 502', () => {
  const rows: readonly { name: string; script: Script }[] = [
    { name: 'PRX-U1 status 000', script: replyWith(`HTTP/1.1 000 Zero\r\n${WITH_LENGTH}`) },
    { name: 'PRX-U2 status 999', script: replyWith(`HTTP/1.1 999 X\r\n${WITH_LENGTH}`) },
    { name: 'PRX-U2 status 600', script: replyWith(`HTTP/1.1 600 X\r\n${WITH_LENGTH}`) },
    { name: 'PRX-U3 status 1000', script: replyWith(`HTTP/1.1 1000 X\r\n${WITH_LENGTH}`) },
    { name: 'PRX-U3 garbage', script: replyThenEnd('garbage\r\n\r\n') },
    { name: 'PRX-U3 nothing, then FIN', script: replyThenEnd('') },
    { name: 'PRX-U3 half a head, then FIN', script: replyThenEnd('HTTP/1.1 200 OK\r\nContent-') },
    { name: 'PRX-U5 control byte in a value', script: replyWith(`HTTP/1.1 200 OK\r\nX-A: a\x01b\r\n${WITH_LENGTH}`) },
    {
      name: 'PRX-U5 Content-Length and Transfer-Encoding',
      script: replyWith('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n'),
    },
    { name: 'PRX-U5 a header of 20 000 bytes', script: replyWith(`HTTP/1.1 200 OK\r\nX-A: ${'a'.repeat(20_000)}\r\n${WITH_LENGTH}`) },
    {
      name: 'PRX-U6 101 to a plain GET',
      script: replyWith('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'),
    },
    { name: 'PRX-U6 101 without Upgrade', script: replyWith(`HTTP/1.1 101 Switching Protocols\r\n\r\nHTTP/1.1 200 OK\r\n${WITH_LENGTH}`) },
    {
      name: 'PRX-U7 Transfer-Encoding: gzip, chunked',
      script: replyWith('HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n'),
    },
    {
      name: 'PRX-U5 two different Content-Length',
      script: replyWith('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok'),
    },
    { name: 'PRX-24 HTTP/2 preface', script: replyThenEnd('\x00\x00\x12\x04\x00\x00\x00\x00\x00') },
  ];

  for (const { name, script } of rows) {
    it(`${name}`, async () => {
      gate.upstream.script = script;
      const sent = await gate.sendAsAlice('GET /d/x');
      expect(sent.status).toBe(502);
      expect(sent.complete).toBe(true);
      gate.upstream.clear();
      expect((await gate.sendAsAlice('GET /after')).status).toBe(200);
    });
  }
});

describe('an answer with flaws', () => {
  it.each(['caf\xe9\x01', 'caf\xe9', ''])('PRX-U4, PRX-24 reason phrase %j: 200 with the standard phrase', async (phrase) => {
    gate.upstream.script = replyWith(`HTTP/1.1 200 ${phrase}\r\n${WITH_LENGTH}`);
    const sent = await gate.sendAsAlice('GET /d/x');
    if (phrase.includes('\x01')) expect([200, 502]).toContain(sent.status);
    else expect(sent.status).toBe(200);
    expect(sent.reason).toBe(sent.status === 200 ? 'OK' : 'Bad Gateway');
  });

  it('PRX-24 a reason phrase with script in it does not pass', async () => {
    gate.upstream.script = replyWith('HTTP/1.1 404 <script>alert(1)</script>\r\nContent-Length: 0\r\n\r\n');
    const sent = await gate.sendAsAlice('GET /d/x');
    expect([sent.status, sent.reason]).toEqual([404, 'Not Found']);
  });

  it('PRX-U8 a second answer after the first is nobody else answer, and its connection is not used again', async () => {
    gate.upstream.script = replyWith(`${answerText('200 OK', [], 'ok')}HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nEVIL`);
    const first = await gate.sendAsAlice('GET /first');
    expect([first.status, first.body]).toEqual([200, 'ok']);
    const poisoned = gate.upstream.onlyRequest.connection;
    gate.upstream.script = replyWith(answerText('200 OK', [], 'mine'));
    const second = await gate.sendAsAlice('GET /second');
    expect(second.body).toBe('mine');
    expect(gate.upstream.requests[1]?.connection).not.toBe(poisoned);
  });

  it.each(['HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n', 'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n'])(
    'PRX-U9, PRX-19 204 has no body and no framing, and the connection goes on (%#)',
    async (bytes) => {
      gate.upstream.script = replyWith(bytes);
      const connection = await RawConnection.open(gate.port);
      connection.write(gate.aliceText('GET /d/x'));
      const answer = await connection.answer();
      expect(answer.status).toBe(204);
      expect(answer.header('transfer-encoding')).toBeUndefined();
      gate.upstream.clear();
      connection.write(gate.aliceText('GET /after'));
      expect((await connection.answer()).body).toBe('ok');
      connection.close();
    },
  );

  it('PRX-U10, PRX-19 304 keeps Content-Length and ETag and has no body', async () => {
    gate.upstream.script = replyWith('HTTP/1.1 304 Not Modified\r\nContent-Length: 5000\r\nETag: "a"\r\n\r\n');
    const connection = await RawConnection.open(gate.port);
    connection.write(gate.aliceText('GET /public/build/x.js', ['If-None-Match: "a"']));
    const answer = await connection.answer();
    expect([answer.status, answer.header('content-length'), answer.header('etag')]).toEqual([304, '5000', '"a"']);
    expect(answer.header('transfer-encoding')).toBeUndefined();
    gate.upstream.clear();
    connection.write(gate.aliceText('GET /after'));
    expect((await connection.answer()).body).toBe('ok');
    connection.close();
  });

  it('PRX-19 HEAD keeps Content-Length and has no body', async () => {
    gate.upstream.script = replyWith('HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n');
    const connection = await RawConnection.open(gate.port);
    connection.write(gate.aliceText('HEAD /d/x'));
    const answer = await connection.answer('HEAD');
    expect([answer.status, answer.header('content-length'), answer.header('transfer-encoding')]).toEqual([200, '5000', undefined]);
    gate.upstream.clear();
    connection.write(gate.aliceText('GET /after'));
    expect((await connection.answer()).body).toBe('ok');
    connection.close();
  });

  it('PRX-U11, PRX-24 1xx before the answer: 103 always treated the same way, the others dropped, the answer whole', async () => {
    gate.upstream.script = replyWith(
      `HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n${answerText('200 OK', [], 'ok')}`,
    );
    const first = await gate.sendAsAlice('GET /d/x');
    const second = await gate.sendAsAlice('GET /d/x');
    for (const sent of [first, second]) expect([sent.status, sent.body]).toEqual([200, 'ok']);
    expect(first.interim).toEqual(second.interim);
    expect(first.interim.filter((status) => status !== 103)).toEqual([]);
  });

  it('PRX-U15, PRX-23 several Set-Cookie and WWW-Authenticate stay lines of their own, in order', async () => {
    const lines = [
      'Set-Cookie: a=1',
      'WWW-Authenticate: Basic realm="a, b"',
      'X-Dup: 1',
      'Set-Cookie: b=2',
      'WWW-Authenticate: Bearer',
      'X-Dup: 2',
    ];
    gate.upstream.script = replyWith(answerText('200 OK', lines, 'ok'));
    const sent = await gate.sendAsAlice('GET /d/x');
    expect(sent.all('set-cookie').map((line) => line.split(';')[0])).toEqual(['a=1', 'b=2']);
    expect(sent.all('www-authenticate')).toEqual(['Basic realm="a, b"', 'Bearer']);
    expect(sent.all('x-dup').join(', ')).toBe('1, 2');
  });

  for (const { name, bytes } of [
    { name: 'chunked', bytes: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;ext=1\r\nhello\r\n6\r\n world\r\n0\r\n\r\n' },
    { name: 'a length', bytes: answerText('200 OK', [], 'hello world') },
  ]) {
    it(`PRX-16 a body with ${name} arrives whole`, async () => {
      gate.upstream.script = replyWith(bytes);
      const sent = await gate.sendAsAlice('GET /d/x');
      expect([sent.body, sent.complete]).toEqual(['hello world', true]);
    });
  }

  it('PRX-16 a body that ends with the connection (HTTP/1.0) arrives whole', async () => {
    gate.upstream.script = replyThenEnd('HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nhello world');
    const sent = await gate.sendAsAlice('GET /d/x');
    expect([sent.body, sent.complete]).toEqual(['hello world', true]);
  });

  it.each(['__proto__: 1', 'constructor: 1', 'toString: 1', 'hasOwnProperty: 1'])(
    'SEC-B19.1 a header named %s does no harm',
    async (line) => {
      gate.upstream.script = replyWith(answerText('200 OK', [line], 'ok'));
      expect((await gate.sendAsAlice('GET /d/x')).body).toBe('ok');
    },
  );
});
