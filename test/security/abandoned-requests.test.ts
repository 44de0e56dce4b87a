// A browser that leaves at a bad moment: while its upload waits for a connection, while its identity is asked for, or
// without ever reading. Each must cost the others nothing: no process, no connection, no place in the queue.

import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { TestHost } from '../library/kit.ts';
import { RawConnection } from '../support/raw-client.ts';
import { answerText, neverReply } from '../support/recording-upstream.ts';
import { useGate } from '../support/start-gate.ts';

describe('an upload that waits for a connection', () => {
  const gate = useGate({ upstream: { maxSockets: 1, maxQueue: 8, timeouts: { connect: '1s', firstByte: '2s', idle: '2s' } } });

  it('PRX-33, SEC-N2 ends with its browser and ends nothing else', async () => {
    gate.upstream.script = neverReply;
    const first = await RawConnection.open(gate.port);
    first.write(gate.aliceText('GET /holds-the-connection'));
    await gate.upstream.waitUntil((upstream) => upstream.requests.length === 1);
    const upload = await RawConnection.open(gate.port);
    upload.write(`${gate.aliceText('POST /waits', [gate.ownOrigin, 'Content-Length: 100000'])}${'x'.repeat(5000)}`);
    await sleep(100);
    upload.reset();
    await sleep(100);
    first.reset();
    gate.upstream.clear();
    expect((await gate.sendAsAlice('GET /after')).status).toBe(200);
  });

  it('PRX-18 that is answered before it is over leaves its connection to the next', async () => {
    gate.upstream.early = true;
    gate.upstream.script = (_request, socket) => {
      socket.write(answerText('413 Payload Too Large', [], 'no'));
    };
    const upload = await RawConnection.open(gate.port);
    upload.write(`${gate.aliceText('POST /early', [gate.ownOrigin, 'Content-Length: 100000'])}${'x'.repeat(5000)}`);
    expect((await upload.answer('POST')).status).toBe(413);
    upload.close();
    gate.upstream.early = false;
    gate.upstream.clear();
    expect((await gate.sendAsAlice('GET /after')).status).toBe(200);
  });
});

describe('a browser that leaves while its identity is asked for', () => {
  it('PRX-31 takes no place in the queue and no socket of the person', async () => {
    const host = new TestHost({
      upstream: { maxSockets: 1, maxQueue: 1 },
      gate: {
        identify: async () => {
          await sleep(60);
          return { login: 'alice', groups: ['operators'] };
        },
      },
    });
    await host.start();
    try {
      for (let round = 0; round < 6; round += 1) {
        const connection = await RawConnection.open(host.port);
        connection.write(`GET /dash/d/x HTTP/1.1\r\nHost: localhost:${host.port}\r\n\r\n`);
        await sleep(10);
        connection.reset();
      }
      await sleep(200);
      const last = await RawConnection.open(host.port);
      last.write(`GET /dash/d/x HTTP/1.1\r\nHost: localhost:${host.port}\r\n\r\n`);
      expect((await last.answer()).status).toBe(200);
      last.close();
    } finally {
      await host.close();
    }
  });
});
