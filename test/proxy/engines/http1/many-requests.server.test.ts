// What a request leaves behind when it is over: nothing. And bytes that nobody asked for end their connection, whenever
// they come.

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RawConnection } from '../../../support/raw-client.ts';
import { answerText, replyWith } from '../../../support/recording-upstream.ts';
import { useGate } from '../../../support/start-gate.ts';

describe('many requests', () => {
  const gate = useGate({ upstream: { preset: 'generic' } });
  const warnings: string[] = [];
  const note = ({ message }: Error): void => {
    warnings.push(message);
  };
  beforeAll(() => process.on('warning', note));
  afterAll(() => process.off('warning', note));

  const resources = () => process.getActiveResourcesInfo().sort();

  it('PRX-31, PRX-33 leave no timer, no socket and no listener behind', async () => {
    const connection = await RawConnection.open(gate.port);
    const ask = async (text: string, method: string): Promise<void> => {
      connection.write(text);
      expect((await connection.answer(method)).status).toBe(200);
    };
    const round = async (): Promise<void> => {
      for (let each = 0; each < 100; each += 1) {
        await ask(gate.aliceText('GET /a'), 'GET');
        await ask(gate.aliceText('POST /b', [gate.ownOrigin], 'x'.repeat(each * 100)), 'POST');
      }
    };
    await round();
    const before = resources();
    await round();
    await round();
    expect(await gate.upstream.waitUntil(() => resources().length <= before.length)).toBe(true);
    expect(new Set(gate.upstream.requests.map((request) => request.connection)).size).toBeLessThanOrEqual(2);
    connection.close();
    await sleep(5);
    expect(warnings).toEqual([]);
  });
});

describe('a free connection', () => {
  const gate = useGate({ upstream: { preset: 'generic' } });

  it.each([answerText('200 OK', [], 'EVIL'), 'HTTP/1.1 408 Request Timeout\r\n\r\n', '\r\n'])(
    'PRX-U8 that brings bytes which nobody asked for is closed, and they are nobody else answer (%j)',
    async (bytes) => {
      await gate.sendAsAlice('GET /first');
      const free = gate.upstream.onlyRequest.connection;
      free.socket.write(bytes);
      expect(await gate.upstream.waitUntil(() => free.closed, 1000)).toBe(true);
      gate.upstream.script = replyWith(answerText('200 OK', [], 'mine'));
      expect((await gate.sendAsAlice('GET /second')).body).toBe('mine');
    },
  );
});
