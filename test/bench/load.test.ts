import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { closedLoop } from '../../bench/load/closed-loop.ts';
import { Connection, requestText } from '../../bench/load/connection.ts';
import { runAtFixedRate } from '../../bench/load/fixed-rate.ts';
import type { Load } from '../../bench/load/load.ts';
import { download, upload } from '../../bench/load/transfer.ts';

const servers: Server[] = [];

async function start(listener: RequestListener): Promise<number> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

const loadOf = (port: number): Load => ({ port, path: '/', headers: { Host: 'a' }, connections: 4, seconds: 1 });

describe('a connection', () => {
  it('reads answers that come in pieces, one after the other', async () => {
    const port = await start(async (_req, res) => {
      res.writeHead(201, { 'Content-Length': 4 }).write('ab');
      await sleep(10);
      res.end('cd');
    });
    const connection = await Connection.open(port);
    for (let turn = 0; turn < 2; turn += 1) {
      const { status, body } = await connection.exchange(requestText('GET /', { Host: 'a' }));
      expect([status, body.toString()]).toEqual([201, 'abcd']);
    }
    connection.close();
  });

  it('fails instead of waiting for ever when the server goes away', async () => {
    const port = await start((req) => req.socket.destroy());
    const connection = await Connection.open(port);
    await expect(connection.exchange(requestText('GET /', { Host: 'a' }))).rejects.toThrow();
  });
});

describe('the load without wrk', () => {
  it('takes cookies in turn and counts refusals as errors', async () => {
    const seen = new Set<string | undefined>();
    const port = await start((req, res) => {
      seen.add(req.headers.cookie);
      res.writeHead(req.headers.cookie === 'c=2' ? 403 : 200, { 'Content-Length': 0 }).end();
    });
    const { requests, errors } = await closedLoop.run({ ...loadOf(port), cookies: ['c=1', 'c=2'] });
    expect([...seen].toSorted()).toEqual(['c=1', 'c=2']);
    expect(errors).toBeGreaterThan(0);
    expect(Math.abs(requests / 2 - errors)).toBeLessThanOrEqual(4);
  });
});

describe('the load without wrk, on a server that closes', () => {
  it('connects anew for each request', async () => {
    const port = await start((_req, res) => res.writeHead(200, { 'Content-Length': 0, Connection: 'close' }).end());
    const { requests, errors } = await closedLoop.run({ ...loadOf(port), connections: 1 });
    expect(errors).toBe(0);
    expect(requests).toBeGreaterThan(2);
  });
});

describe('a load at a fixed rate', () => {
  it('keeps the rate that a server can bear', async () => {
    const port = await start((_req, res) => res.writeHead(200, { 'Content-Length': 0 }).end());
    const { requests, errors } = await runAtFixedRate(loadOf(port), 200);
    expect(errors).toBe(0);
    expect(requests).toBeGreaterThan(150);
    expect(requests).toBeLessThanOrEqual(200);
  });

  it('counts waiting for a slow server as latency', async () => {
    const port = await start(async (_req, res) => {
      await sleep(50);
      res.writeHead(200, { 'Content-Length': 0 }).end();
    });
    // Four connections and 50 ms each bear 80 requests per second: the later ones wait for the earlier ones.
    const { p99Us } = await runAtFixedRate(loadOf(port), 120);
    expect(p99Us).toBeGreaterThan(150_000);
  });
});

describe('a big body', () => {
  const BYTES = 300_000;

  it('is complete in both directions', async () => {
    const port = await start((req, res) => {
      let received = 0;
      req.on('data', (chunk: Buffer) => {
        received += chunk.length;
      });
      req.on('end', () =>
        req.method === 'GET' ? res.writeHead(200, { 'Content-Length': BYTES }).end(Buffer.alloc(BYTES)) : res.end(String(received)),
      );
    });
    await download({ port, path: '/', headers: { Host: 'a' }, bytes: BYTES });
    await upload({ port, path: '/', headers: { Host: 'a', Connection: 'close' }, bytes: BYTES });
  });

  it('that is cut is an error', async () => {
    const port = await start((req, res) => {
      res.writeHead(200, { 'Content-Length': BYTES }).write(Buffer.alloc(1000));
      setTimeout(() => req.socket.destroy(), 20);
    });
    await expect(download({ port, path: '/', headers: { Host: 'a' }, bytes: BYTES })).rejects.toThrow('1000 of 300000');
  });
});
