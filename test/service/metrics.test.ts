// What a running gate has counted, as Prometheus reads it: each kind of traffic is sent for real and read as a number.

import { describe, expect, it, vi } from 'vitest';
import { askAdmin } from '../admin/ask.ts';
import { newAsset, replyWithAsset } from '../proxy/asset-kit.ts';
import { clientFrame } from '../proxy/client-frame.ts';
import { type Family, parseMetrics, readValue } from '../support/metrics-text.ts';
import { openSocket } from '../support/open-connections.ts';
import { RawConnection } from '../support/raw-client.ts';
import { acceptUpgrade, answerText, replyThenEnd, replyWith } from '../support/recording-upstream.ts';
import { PASSWORD } from '../support/start-gate.ts';
import { OPERATORS, useFileGate } from './reload-kit.ts';

const VIEWERS = {
  name: 'viewers',
  who: { users: ['vera'] },
  may: ['view' as const],
  on: { dashboards: ['plant-a'], dataSources: ['prom'] },
};
const { gate } = useFileGate({
  config: { access: { rules: [OPERATORS, VIEWERS] }, limits: { failedLogins: '1 per 15m' }, audit: { to: 'off' } },
});

type Metrics = ReadonlyMap<string, Family>;

async function readText(): Promise<string> {
  const { status, text } = await askAdmin(gate.adminUrl, '/metrics');
  expect(status).toBe(200);
  return text;
}
const read = async (): Promise<Metrics> => parseMetrics(await readText());

/** By how much a number grows, or, for those that may, falls. Waits for it: the end of an answer is counted after it was read. */
async function expectGrowth(before: Metrics, name: string, labels: Record<string, string>, by: number): Promise<void> {
  const grown = (after: Metrics) => (readValue(after, name, labels) ?? 0) - (readValue(before, name, labels) ?? 0);
  let growth: number | undefined;
  const hasGrown = async () => {
    growth = grown(await read());
    return growth === by;
  };
  await vi.waitUntil(hasGrown, { timeout: 3000, interval: 20 }).catch(() => {});
  expect(growth, `${name} ${JSON.stringify(labels)}`).toBe(by);
}
const requests = (outcome: string, code: string, upstream = 'main') => ['framegate_requests_total', { upstream, outcome, code }] as const;

async function logIn(password: string): Promise<number> {
  const page = await gate.send('GET /_gate/login', ['Accept: application/json']);
  const { csrf } = JSON.parse(page.body) as { csrf: string };
  const cookie = page.all('set-cookie').map((line) => line.split(';')[0]);
  const headers = [
    'Content-Type: application/x-www-form-urlencoded',
    'Accept: application/json',
    gate.ownOrigin,
    `Cookie: ${cookie.join('; ')}`,
  ];
  return (await gate.send('POST /_gate/login', headers, new URLSearchParams({ username: 'pat', password, csrf }).toString())).status;
}

