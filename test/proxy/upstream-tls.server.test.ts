// HTTPS upstreams, for requests and for upgrades: who is believed, by which name, and what we show of ourselves.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { RawConnection } from '../support/raw-client.ts';
import { neverReply, type RecordingOptions } from '../support/recording-upstream.ts';
import { type GateOptions, TestGate, useGate } from '../support/start-gate.ts';

const FIXTURES = join(import.meta.dirname, '../fixtures/tls');
const file = (name: string): string => join(FIXTURES, name);
const read = (name: string): Buffer => readFileSync(file(name));

const CA = { caFile: file('ca.pem') };
const CLIENT = { certFile: file('client.pem'), keyFile: file('client-key.pem') };
const NAMED = { cert: read('server.pem'), key: read('server-key.pem') };
const BY_ADDRESS = { cert: read('address.pem'), key: read('address-key.pem') };
const UPGRADE = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='];

async function openSocket(gate: TestGate): Promise<RawConnection & { status: number }> {
  const connection = await RawConnection.open(gate.port);
  connection.write(gate.aliceText('GET /ws', [gate.ownOrigin, ...UPGRADE]));
  const { status } = await connection.answer();
  return Object.assign(connection, { status });
}

describe('an upstream with a CA of its own that asks for a certificate', () => {
  const gate = useGate({
    recording: { tls: { ...NAMED, ca: read('ca.pem'), requestCert: true, rejectUnauthorized: true } },
    upstream: { tls: { ...CA, ...CLIENT, serverName: 'grafana.test' } },
  });
  const peer = (): { name: string | false; subject: unknown } => {
    const socket = gate.upstream.onlyRequest.connection.socket as TLSSocket & { servername: string | false };
    return { name: socket.servername, subject: socket.getPeerCertificate().subject?.CN };
  };

  it('gets requests over TLS, with our certificate, under the configured name', async () => {
    expect(await gate.sendAsAlice('GET /d/x')).toMatchObject({ status: 200, body: 'ok' });
    expect(peer()).toEqual({ name: 'grafana.test', subject: 'framegate' });
    expect(gate.upstream.onlyRequest.all('x-webauth-user')).toEqual(['alice']);
  });

  it('gets bodies whole, and its connection is used again', async () => {
    const body = 'x'.repeat(100_000);
    expect((await gate.sendAsAlice('POST /a', [gate.ownOrigin], body)).status).toBe(200);
    expect((await gate.sendAsAlice('POST /b', [gate.ownOrigin], body)).status).toBe(200);
    expect(gate.upstream.requests.map((request) => request.body.length)).toEqual([100_000, 100_000]);
    expect(gate.upstream.openConnections).toBe(1);
  });

  it('gets upgrades in the same way, each over a connection of its own', async () => {
    const connection = await openSocket(gate);
    expect(connection.status).toBe(101);
    expect(peer()).toEqual({ name: 'grafana.test', subject: 'framegate' });
    connection.write('\x81\x85early');
    expect(await gate.upstream.waitUntil(({ connections }) => connections.some((each) => each.tunnelled.includes('early')))).toBe(true);
    connection.close();
  });

  it('PRX-5 the Host header chooses neither the name nor the address', async () => {
    await gate.sendAsAlice('GET /d/x', [`Host: LOCALHOST:${gate.port}`]);
    expect(
      gate.upstream.requests.map((request) => (request.connection.socket as TLSSocket & { servername: unknown }).servername),
    ).not.toContain('localhost');
  });

  it('PRX-30 its silence is a 504', async () => {
    const slow = new TestGate({
      recording: { tls: NAMED },
      upstream: { tls: { ...CA, serverName: 'grafana.test' }, timeouts: { firstByte: '200ms' } },
    });
    await slow.start();
    try {
      slow.upstream.script = neverReply;
      expect((await slow.sendAsAlice('GET /d/x')).status).toBe(504);
    } finally {
      await slow.close();
    }
  });
});

