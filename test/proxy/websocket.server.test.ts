// After 101 the gate is a pipe, and before it a gateway: bytes in order both ways, either end's death is the other's,
// and a peer that vanishes at the wrong moment neither ends the process (PRX-H13) nor leaves a socket behind (PRX-V5).

import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { CLOSING_MS, measureClosing } from '../support/closing-time.ts';
import { RawConnection } from '../support/raw-client.ts';
import { acceptUpgrade, neverReply, replyThenEnd, replyThenReset, replyWith, type Script } from '../support/recording-upstream.ts';
import { useGate } from '../support/start-gate.ts';

const gate = useGate({
  upstream: { preset: 'generic', timeouts: { firstByte: '400ms', idle: '300ms' } },
  config: { session: { secret: 'a secret of the tests, 32 bytes or longer', maxSockets: 100 } },
});

const UPGRADE = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='];

async function startUpgrade(earlyBytes = ''): Promise<RawConnection> {
  const connection = await RawConnection.open(gate.port);
  connection.write(gate.aliceText('GET /ws', [gate.ownOrigin, ...UPGRADE]) + earlyBytes);
  return connection;
}

async function openTunnel(): Promise<RawConnection> {
  const connection = await startUpgrade();
  expect((await connection.answer()).status).toBe(101);
  return connection;
}

const upstreamIsClosed = (): Promise<boolean> => gate.upstream.waitUntil((upstream) => upstream.openConnections === 0, 500);

describe('the upstream dies', () => {
  it.each(['reset', 'end'] as const)('PRX-W1, PRX-36 %s after 101: the client is closed within 100 ms', async (way) => {
    const ms = await measureClosing(async () => {
      gate.upstream.clear();
      const { socket: watched } = await openTunnel();
      const { socket } = gate.upstream.onlyRequest.connection;
      return { watched, cut: () => (way === 'reset' ? socket.resetAndDestroy() : socket.end()) };
    });
    expect(ms).toBeLessThanOrEqual(CLOSING_MS);
    expect(await upstreamIsClosed()).toBe(true);
  });

  const before: readonly { name: string; script: Script; status: number[] }[] = [
    { name: 'PRX-W2 RST before 101', script: replyThenReset(''), status: [502] },
    { name: 'PRX-W2 FIN before 101', script: replyThenEnd(''), status: [502] },
    { name: 'PRX-U1 status 000', script: replyWith('HTTP/1.1 000 Zero\r\nContent-Length: 0\r\n\r\n'), status: [502] },
    { name: 'PRX-U2 status 999', script: replyWith('HTTP/1.1 999 X\r\nContent-Length: 0\r\n\r\n'), status: [502] },
    { name: 'PRX-U3 garbage', script: replyThenEnd('garbage\r\n\r\n'), status: [502] },
    {
      name: 'PRX-U5 control byte in a value',
      script: replyWith('HTTP/1.1 403 X\r\nX-A: a\x01b\r\nContent-Length: 0\r\n\r\n'),
      status: [502],
    },
    { name: 'PRX-U18 nothing', script: neverReply, status: [504] },
  ];

  for (const { name, script, status } of before) {
    it(`${name}: refused and closed, the process lives, nothing is left`, async () => {
      gate.upstream.script = script;
      const connection = await startUpgrade();
      expect(status).toContain((await connection.answer()).status);
      expect(await connection.waitForEnd(1000)).not.toBe('open');
      expect(await upstreamIsClosed()).toBe(true);
    });
  }
});

describe('the upstream refuses', () => {
  it('PRX-W3, PRX-N15 502, then FIN: relayed with valid framing, closed', async () => {
    gate.upstream.script = replyThenEnd('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 3\r\n\r\nbad');
    const connection = await startUpgrade();
    const answer = await connection.answer();
    expect([answer.status, answer.body, answer.complete]).toEqual([502, 'bad', true]);
    expect(await connection.waitForEnd(1000)).not.toBe('open');
  });

  it('PRX-W4 401 that dies within its body: relayed and cut, nothing is left', async () => {
    gate.upstream.script = replyThenReset('HTTP/1.1 401 Unauthorized\r\nContent-Length: 300\r\n\r\nabc');
    const connection = await startUpgrade();
    const answer = await connection.answer();
    if (answer.status === 401) expect(answer.complete).toBe(false);
    else expect([0, 502]).toContain(answer.status);
    expect(await connection.waitForEnd(1000)).not.toBe('open');
    expect(await upstreamIsClosed()).toBe(true);
  });

  it('PRX-W5, PRX-H14 200 chunked: valid framing, closed, never a tunnel', async () => {
    gate.upstream.script = replyWith('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-Frame-Options: deny\r\n\r\n3\r\nabc\r\n0\r\n\r\n');
    const connection = await startUpgrade();
    const answer = await connection.answer();
    expect([answer.status, answer.body, answer.complete]).toEqual([200, 'abc', true]);
    expect(answer.header('connection')).toMatch(/close/i);
    expect(answer.header('x-frame-options')).toBeUndefined();
    expect(answer.header('content-security-policy')).toContain('frame-ancestors https://host.test');
    expect(await connection.waitForEnd(1000)).not.toBe('open');
  });

  it('PRX-V8 a refusal carries no Connection: Upgrade and no cookie of ours', async () => {
    gate.upstream.script = replyWith(
      'HTTP/1.1 403 Forbidden\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSet-Cookie: __Host-framegate=evil\r\nContent-Length: 0\r\n\r\n',
    );
    const connection = await startUpgrade();
    const answer = await connection.answer();
    expect(answer.status).toBe(403);
    expect(answer.header('connection')).not.toMatch(/upgrade/i);
    expect(answer.header('set-cookie')).toBeUndefined();
    connection.close();
  });
});

