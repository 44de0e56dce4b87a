// The gate as a service: what listens where, and the limits of a connection.

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Server } from 'node:http';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { RawConnection, send } from '../support/raw-client.ts';
import { useGate } from '../support/start-gate.ts';
import { createRecord, HOST_LINE, portOf, start } from './kit.ts';

const running: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of running.splice(0)) await each.close();
});
async function run(...given: Parameters<typeof start>) {
  const service = await start(...given);
  running.push(service);
  return service;
}

describe('listening', () => {
  it('says where, and what browsers use', async () => {
    const { log, logged } = createRecord();
    const service = await run({}, log);
    expect(service.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(service.adminUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(logged).toContainEqual({
      event: 'service.started',
      fields: { url: service.url, adminUrl: service.adminUrl, publicUrl: 'http://localhost:8000' },
    });
  });

  it('writes an IPv6 address in brackets', async () => {
    const service = await run({ listen: { host: '::1', port: 0 }, admin: false });
    expect(service.url).toMatch(/^http:\/\/\[::1\]:\d+$/);
    expect(service.adminUrl).toBeUndefined();
  });

  it.each(['listen', 'admin'] as const)('says what to do when the port of %s is in use, and leaves nothing running', async (key) => {
    const other = net.createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as net.AddressInfo;
    const countServers = () => process.getActiveResourcesInfo().filter((name) => name === 'TCPServerWrap').length;
    const before = countServers();
    await expect(start({ [key]: { host: '127.0.0.1', port } })).rejects.toThrow(
      `${key}: cannot listen on 127.0.0.1:${port}: the port is in use; stop the other program or choose another port`,
    );
    await sleep(20);
    // Fewer where the server of an earlier test was still going down.
    expect(countServers()).toBeLessThanOrEqual(before);
    await new Promise((resolve) => other.close(resolve));
  });
});

describe('what is on which port', () => {
  const gate = useGate();

  it.each(['/healthz', '/readyz', '/metrics', '/debug', '/admin'])(
    'SEC-H14, SEC-H15 %s of the public port is a path of the upstream like any other',
    async (path) => {
      expect((await gate.send(`GET ${path}`, ['Accept: application/json'])).status).toBe(401);
      expect((await gate.send(`GET ${path}`, ['Accept: application/json', 'User-Agent: kube-probe/1.3'])).status).toBe(401);
    },
  );

  it('SEC-H15 a dashboard of the admin port is nothing', async () => {
    expect((await send(portOf(gate.adminUrl), `GET /d/x HTTP/1.1\r\nHost: x\r\nCookie: ${gate.alice}\r\n\r\n`)).status).toBe(404);
  });
});

describe('a path that no upstream is mounted at', () => {
  it('is answered by us, in the form that the client can show and with the headers of every answer', async () => {
    const service = await run({
      upstreams: { main: { url: 'http://127.0.0.1:1', mount: '/grafana' } },
      embed: { hosts: ['https://host.test'] },
    });
    const ask = (...headers: string[]) =>
      send(portOf(service.url), `GET /x?<b> HTTP/1.1\r\n${[HOST_LINE, ...headers].join('\r\n')}\r\n\r\n`);
    const api = await ask('Accept: application/json');
    expect(JSON.parse(api.body)).toMatchObject({ status: 404, code: 'FRAMEGATE_NOT_FOUND' });
    const page = await ask('Accept: text/html');
    expect(page.status).toBe(404);
    expect(page.header('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(page.body).not.toContain('/x');
    const frame = await ask('Accept: text/html', 'Sec-Fetch-Dest: iframe', 'Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: navigate');
    expect(frame.header('content-security-policy')).toContain('frame-ancestors https://host.test');
  });
});

describe('the limits of a connection', () => {
  /** The server itself, as Node names it when a request begins. */
  async function findServer(url: string): Promise<Server | undefined> {
    let server: Server | undefined;
    const note = (message: unknown) => {
      server = (message as { server: Server }).server;
    };
    subscribe('http.server.request.start', note);
    await send(portOf(url), `GET /_gate/embed.js HTTP/1.1\r\n${HOST_LINE}\r\n\r\n`);
    unsubscribe('http.server.request.start', note);
    return server;
  }

  it('SEC-D8.7, SEC-D8.8, SEC-D8.9, SEC-D8.11, SEC-D8.12 are set on the server', async () => {
    const service = await run();
    const server = await findServer(service.url);
    expect(server).toMatchObject({
      headersTimeout: 15_000,
      requestTimeout: 60_000,
      maxRequestsPerSocket: 1000,
      maxHeadersCount: 0,
      connectionsCheckingInterval: 5000,
    });
    // Above the idle time of the usual load balancers (PRX-40).
    expect(server?.keepAliveTimeout).toBeGreaterThan(60_000);
  });

  it('SEC-B9.1, SEC-B9.2 close a connection whose head or body trickles in', async () => {
    const service = await run();
    const server = (await findServer(service.url)) as Server;
    // Seconds in the place of 15 and 60; they are looked at every five.
    Object.assign(server, { headersTimeout: 1000, requestTimeout: 1000 });
    const [head, body] = await Promise.all([RawConnection.open(portOf(service.url)), RawConnection.open(portOf(service.url))]);
    head.write(`GET /_gate/embed.js HTTP/1.1\r\n${HOST_LINE}\r\nX-Slow: `);
    const form = 'Content-Type: application/x-www-form-urlencoded\r\nSec-Fetch-Site: same-origin\r\nContent-Length: 99';
    body.write(`POST /_gate/redeem HTTP/1.1\r\n${HOST_LINE}\r\n${form}\r\n\r\n`);
    const trickle = setInterval(() => {
      for (const connection of [head, body]) connection.write('a');
    }, 900);
    const closed = [head, body].map(async (connection) => (await connection.answer('GET', 12_000)).status);
    expect(await Promise.all(closed)).toEqual([408, 408]);
    for (const connection of [head, body]) expect(connection.ending).not.toBe('open');
    clearInterval(trickle);
  });

  it('SEC-D8.10, SEC-B3.7 more than 16 KiB of headers: 431', async () => {
    const service = await run();
    const sent = await send(portOf(service.url), `GET / HTTP/1.1\r\n${HOST_LINE}\r\nX-Long: ${'x'.repeat(17 * 1024)}\r\n\r\n`);
    expect(sent.status).toBe(431);
  });

  it('SEC-D8.11 the 1000th answer on a connection is its last', async () => {
    const service = await run();
    const connection = await RawConnection.open(portOf(service.url));
    const request = `GET /_gate/storage.js HTTP/1.1\r\n${HOST_LINE}\r\nIf-None-Match: *\r\n\r\n`;
    for (let count = 1; count <= 1000; count += 1) {
      connection.write(request);
      const answer = await connection.answer();
      if (count % 500 === 1) expect(answer.status).toBe(304);
      expect(/close/i.test(answer.header('connection') ?? ''), `answer ${count}`).toBe(count === 1000);
    }
    connection.close();
  });

  it('PRX-T21 CONNECT: 405 and closed, also when the client keeps its end open', async () => {
    const service = await run();
    const socket = net.connect({ port: portOf(service.url), host: '127.0.0.1', allowHalfOpen: true });
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('error', () => {});
    socket.write('CONNECT evil.test:443 HTTP/1.1\r\nHost: evil.test:443\r\n\r\n');
    await new Promise((resolve) => socket.once('end', resolve));
    expect(text).toMatch(/^HTTP\/1\.1 405 Method Not Allowed\r\n/);
    expect(text).toContain('Allow: GET, HEAD');
    const stoppedAt = performance.now();
    await service.close();
    expect(performance.now() - stoppedAt).toBeLessThan(3000);
    socket.destroy();
  });

  it('PRX-33 a reset right after CONNECT ends nothing', async () => {
    const service = await run();
    for (let count = 0; count < 5; count += 1) {
      const connection = await RawConnection.open(portOf(service.url));
      connection.write('CONNECT evil.test:443 HTTP/1.1\r\nHost: x\r\n\r\nmore bytes');
      await sleep(count);
      connection.reset();
    }
    await sleep(30);
    expect((await send(portOf(service.url), `GET /_gate/embed.js HTTP/1.1\r\n${HOST_LINE}\r\n\r\n`)).status).toBe(200);
  });
});

describe('limits.connections', () => {
  it('closes connections above it at once, and takes new ones when others have ended', async () => {
    const service = await run({ limits: { connections: 1 } });
    const first = net.connect(portOf(service.url), '127.0.0.1');
    await new Promise((resolve) => first.once('connect', resolve));
    const second = net.connect(portOf(service.url), '127.0.0.1');
    second.on('error', () => undefined);
    await new Promise((resolve) => second.once('close', resolve));
    first.destroy();
    await sleep(50);
    const third = net.connect(portOf(service.url), '127.0.0.1');
    await new Promise((resolve) => third.once('connect', resolve));
    await sleep(50);
    expect(third.closed).toBe(false);
    third.destroy();
  });
});
