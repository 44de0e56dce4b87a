// What a gate tells a host application that serves its metrics itself.

import { generateKeyPairSync, randomUUID } from 'node:crypto';
import http, { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SignJWT } from 'jose';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ConfigInput } from '../../src/config/schema.ts';
import { createGate, type Gate } from '../../src/gate.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { findFreePort } from '../support/free-port.ts';
import { parseMetrics, readValue } from '../support/metrics-text.ts';

const ISSUER = 'https://host.test';
const MINUTE_MS = 60_000;
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function listen(server: http.Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

/** @param login Of whom the host application names on every request; undefined: nobody. */
async function start(over: Partial<ConfigInput> = {}, login?: string) {
  const clock = { nowMs: Date.now(), now: () => clock.nowMs };
  const input: ConfigInput = {
    publicUrl: 'http://localhost:8000',
    upstreams: { main: { preset: 'generic', url: 'http://127.0.0.1:1' } },
    session: { secret: 'a secret of the tests, 32 bytes or longer' },
    embed: { hosts: [ISSUER] },
    access: { rules: [{ name: 'all', who: { everyone: true }, may: ['everything'] }] },
    ...over,
  };
  const gate = await createGate(input, { log: silentLog, clock, ...(login === undefined ? {} : { identify: () => ({ login }) }) });
  ends.push(() => gate.close());
  const port = await listen(createServer((req, res) => gate.middleware(req, res)));
  return { gate, input, clock, port };
}

function send(port: number, path: string, headers: Record<string, string> = {}, body = ''): Promise<number> {
  return new Promise((resolve, reject) => {
    const options = { port, path, method: body === '' ? 'GET' : 'POST', headers: { Host: 'localhost:8000', ...headers }, agent: false };
    const request = http.request(options, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    request.on('error', reject);
    request.end(body);
  });
}
const read = async (gate: Gate) => parseMetrics(await gate.metrics());

describe('gate.metrics', () => {
  it("gives what the gate counted, and nothing of the host application's process", async () => {
    const { gate, port } = await start();
    expect(await send(port, '/x')).toBe(401);
    const metrics = await read(gate);
    expect(readValue(metrics, 'framegate_requests_total', { upstream: 'main', outcome: 'signed-out', code: '4xx' })).toBe(1);
    expect([...metrics.keys()].filter((name) => !name.startsWith('framegate_'))).toEqual([]);
  });

  it('tells of a reload that was refused, until one is not', async () => {
    const { gate, input } = await start();
    await expect(gate.reload({ ...input, publicUrl: 'nowhere' })).rejects.toThrow('publicUrl');
    expect(readValue(await read(gate), 'framegate_config_last_reload_successful')).toBe(0);
    await gate.reload(input);
    const metrics = await read(gate);
    expect(readValue(metrics, 'framegate_config_last_reload_successful')).toBe(1);
    expect(readValue(metrics, 'framegate_config_reloads_total', { outcome: 'refused' })).toBe(1);
  });

  it('tells of an upstream that is down, by its circuit and by what each request got', async () => {
    const url = `http://127.0.0.1:${await findFreePort()}`;
    const { gate, port } = await start({ upstreams: { main: { preset: 'generic', url, health: { failures: 2 } } } }, 'ann');
    for (let time = 0; time < 3; time += 1) expect(await send(port, '/x')).toBe(503);
    const metrics = await read(gate);
    expect(readValue(metrics, 'framegate_upstream_up', { upstream: 'main' })).toBe(0);
    expect(readValue(metrics, 'framegate_upstream_outages_total', { upstream: 'main' })).toBe(1);
    const errors = (reason: string) =>
      readValue(metrics, 'framegate_request_errors_total', { upstream: 'main', code: 'FRAMEGATE_UPSTREAM_DOWN', reason });
    expect([errors('econnrefused'), errors('circuit-open')]).toEqual([2, 1]);
  });

  it.each(['auto', 'undici', 'http-proxy'] as const)(
    'tells which connections of engine %s are in use, and who waits for one',
    async (engine) => {
      const held: http.ServerResponse[] = [];
      const upstream = createServer((_req, res) => void held.push(res));
      const url = `http://127.0.0.1:${await listen(upstream)}`;
      const { gate, port } = await start({ upstreams: { main: { preset: 'generic', url, engine, maxSockets: 1 } } }, 'ann');
      const use = async () => {
        const metrics = await read(gate);
        const connections = (state: string) => readValue(metrics, 'framegate_upstream_connections', { upstream: 'main', state });
        return [connections('busy'), connections('free'), readValue(metrics, 'framegate_upstream_waiting_requests')];
      };
      const answers = [send(port, '/a'), send(port, '/b')];
      await vi.waitFor(async () => expect([held.length, ...(await use())]).toEqual([1, 1, 0, 1]), 3000);
      held[0]?.end();
      await vi.waitFor(async () => expect([held.length, ...(await use())]).toEqual([2, 1, 0, 0]), 3000);
      held[1]?.end();
      expect(await Promise.all(answers)).toEqual([200, 200]);
      await vi.waitFor(async () => expect(await use()).toEqual([0, 1, 0]), 3000);
    },
  );

  it('tells of a store that is away', async () => {
    const store = `redis://127.0.0.1:${await findFreePort()}`;
    const { gate } = await start({ session: { secret: 'a secret of the tests, 32 bytes or longer', store } });
    await expect(gate.revoke({ everyone: true })).rejects.toThrow();
    const metrics = await read(gate);
    expect(readValue(metrics, 'framegate_store_up', { store: 'redis' })).toBe(0);
    expect(readValue(metrics, 'framegate_store_failures_total', { part: 'connection' })).toBe(1);
    expect(metrics.get('framegate_store_up')?.samples).toHaveLength(1);
  });

  it('counts the lines of the audit log that are lost', async () => {
    const { gate, port } = await start({ access: { rules: [] }, audit: { to: 'file', file: '/dev/full' } }, 'ann');
    expect(await send(port, '/x')).toBe(403);
    await vi.waitFor(async () => expect(readValue(await read(gate), 'framegate_audit_lines_lost_total')).toBe(1), 3000);
  });

  it('counts what access.mode: observe let pass, apart from what the rules allow', async () => {
    const { gate, port } = await start({ access: { mode: 'observe', rules: [] } }, 'ann');
    await send(port, '/x');
    expect(readValue(await read(gate), 'framegate_observed_denials_total', { upstream: 'main' })).toBe(1);
  });

  it('SEC-B15.2 warns while the keys of an issuer cannot be fetched and tickets pass by those from before', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    let isDown = false;
    const source = createServer((_req, res) => {
      res.writeHead(isDown ? 500 : 200, { 'Content-Type': 'application/json' });
      res.end(JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k1', use: 'sig', alg: 'EdDSA' }] }));
    });
    const jwksUrl = `http://127.0.0.1:${await listen(source)}/jwks.json`;
    const { gate, clock, port } = await start({ signIn: { tickets: [{ issuer: ISSUER, jwksUrl, algorithms: ['EdDSA'] }] } });
    async function enter(): Promise<number> {
      const seconds = Math.floor(clock.nowMs / 1000);
      const ticket = await new SignJWT({ iat: seconds, exp: seconds + 60, jti: randomUUID() })
        .setProtectedHeader({ alg: 'EdDSA', typ: 'framegate-ticket+jwt', kid: 'k1' })
        .setIssuer(ISSUER)
        .setAudience('http://localhost:8000')
        .setSubject('ann')
        .sign(privateKey);
      const headers = { 'Content-Type': 'application/x-www-form-urlencoded', Origin: ISSUER };
      return send(port, '/_gate/enter', headers, new URLSearchParams({ ticket, to: '/' }).toString());
    }
    const stale = async () => readValue(await read(gate), 'framegate_ticket_keys_stale', { issuer: ISSUER });
    expect(await enter()).toBe(303);
    expect(await stale()).toBe(0);
    isDown = true;
    clock.nowMs += 11 * MINUTE_MS;
    expect(await enter()).toBe(303);
    expect(await stale()).toBe(1);
    const loads = (outcome: string) => ['framegate_ticket_key_loads_total', { issuer: ISSUER, outcome }] as const;
    expect(readValue(await read(gate), ...loads('failed'))).toBe(1);
    isDown = false;
    clock.nowMs += MINUTE_MS;
    expect(await enter()).toBe(303);
    expect(await stale()).toBe(0);
    expect(readValue(await read(gate), ...loads('loaded'))).toBe(2);
  });
});
