// One session must not keep the dashboard server busy for everybody, while a page that opens with many requests at once is
// not held up.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseMetrics, readValue } from '../support/metrics-text.ts';
import { RawConnection } from '../support/raw-client.ts';
import { type Sent, useGate } from '../support/start-gate.ts';

const UPGRADE = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='];
const MINUTE_MS = 60_000;

function createClock() {
  let nowMs = Date.now();
  return {
    now: () => nowMs,
    advance(ms: number): void {
      nowMs += ms;
    },
  };
}

describe('limits.requestsPerSecond', () => {
  const clock = createClock();
  const audit = { to: 'file', file: 'audit.log' } as const;
  const gate = useGate({ clock, fromFile: true, config: { audit, limits: { requestsPerSecond: 1, requestBurst: 3 } } });
  const operators = (login: string) => gate.signIn(login, ['operators']);
  const ask = (cookie: string, line = 'GET /api/x', headers: readonly string[] = []): Promise<Sent> =>
    gate.send(line, [`Cookie: ${cookie}`, ...headers]);
  const askAll = async (cookie: string, count: number, line?: string): Promise<number[]> => {
    const statuses: number[] = [];
    while (statuses.length < count) statuses.push((await ask(cookie, line)).status);
    return statuses;
  };

  it('SEC-D8.5 answers what is too much with 429 and Retry-After, and sends none of it upstream', async () => {
    const cookie = await operators('ann');
    expect(await askAll(cookie, 3)).toEqual([200, 200, 200]);
    gate.upstream.clear();
    const refused = await ask(cookie);
    expect(refused.status).toBe(429);
    expect(refused.header('retry-after')).toBe('1');
    expect(refused.header('content-type')).toContain('application/problem+json');
    expect(JSON.parse(refused.body)).toMatchObject({ code: 'FRAMEGATE_TOO_MANY', status: 429 });
    expect(await gate.upstream.allBytes()).toBe('');
    clock.advance(1000);
    expect(await askAll(cookie, 2)).toEqual([200, 429]);
  });

  it('SEC-D8.5 counts each session by itself, of one person too', async () => {
    const [first, second] = [await operators('ben'), await operators('ben')];
    expect(await askAll(first, 4)).toEqual([200, 200, 200, 429]);
    expect(await askAll(second, 4)).toEqual([200, 200, 200, 429]);
  });

  it('SEC-D8.5 answers a frame with a page that tells the host page', async () => {
    const cookie = await operators('cleo');
    await askAll(cookie, 3);
    const refused = await ask(cookie, 'GET /d/plant-a', ['Sec-Fetch-Dest: iframe', 'Sec-Fetch-Mode: navigate', 'Accept: text/html']);
    expect([refused.status, refused.header('retry-after')]).toEqual([429, '1']);
    expect(refused.header('content-type')).toContain('text/html');
    expect(refused.header('content-security-policy')).toContain('frame-ancestors https://host.test');
    expect(refused.body).toContain('framegate:error');
  });

  it('SEC-D8.5 judges before the rules, so that denied requests count', async () => {
    const cookie = await gate.signIn('dora', ['nobody']);
    expect(await askAll(cookie, 4)).toEqual([403, 403, 403, 429]);
  });

  it('SEC-D8.5 counts an upgrade as one request, and its messages not', async () => {
    const cookie = await operators('eve');
    const connection = await RawConnection.open(gate.port);
    connection.write(gate.text('GET /api/live/ws', [gate.ownOrigin, ...UPGRADE, `Cookie: ${cookie}`]));
    expect((await connection.answer()).status).toBe(101);
    // Empty text messages, masked with nothing (RFC 6455 5.2).
    connection.write('\x81\x80\0\0\0\0'.repeat(20));
    expect(await askAll(cookie, 3)).toEqual([200, 200, 429]);
    const refused = await RawConnection.open(gate.port);
    refused.write(gate.text('GET /api/live/ws', [gate.ownOrigin, ...UPGRADE, `Cookie: ${cookie}`]));
    const answer = await refused.answer();
    expect([answer.status, answer.header('retry-after')]).toEqual([429, '1']);
    expect(connection.ending).toBe('open');
    connection.close();
    refused.close();
  });

  it('SEC-D8.5 leaves own routes alone, such as signing out', async () => {
    const cookie = await operators('fay');
    await askAll(cookie, 4);
    expect((await ask(cookie, 'GET /_gate/session', ['Accept: application/json'])).status).toBe(200);
    expect((await ask(cookie, 'POST /_gate/logout', [gate.ownOrigin, 'Accept: application/json'])).status).toBeLessThan(400);
  });

  it('SEC-D8.5, SEC-D11.1 tells the audit log once a minute for each session, and counts every one', async () => {
    const cookie = await operators('gil');
    const lines = () =>
      readFileSync(`${gate.folder}/audit.log`, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { event: string; reason_code?: string; principal?: { name: string }; status?: number })
        .filter(({ event, principal }) => event === 'rate-limit' && principal?.name === 'gil');
    const counted = async () => {
      const families = parseMetrics(await (await fetch(`${gate.adminUrl}/metrics`)).text());
      const labels = { upstream: 'main', code: 'FRAMEGATE_TOO_MANY', reason: 'requests-per-second' };
      return readValue(families, 'framegate_request_errors_total', labels) ?? 0;
    };
    const before = await counted();
    await askAll(cookie, 23);
    expect((await counted()) - before).toBe(20);
    await expect.poll(lines).toEqual([expect.objectContaining({ outcome: 'fail', reason_code: 'requests-per-second', status: 429 })]);
    clock.advance(MINUTE_MS);
    await askAll(cookie, 10);
    await expect.poll(() => lines().length).toBe(2);
  });

  it('SEC-D8.5 changes while the gate runs, and a reload gives nobody a new burst', async () => {
    const cookie = await operators('hal');
    expect(await askAll(cookie, 4)).toEqual([200, 200, 200, 429]);
    await gate.rewrite({ embed: { hosts: ['https://host.test'], title: 'Plants' } });
    expect(await gate.reload()).toBe(true);
    expect(await askAll(cookie, 1)).toEqual([429]);
    await gate.rewrite({ limits: {} });
    expect(await gate.reload()).toBe(true);
    expect(await askAll(cookie, 10)).toEqual(Array.from({ length: 10 }, () => 200));
    await gate.rewrite({});
    expect(await gate.reload()).toBe(true);
    expect(await askAll(cookie, 1)).toEqual([429]);
  });
});

describe('without limits.requestBurst', () => {
  const gate = useGate({ clock: createClock(), config: { limits: { requestsPerSecond: 1 } } });

  it('SEC-D8.5 lets a page open that asks for 43 files and 30 queries at once', async () => {
    const queries = Array.from({ length: 30 }, () => gate.sendAsAlice('POST /api/ds/query', [gate.ownOrigin], '{"queries":[]}'));
    const files = Array.from({ length: 43 }, (_, index) => gate.sendAsAlice(`GET /public/build/${index}.js`));
    const statuses = (await Promise.all([...queries, ...files])).map(({ status }) => status);
    expect(statuses.filter((status) => status === 429)).toEqual([]);
  });
});

describe('without limits.requestsPerSecond', () => {
  const gate = useGate({ clock: createClock() });

  it('SEC-D8.5 counts nothing', async () => {
    const connection = await RawConnection.open(gate.port);
    const count = 600;
    for (let index = 0; index < count; index += 1) connection.write(gate.aliceText('GET /api/x'));
    for (let index = 0; index < count; index += 1) expect((await connection.answer()).status).toBe(200);
    connection.close();
  });
});
