// A request that gets another request's user, because something was kept at module level or on a shared connection
// (Grafana CVE-2022-39328).

import { describe, expect, it } from 'vitest';
import { RawConnection } from '../support/raw-client.ts';
import { answerText } from '../support/recording-upstream.ts';
import { useGate } from '../support/start-gate.ts';

const gate = useGate({ upstream: { maxSockets: 8 } });

describe('SEC-H16 many users over shared connections', () => {
  it('SEC-H16 500 requests of 10 users at a time: each upstream request carries its own user, each answer reaches its own user', async () => {
    const users = await Promise.all(
      Array.from({ length: 10 }, async (_, index) => ({ login: `user${index}`, cookie: await gate.signIn(`user${index}`, ['operators']) })),
    );
    gate.upstream.clear();
    gate.upstream.script = (request, socket) => {
      const user = request.all('x-webauth-user').join('+');
      setTimeout(() => socket.write(answerText('200 OK', [], `${user} ${request.target}`)), (gate.upstream.requests.length * 7) % 5);
    };
    const ask = async (client: number): Promise<void> => {
      const connection = await RawConnection.open(gate.port);
      for (let turn = 0; turn < 25; turn += 1) {
        const { login, cookie } = users[(client * 3 + turn) % users.length] ?? { login: '', cookie: '' };
        const target = `/d/${login}/${client}-${turn}`;
        const forged = turn % 2 === 0 ? ['X-WEBAUTH-USER: admin'] : [];
        connection.write(gate.text(`GET ${target}`, [`Cookie: ${cookie}`, ...forged]));
        expect((await connection.answer()).body).toBe(`${login} ${target}`);
      }
      connection.close();
    };
    await Promise.all(Array.from({ length: 20 }, (_, client) => ask(client)));
    expect(gate.upstream.requests).toHaveLength(500);
    for (const request of gate.upstream.requests) {
      expect(request.target.split('/')[2]).toBe(request.all('x-webauth-user').join('+'));
    }
    expect(gate.upstream.connections.length).toBeLessThanOrEqual(8);
  });

  it('SEC-H16 one client connection carries requests of two users, one of nobody, and each gets its own answer', async () => {
    const bob = await gate.signIn('bob', ['operators']);
    gate.upstream.clear();
    const connection = await RawConnection.open(gate.port);
    connection.write(
      gate.aliceText('GET /a') +
        gate.text('GET /b', [`Cookie: ${bob}`]) +
        gate.text('GET /c', ['Accept: application/json']) +
        gate.aliceText('GET /d'),
    );
    const statuses = [];
    for (let turn = 0; turn < 4; turn += 1) statuses.push((await connection.answer()).status);
    expect(statuses).toEqual([200, 200, 401, 200]);
    const seen = gate.upstream.requests.map((request) => [request.target, request.header('x-webauth-user')]);
    expect(seen.sort()).toEqual([
      ['/a', 'alice'],
      ['/b', 'bob'],
      ['/d', 'alice'],
    ]);
    connection.close();
  });
});