describe('the client dies', () => {
  it.each(['reset', 'close'] as const)(
    'PRX-W6, PRX-H13 %s before 101: the upstream is closed within 100 ms, the process lives',
    async (way) => {
      const ms = await measureClosing(async () => {
        gate.upstream.clear();
        gate.upstream.script = neverReply;
        const client = await startUpgrade();
        await gate.upstream.waitUntil((upstream) => upstream.requests.length === 1);
        return { watched: gate.upstream.onlyRequest.connection.socket, cut: () => client[way]() };
      });
      expect(ms).toBeLessThanOrEqual(CLOSING_MS);
      expect(await upstreamIsClosed()).toBe(true);
    },
  );

  it.each(['reset', 'close'] as const)('PRX-W7 %s after 101: the upstream is closed within 100 ms', async (way) => {
    const ms = await measureClosing(async () => {
      gate.upstream.clear();
      const client = await openTunnel();
      return { watched: gate.upstream.onlyRequest.connection.socket, cut: () => client[way]() };
    });
    expect(ms).toBeLessThanOrEqual(CLOSING_MS);
    expect(await upstreamIsClosed()).toBe(true);
  });

  it('PRX-W7, PRX-N14 reset before 101, and then the upstream answers 401: both sides are closed', async () => {
    let answerLate: () => void = () => {};
    gate.upstream.script = (_request, socket) => {
      answerLate = () => socket.write('HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno');
    };
    const connection = await startUpgrade();
    await gate.upstream.waitUntil((upstream) => upstream.requests.length === 1);
    connection.reset();
    answerLate();
    expect(await upstreamIsClosed()).toBe(true);
  });

  it('PRX-36 half a close of the client closes both ways', async () => {
    const connection = await openTunnel();
    connection.socket.end();
    expect(await upstreamIsClosed()).toBe(true);
  });

  it('PRX-33 reset at once after the request, many times: the process lives and nothing is left', async () => {
    for (let round = 0; round < 30; round += 1) {
      const connection = await startUpgrade();
      if (round % 3 > 0) await sleep(round % 3);
      connection.reset();
    }
    await sleep(30);
    expect(await upstreamIsClosed()).toBe(true);
    (await openTunnel()).close();
  });
});

describe('the tunnel', () => {
  it('PRX-W9, PRX-37 bytes that come with the request and with the 101 arrive, in order', async () => {
    gate.upstream.script = acceptUpgrade('PUSH');
    const connection = await startUpgrade('\x81\x85early');
    expect((await connection.answer()).status).toBe(101);
    connection.write('-later');
    await connection.waitFor('PUSH');
    const upstream = gate.upstream.onlyRequest.connection;
    await gate.upstream.waitUntil(() => upstream.tunnelled.includes('-later'));
    expect(upstream.tunnelled.toString('latin1')).toBe('\x81\x85early-later');
    upstream.socket.write('-MORE');
    expect(await connection.waitFor('-MORE')).toBe('PUSH-MORE');
    connection.close();
  });

  it('PRX-37 any bytes pass unchanged both ways, 1 MiB of them', async () => {
    const connection = await openTunnel();
    const upstream = gate.upstream.onlyRequest.connection;
    const bytes = Buffer.alloc(1024 * 1024, Buffer.from(Array.from({ length: 251 }, (_, index) => index)));
    connection.write(bytes);
    await gate.upstream.waitUntil(() => upstream.tunnelled.length >= bytes.length);
    expect(upstream.tunnelled.equals(bytes)).toBe(true);
    upstream.socket.write(Buffer.concat([bytes, Buffer.from('END')]));
    const received = await connection.waitFor('END');
    expect(Buffer.from(received, 'latin1').subarray(0, -3).equals(bytes)).toBe(true);
    connection.close();
  });

  it('PRX-30 neither the header timeout nor the idle timeout ends it', async () => {
    const connection = await openTunnel();
    await sleep(700);
    expect(connection.ending).toBe('open');
    connection.close();
  });

  it('PRX-38 each socket has an upstream connection of its own, never one of the pool', async () => {
    await gate.sendAsAlice('GET /pooled');
    const pooled = gate.upstream.onlyRequest.connection;
    const connections = [await openTunnel(), await openTunnel()];
    const used = gate.upstream.requests.map((request) => request.connection);
    expect(new Set(used).size).toBe(3);
    for (const connection of connections) connection.close();
    expect(await gate.upstream.waitUntil((upstream) => upstream.openConnections === 1, 500)).toBe(true);
    expect(pooled.closed).toBe(false);
    pooled.socket.destroy();
    await sleep(20);
  });

  it('PRX-36 100 openings and closings leave nothing', async () => {
    for (let round = 0; round < 100; round += 1) {
      const connection = await startUpgrade();
      if ((await connection.answer()).status !== 101) throw new Error(`opening ${round} was refused`);
      if (round % 2 === 0) connection.close();
      else connection.reset();
      if (round % 10 === 9) await upstreamIsClosed();
    }
    expect(await upstreamIsClosed()).toBe(true);
  });
});
