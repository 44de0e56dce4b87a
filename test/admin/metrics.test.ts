// GET /metrics on the admin listener: for a program that has the token, and for no page.

import { describe, expect, it } from 'vitest';
import { parseMetrics } from '../support/metrics-text.ts';
import { useGate } from '../support/start-gate.ts';
import { askAdmin } from './ask.ts';

const TOKEN = 'Zr4qv8Kd2mXw7NpB5tYc9HsL3gJf6RaE1uQoT0iVxWz';
const gate = useGate({ config: { admin: { host: '127.0.0.1', port: 0, hosts: ['gate.internal'], token: TOKEN } } });
const bearer = { Authorization: `Bearer ${TOKEN}` };
const ask = (headers: Record<string, string>, method = 'GET', path = '/metrics') => askAdmin(gate.adminUrl, path, { method, headers });

describe('GET /metrics', () => {
  it('is text in the format that Prometheus takes, as its scraper asks for it', async () => {
    const accept = 'application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1';
    const { status, text, headers } = await ask({ ...bearer, Accept: accept, Host: 'gate.internal:8002' });
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(headers['cache-control']).toBe('no-store');
    expect(parseMetrics(text).size).toBeGreaterThan(40);
  });

  it('gives HEAD the headers alone, and takes nothing else', async () => {
    const head = await ask(bearer, 'HEAD');
    expect([head.status, head.text]).toEqual([200, '']);
    expect(Number(head.headers['content-length'])).toBeGreaterThan(1000);
    expect((await ask(bearer, 'POST')).status).toBe(405);
  });

  it.each([
    ['without the token', {}, 401],
    ['with another token', { Authorization: `Bearer ${TOKEN}x` }, 401],
    ['by a name that is not its own', { ...bearer, Host: 'evil.test' }, 421],
    ['from a page', { ...bearer, Origin: 'http://127.0.0.1:8002' }, 403],
    ['from a page that shows it as an image', { ...bearer, 'Sec-Fetch-Site': 'cross-site' }, 403],
  ] as const)('SEC-H15 is refused %s', async (_name, headers, status) => {
    const answer = await ask(headers);
    expect(answer.status).toBe(status);
    expect(answer.text).not.toContain('framegate_requests');
  });

  it.each(['/metrics/', '/metrics?x', '/Metrics', '//metrics', '/%6detrics'])(
    'SEC-H14 is at its own path alone, not at %s',
    async (path) => {
      expect((await ask(bearer, 'GET', path)).status).toBe(404);
    },
  );

  it('SEC-H15 is not where browsers are', async () => {
    expect((await gate.send('GET /metrics', [`Authorization: Bearer ${TOKEN}`])).body).not.toContain('framegate_requests');
    expect((await gate.send('GET /_gate/metrics', [`Authorization: Bearer ${TOKEN}`])).status).toBe(404);
  });
});