describe('an upstream with a probe', () => {
  const gate = useGate({
    recording: { tls: { ...NAMED, ca: read('ca.pem'), requestCert: true, rejectUnauthorized: true } },
    upstream: { tls: { ...CA, ...CLIENT, serverName: 'grafana.test' }, health: { path: '/api/health', interval: '50ms' } },
  });

  it('is probed over TLS, with our certificate', async () => {
    expect(await gate.upstream.waitUntil(({ requests }) => requests.length > 0)).toBe(true);
    // That it arrived says that our certificate was shown: the server takes nobody without one.
    expect(gate.upstream.requests[0]).toMatchObject({ method: 'GET', target: '/api/health' });
  });
});

describe('an upstream by its address', () => {
  const gate = useGate({ recording: { tls: BY_ADDRESS }, upstream: { tls: CA } });

  it('is believed by a certificate for that address', async () => {
    expect((await gate.sendAsAlice('GET /d/x')).status).toBe(200);
    const connection = await openSocket(gate);
    expect(connection.status).toBe(101);
    connection.close();
  });
});

describe('an upstream that is not believed', () => {
  const running: TestGate[] = [];
  afterEach(async () => {
    delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    for (const gate of running.splice(0)) await gate.close();
  });

  const start = async (recording: RecordingOptions, tls: NonNullable<GateOptions['upstream']>['tls']): Promise<TestGate> => {
    const gate = new TestGate({ recording, ...(tls === undefined ? {} : { upstream: { tls } }) });
    running.push(gate);
    await gate.start();
    return gate;
  };

  const cases: { name: string; recording: RecordingOptions; tls: NonNullable<GateOptions['upstream']>['tls'] }[] = [
    { name: 'its CA is nobody we know', recording: { tls: BY_ADDRESS }, tls: undefined },
    { name: 'another CA is configured', recording: { tls: BY_ADDRESS }, tls: { caFile: file('other-ca.pem') } },
    { name: 'its certificate is for another name', recording: { tls: NAMED }, tls: { ...CA, serverName: 'prometheus.test' } },
    { name: 'its certificate is for a name and not for the address', recording: { tls: NAMED }, tls: CA },
    { name: 'it shows a certificate for clients', recording: { tls: { cert: read('client.pem'), key: read('client-key.pem') } }, tls: CA },
  ];

  it.each(cases)('gets nothing when $name: 502', async ({ recording, tls }) => {
    const gate = await start(recording, tls);
    const sent = await gate.sendAsAlice('GET /d/x', ['Accept: application/json']);
    expect(sent.status).toBe(502);
    expect(sent.body).not.toMatch(/certificate|self.signed|127\.0\.0\.1/i);
    const connection = await openSocket(gate);
    expect(connection.status).toBe(502);
    connection.close();
    expect(gate.upstream.requests).toEqual([]);
  });

  it('gets nothing, whatever NODE_TLS_REJECT_UNAUTHORIZED says', async () => {
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    const gate = await start({ tls: BY_ADDRESS }, { caFile: file('other-ca.pem') });
    expect((await gate.sendAsAlice('GET /d/x')).status).toBe(502);
    const connection = await openSocket(gate);
    expect(connection.status).toBe(502);
    connection.close();
    expect(gate.upstream.requests).toEqual([]);
  });

  it('refuses us without a certificate where it asks for one: 502', async () => {
    const gate = await start({ tls: { ...BY_ADDRESS, ca: read('ca.pem'), requestCert: true, rejectUnauthorized: true } }, CA);
    expect((await gate.sendAsAlice('GET /d/x')).status).toBe(502);
    const connection = await openSocket(gate);
    expect(connection.status).toBe(502);
    connection.close();
    expect(gate.upstream.requests).toEqual([]);
  });

  it('PRX-30 never ends its handshake: 504 after the connect timeout', async () => {
    const plain = new TestGate({});
    running.push(plain);
    await plain.start();
    const gate = new TestGate({ upstreamUrl: `https://127.0.0.1:${plain.upstream.port}`, upstream: { timeouts: { connect: '200ms' } } });
    running.push(gate);
    await gate.start();
    expect((await gate.sendAsAlice('GET /d/x')).status).toBe(504);
    const connection = await openSocket(gate);
    expect(connection.status).toBe(504);
    connection.close();
    expect(plain.upstream.requests).toEqual([]);
    expect(await plain.upstream.waitUntil(({ openConnections }) => openConnections === 0)).toBe(true);
  });
});
