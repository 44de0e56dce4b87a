// Health and readiness on a port of their own: exact paths, and no header that grants anything (SEC-H14, SEC-H15).

import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createAdminServer } from '../../src/admin/listener.ts';

let isReady = true;
const upstreamStates = new Map<string, 'up' | 'down'>();
const server = createAdminServer({ isReady: () => isReady, upstreamStates: () => upstreamStates });
beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
beforeEach(() => {
  isReady = true;
  upstreamStates.clear();
});
afterAll(() => void server.close());

function ask(
  path: string,
  method = 'GET',
  headers: Record<string, string> = {},
): Promise<{ status: number; text: string; headers: Record<string, unknown> }> {
  const { port } = server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    request({ port, host: '127.0.0.1', path, method, headers, agent: false }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text, headers: response.headers }));
    })
      .on('error', reject)
      .end();
  });
}

describe('the admin listener', () => {
  it('says that it lives, and whether it takes requests', async () => {
    expect(await ask('/healthz')).toMatchObject({ status: 200, text: 'ok\n', headers: { 'cache-control': 'no-store' } });
    expect(await ask('/readyz')).toMatchObject({ status: 200, text: 'ready\n' });
    isReady = false;
    expect(await ask('/readyz')).toMatchObject({ status: 503, text: 'draining\n' });
    expect(await ask('/healthz')).toMatchObject({ status: 200 });
  });

  it('tells which upstreams are down, and stays ready: the gate itself can serve', async () => {
    upstreamStates.set('grafana', 'up').set('plant-b', 'down');
    expect(await ask('/readyz')).toMatchObject({ status: 200, text: 'ready\ngrafana: up\nplant-b: down\n' });
    isReady = false;
    expect(await ask('/readyz')).toMatchObject({ status: 503, text: 'draining\n' });
    expect(await ask('/healthz')).toMatchObject({ status: 200, text: 'ok\n' });
  });

  it.each([
    '/',
    '/healthz/',
    '/healthz?x',
    '/HEALTHZ',
    '/healthz/..',
    '//healthz',
    '/%68ealthz',
    '/x/healthz',
    '/metrics',
    '/debug',
    '/admin/api/',
    '/healthzz',
  ])('SEC-H14 answers 404 at %s', async (path) => {
    expect(await ask(path)).toMatchObject({ status: 404, text: 'not found\n' });
  });

  it.each([{ 'User-Agent': 'GoogleHC/1.0' }, { 'User-Agent': 'kube-probe/1.3' }, { 'X-Original-URL': '/healthz' }])(
    'SEC-H14 no header makes another path one of its own: %j',
    async (headers) => {
      expect((await ask('/d/x', 'GET', headers)).status).toBe(404);
    },
  );

  it('takes GET and HEAD only, and says so', async () => {
    expect(await ask('/healthz', 'HEAD')).toMatchObject({ status: 200, text: '' });
    for (const method of ['POST', 'DELETE', 'OPTIONS'])
      expect(await ask('/readyz', method)).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
  });
});