describe('the metrics of a running gate', () => {
  it('count requests by how they ended, with the errors behind it', async () => {
    const vera = `Cookie: ${await gate.signIn('vera', [])}`;
    const before = await read();
    expect((await gate.sendAsAlice('GET /d/plant-a/x')).status).toBe(200);
    expect((await gate.send('GET /d/plant-b/x', [vera])).status).toBe(403);
    expect((await gate.send('GET /api/x', ['Accept: application/json'])).status).toBe(401);
    expect((await gate.sendAsAlice('GET /d/%00')).status).toBe(400);
    gate.upstream.script = replyThenEnd('garbage\r\n\r\n');
    expect((await gate.sendAsAlice('GET /api/x')).status).toBe(502);
    gate.upstream.script = replyWith(answerText('503 Service Unavailable'));
    expect((await gate.sendAsAlice('GET /api/x')).status).toBe(503);
    await expectGrowth(before, ...requests('allowed', '2xx'), 1);
    await expectGrowth(before, ...requests('allowed', '5xx'), 1);
    await expectGrowth(before, ...requests('denied', '4xx'), 1);
    await expectGrowth(before, ...requests('signed-out', '4xx'), 1);
    await expectGrowth(before, ...requests('refused', '4xx', ''), 1);
    await expectGrowth(before, ...requests('failed', '5xx'), 1);
    await expectGrowth(before, 'framegate_request_errors_total', { upstream: '', code: 'FRAMEGATE_BAD_REQUEST' }, 1);
    await expectGrowth(before, 'framegate_request_errors_total', { upstream: 'main', code: 'FRAMEGATE_UPSTREAM_PROTOCOL' }, 1);
    await expectGrowth(before, 'framegate_request_duration_seconds_count', { upstream: 'main' }, 2);
    await expectGrowth(before, 'framegate_decision_duration_seconds_count', { upstream: 'main' }, 3);
  });

  it('count what browsers give up, apart from what fails', async () => {
    const before = await read();
    gate.upstream.script = () => {};
    const connection = await RawConnection.open(gate.port);
    connection.write(gate.aliceText('GET /api/slow'));
    await gate.upstream.waitUntil((upstream) => upstream.requests.length === 1);
    connection.reset();
    await expectGrowth(before, ...requests('aborted', '4xx'), 1);
    await expectGrowth(before, ...requests('failed', '5xx'), 0);
  });

  it('tell what is open: WebSockets, event streams and connections', async () => {
    const before = await read();
    const socket = await openSocket(gate, gate.alice);
    await expectGrowth(before, 'framegate_live_connections', { kind: 'websocket' }, 1);
    await expectGrowth(before, ...requests('allowed', '1xx'), 1);
    gate.upstream.script = (_request, upstream) =>
      upstream.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nevent\r\n');
    const stream = await RawConnection.open(gate.port);
    stream.write(gate.aliceText('GET /api/stream'));
    await expectGrowth(before, 'framegate_live_connections', { kind: 'event-stream' }, 1);
    expect(readValue(await read(), 'framegate_upstream_connections', { upstream: 'main', state: 'busy' })).toBe(1);
    expect(readValue(await read(), 'framegate_upstream_waiting_requests', { upstream: 'main' })).toBe(0);
    socket.reset();
    stream.reset();
    await expectGrowth(before, 'framegate_live_connections', { kind: 'websocket' }, 0);
    await expectGrowth(before, 'framegate_live_connections', { kind: 'event-stream' }, 0);
    // An event stream lasts as long as somebody looks: it says nothing about how fast answers are.
    await expectGrowth(before, 'framegate_request_duration_seconds_count', { upstream: 'main' }, 0);
  });

  it('count commands on a WebSocket that are not let through', async () => {
    const vera = await gate.signIn('vera', []);
    const before = await read();
    gate.upstream.script = acceptUpgrade();
    const socket = await openSocket(gate, vera);
    const query = { id: 3, rpc: { method: 'grafana.query', data: { queries: [{ refId: 'A', datasource: { uid: 'secret' } }] } } };
    socket.write(clientFrame(JSON.stringify(query)));
    await expectGrowth(before, 'framegate_socket_messages_refused_total', { upstream: 'main' }, 1);
    socket.reset();
  });

  it('count sign-ins by method and outcome, and the sessions that these begin and end', async () => {
    const before = await read();
    const signIns = (method: string, outcome: string) => ['framegate_sign_ins_total', { method, outcome }] as const;
    const vera = await gate.signIn('vera', []);
    expect(await logIn(PASSWORD)).toBe(200);
    expect(await logIn('wrong')).toBe(401);
    expect(await logIn('wrong')).toBe(429);
    expect((await gate.send('POST /_gate/logout', [`Cookie: ${vera}`, gate.ownOrigin])).status).toBeLessThan(400);
    await expectGrowth(before, ...signIns('ticket', 'accepted'), 1);
    await expectGrowth(before, ...signIns('password', 'accepted'), 1);
    await expectGrowth(before, ...signIns('password', 'refused'), 1);
    await expectGrowth(before, ...signIns('password', 'throttled'), 1);
    await expectGrowth(before, 'framegate_sessions_started_total', { method: 'ticket' }, 1);
    await expectGrowth(before, 'framegate_sessions_ended_total', { reason: 'signed-out' }, 1);
    await expectGrowth(before, 'framegate_sessions', {}, 1);
    await expectGrowth(before, 'framegate_own_requests_total', { code: '4xx' }, 2);
  });

  it('count orders to end sessions', async () => {
    await gate.signIn('zoe', []);
    const before = await read();
    await askAdmin(gate.adminUrl, '/admin/api/revocations', { body: { login: 'zoe' } });
    await expectGrowth(before, 'framegate_revocations_total', { source: 'here' }, 1);
    await expectGrowth(before, 'framegate_sessions_ended_total', { reason: 'revoked' }, 1);
  });

  it('count assets from memory, and the memory that they take', async () => {
    const before = await read();
    const results = (result: string) => ['framegate_asset_cache_requests_total', { upstream: 'main', result }] as const;
    gate.upstream.script = replyWithAsset('x'.repeat(5000));
    const path = newAsset();
    for (let time = 0; time < 3; time += 1) expect((await gate.sendAsAlice(`GET ${path}`)).status).toBe(200);
    await expectGrowth(before, ...results('miss'), 1);
    await expectGrowth(before, ...results('hit'), 2);
    expect(readValue(await read(), 'framegate_asset_cache_bytes')).toBeGreaterThan(5000);
  });

  it('tell whether what is written is in force, and lose no count by a reload', async () => {
    await gate.sendAsAlice('GET /d/plant-a/x');
    const before = await read();
    await gate.rewrite({ publicUrl: 'nowhere' });
    expect(await gate.reload()).toBe(false);
    expect(readValue(await read(), 'framegate_config_last_reload_successful')).toBe(0);
    // Written back as it was: nothing changes, and all is well again.
    await gate.rewrite({});
    expect(await gate.reload()).toBe(true);
    expect(readValue(await read(), 'framegate_config_last_reload_successful')).toBe(1);
    await gate.rewrite({
      access: { rules: [OPERATORS] },
      upstreams: { main: { preset: 'grafana', url: gate.upstream.url, version: 12, maxBodyBytes: 1000 } },
    });
    expect(await gate.reload()).toBe(true);
    const after = await read();
    for (const name of ['framegate_requests_total', 'framegate_asset_cache_requests_total', 'framegate_sessions_started_total']) {
      for (const { labels, value } of before.get(name)?.samples ?? [])
        expect(readValue(after, name, labels), name).toBeGreaterThanOrEqual(value);
    }
    expect(after.get('framegate_config_info')?.samples).toHaveLength(1);
    expect(after.get('framegate_config_info')?.samples).not.toEqual(before.get('framegate_config_info')?.samples);
    await expectGrowth(before, 'framegate_config_reloads_total', { outcome: 'refused' }, 1);
    expect(readValue(after, 'framegate_config_last_reload_success_timestamp_seconds')).toBeCloseTo(Date.now() / 1000, -2);
  });

  it('tell the process: processor time, memory, event loop', async () => {
    const metrics = await read();
    expect(readValue(metrics, 'process_cpu_seconds_total')).toBeGreaterThan(0);
    expect(readValue(metrics, 'process_resident_memory_bytes')).toBeGreaterThan(1e6);
    expect(readValue(metrics, 'nodejs_eventloop_lag_p99_seconds')).toBeGreaterThanOrEqual(0);
    expect(readValue(metrics, 'framegate_build_info')).toBe(1);
  });
});

