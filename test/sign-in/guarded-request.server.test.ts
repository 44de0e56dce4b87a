// What the gate asks other servers for, and whom it never asks (SEC-J3).

import { readFileSync } from 'node:fs';
import { createServer as createPlain, type RequestListener } from 'node:http';
import { createServer as createTls } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { RequestFailure, sendGuarded } from '../../src/sign-in/guarded-request.ts';

const TLS = join(import.meta.dirname, '../fixtures/tls');
const read = (name: string): string => readFileSync(join(TLS, name), 'utf8');
const running: Server[] = [];
afterEach(async () => {
  for (const server of running.splice(0)) await new Promise((resolve) => server.close(resolve));
});

async function listen(server: Server): Promise<number> {
  running.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const plain = async (listener: RequestListener): Promise<string> => `http://127.0.0.1:${await listen(createPlain(listener))}`;
const ask = (url: string, more: object = {}) => sendGuarded({ url, allowPrivate: false, ...more });

describe('SEC-J3 a request to another server', () => {
  it('gives status, headers and body as they are, and sends a body with its length', async () => {
    const url = await plain(async (req, res) => {
      let sent = '';
      for await (const chunk of req) sent += chunk;
      res.writeHead(418, { 'X-Sent': `${req.method} ${req.headers['content-length']} ${sent}` }).end('tea');
    });
    const answer = await ask(url, { method: 'POST', body: 'a=1' });
    expect([answer.status, answer.headers['x-sent'], answer.body.toString()]).toEqual([418, 'POST 3 a=1', 'tea']);
  });

  it('follows no redirect', async () => {
    const asked: string[] = [];
    const url = await plain((req, res) => {
      asked.push(req.url ?? '');
      res.writeHead(302, { Location: '/elsewhere' }).end();
    });
    expect((await ask(url)).status).toBe(302);
    expect(asked).toEqual(['/']);
  });

  it('reads no more than 256 KiB', async () => {
    const url = await plain((_req, res) => void res.end(Buffer.alloc(257 * 1024)));
    await expect(ask(url)).rejects.toThrow(/larger than 262144 bytes/);
  });

  it.each(['http://10.1.2.3/', 'http://id.test/', 'ftp://127.0.0.1/'])('is never sent without TLS: %s', async (url) => {
    await expect(ask(url)).rejects.toThrow('neither https nor http on loopback');
  });

  it.each(['https://10.1.2.3/', 'https://192.168.0.1/', 'https://[fd00::1]/', 'https://[::ffff:10.0.0.1]/', 'https://0.0.0.0/'])(
    'goes to no private address: %s',
    async (url) => {
      await expect(ask(url)).rejects.toThrow(/not public \(allowPrivateAddress\)/);
    },
  );

  it.each(['https://169.254.169.254/latest/meta-data/', 'https://[fe80::1]/'])(
    'goes to no link-local address, whatever is allowed: %s',
    async (url) => {
      await expect(ask(url, { allowPrivate: true })).rejects.toThrow(RequestFailure);
    },
  );

  it('verifies the certificate, by the CA that is given', async () => {
    const port = await listen(createTls({ key: read('address-key.pem'), cert: read('address.pem') }, (_req, res) => void res.end('ok')));
    const url = `https://127.0.0.1:${port}/`;
    await expect(ask(url)).rejects.toThrow(RequestFailure);
    await expect(ask(url, { ca: read('other-ca.pem') })).rejects.toThrow(RequestFailure);
    expect((await ask(url, { ca: read('ca.pem') })).body.toString()).toBe('ok');
  });

  it('says what went wrong where nobody listens', async () => {
    const url = await plain((_req, res) => void res.end());
    for (const server of running.splice(0)) await new Promise((resolve) => server.close(resolve));
    await expect(ask(url)).rejects.toThrow(/ECONNREFUSED/);
  });
});