describe('what clients choose', () => {
  it('makes no series, however much of it there is', { timeout: 20_000 }, async () => {
    const count = async (): Promise<number> =>
      [...(await read()).values()]
        .filter(({ name }) => name.startsWith('framegate_'))
        .reduce((sum, { samples }) => sum + samples.length, 0);
    const odd = async (round: number): Promise<void> => {
      const { alice } = gate;
      await gate.send(`GET /d/canary-path-${round}/x?canary-query=${round}`, [`Cookie: ${alice}`]);
      await gate.send(`CANARY${round} /d/x`, [`Cookie: ${alice}`]);
      await gate.send('GET /d/x', [`Cookie: ${alice}`, `Host: canary-host-${round}.test`]);
      await gate.send('GET /d/x', [`Cookie: __Host-framegate=canary-cookie-${round}`]);
      await gate.send('GET /d/x', [`Authorization: Bearer canary-token-${round}`]);
      await gate.send(`GET /_gate/canary-own-${round}`);
      await gate.send('POST /api/x', [`Cookie: ${alice}`, `Origin: https://canary-origin-${round}.test`], 'x');
      const ticket = ['Content-Type: application/x-www-form-urlencoded', 'Origin: https://host.test'];
      await gate.send('POST /_gate/enter', ticket, `ticket=canary-ticket-${round}`);
    };
    await odd(0);
    await gate.signIn('canary-login-0', []);
    const before = await count();
    for (let round = 1; round <= 20; round += 1) await odd(round);
    for (let round = 1; round <= 5; round += 1) await gate.signIn(`canary-login-${round}`, []);
    expect(await count()).toBeLessThanOrEqual(before + 3);
    expect(await readText()).not.toMatch(/canary|alice|tests, 32 bytes/i);
  });
});
