// A provider that is down, slow to start, changes its keys, or says what it should not.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLog } from '../../src/kernel/log.ts';
import { createGuardedFetch } from '../../src/sign-in/oidc-fetch.ts';
import { createMetadata } from '../../src/sign-in/oidc-metadata.ts';
import { findFreePort } from '../support/start-gate.ts';
import { CLIENT_ID, TestOidcProvider } from '../support/start-oidc-provider.ts';
import { Agent, useOidc } from './oidc-kit.ts';

describe('a provider that is down when the gate starts', async () => {
  const port = await findFreePort();
  const kit = useOidc({ provider: { issuer: `http://127.0.0.1:${port}` } });

  it('stops nothing: there is a page that says so, and the sign-in works once the provider is there', async () => {
    const agent = new Agent();
    const down = await agent.get(`${kit.url}/_gate/oidc/start?returnTo=/d/x`);
    expect(down.status).toBe(503);
    expect(down.text).toContain('Identity provider not reachable');
    expect(down.headers['retry-after']).toBe('5');
    const script = await agent.get(`${kit.url}/_gate/oidc/start`, { Accept: 'application/json' });
    expect(JSON.parse(script.text)).toMatchObject({ code: 'FRAMEGATE_PROVIDER_UNAVAILABLE', status: 503 });

    const provider = await TestOidcProvider.start({ gateUrl: kit.url, port });
    try {
      kit.clock.aheadMs = 3000;
      expect((await kit.signIn(agent)).status).toBe(303);
      expect((await kit.whoIs(agent)).session).toMatchObject({ login: 'alice' });
    } finally {
      await provider.close();
    }
  });
});

describe('a provider in operation', () => {
  // Our clock runs ahead of the provider's below.
  const day = 24 * 60 * 60;
  const ttl = { Session: day, Grant: day, Interaction: day, AccessToken: day, AuthorizationCode: 60, IdToken: 7 * day };
  const kit = useOidc({ options: { configuration: { ttl } } });

  it.each([
    { name: 'answers 500', status: 500, reason: 'provider-failing' },
    { name: 'answers with a page', status: 200, reason: 'provider-failing' },
    { name: 'redirects', status: 302, reason: 'provider-failing' },
  ])('SEC-J3 whose token endpoint $name gives a page that says to try again', async ({ status, reason }) => {
    const agent = new Agent();
    const callback = await kit.reachCallback(agent);
    kit.provider.replaced.set('/token', (_req, res) => {
      res.writeHead(status, { 'Content-Type': 'text/html', ...(status === 302 ? { Location: '/elsewhere' } : {}) }).end('<p>canary');
    });
    const answer = await agent.get(callback);
    expect([answer.status, kit.refusal]).toEqual([503, reason]);
    expect(answer.text).toContain('Try again in a moment');
    expect(answer.text).not.toContain('canary');
    expect(kit.provider.asked).not.toContain('/elsewhere');
    expect((await kit.whoIs(agent)).status).toBe(401);
  });

  it('whose token endpoint breaks off gives the same page', async () => {
    const agent = new Agent();
    const callback = await kit.reachCallback(agent);
    kit.provider.replaced.set('/token', (req) => void req.socket.destroy());
    expect((await agent.get(callback)).status).toBe(503);
    expect(kit.refusal).toBe('provider-unreachable');
  });

  it('that does not know our secret is an error in the log, with what to compare', async () => {
    const agent = new Agent();
    const callback = await kit.reachCallback(agent);
    kit.provider.replaced.set('/token', (_req, res) => {
      res.writeHead(401, { 'Content-Type': 'application/json' }).end('{"error":"invalid_client"}');
    });
    expect((await agent.get(callback)).status).toBe(503);
    const line = kit.lines.find(({ event }) => event === 'oidc.exchange-failed');
    expect(line?.fields).toMatchObject({
      provider: 'p0',
      reason: 'provider-client-refused',
      hint: expect.stringContaining('clientSecret'),
    });
  });

  it('SEC-B15.1 may change its keys: the new ones are fetched when a token names one', async () => {
    expect((await kit.signIn(new Agent())).status).toBe(303);
    await kit.provider.rotateKeys();
    kit.clock.aheadMs = 31_000;
    const agent = new Agent();
    expect((await kit.signIn(agent)).status).toBe(303);
    expect((await kit.whoIs(agent)).session).toMatchObject({ login: 'alice' });
  });

  it('SEC-B15.2 whose keys cannot be fetched signs people in by those it had, for an hour', async () => {
    expect((await kit.signIn(new Agent())).status).toBe(303);
    kit.provider.replaced.set('/jwks', (_req, res) => void res.writeHead(500).end());
    kit.clock.aheadMs = 31_000 + 11 * 60_000;
    expect((await kit.signIn(new Agent())).status).toBe(303);
    kit.clock.aheadMs = 31_000 + 2 * 60 * 60_000;
    expect((await kit.signIn(new Agent())).status).toBe(503);
  });

  it('goes on with what is known of it while its document cannot be fetched, for a day', async () => {
    kit.clock.aheadMs = 3 * 60 * 60_000;
    expect((await kit.signIn(new Agent())).status).toBe(303);
    kit.provider.replaced.set('/.well-known/openid-configuration', (_req, res) => void res.writeHead(500).end());
    kit.clock.aheadMs += 2 * 60 * 60_000;
    const agent = new Agent();
    expect((await agent.get(`${kit.url}/_gate/oidc/start`)).status).toBe(303);
    kit.clock.aheadMs += 25 * 60 * 60_000;
    await expect.poll(async () => (await agent.get(`${kit.url}/_gate/oidc/start`)).status).toBe(503);
  });
});

describe('SEC-J3 a discovery document', () => {
  let base = '';
  let answer: { status: number; body: string; headers?: Record<string, string> } = { status: 200, body: '' };
  const server = createServer(
    (_req, res) => void res.writeHead(answer.status, { 'Content-Type': 'application/json', ...answer.headers }).end(answer.body),
  );
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  const good = () => ({
    issuer: base,
    authorization_endpoint: `${base}/auth`,
    token_endpoint: `${base}/token`,
    jwks_uri: `${base}/jwks`,
    end_session_endpoint: `${base}/end`,
  });

  /** What the log says of it; undefined: it is taken. */
  async function judge(document: unknown, more: Partial<typeof answer> = {}): Promise<string | undefined> {
    answer = { status: 200, body: typeof document === 'string' ? document : JSON.stringify(document), ...more };
    let problem: string | undefined;
    const log = {
      ...silentLog,
      warn(_event: string, fields?: Readonly<Record<string, unknown>>) {
        problem = String(fields?.['problem']);
      },
    };
    const provider = { id: 'p', issuer: base, clientId: CLIENT_ID, ca: undefined, allowPrivateAddress: false } as Parameters<
      typeof createMetadata
    >[0]['provider'];
    const metadata = createMetadata({ provider, fetch: createGuardedFetch(provider), clock: { now: () => 0 }, log });
    await metadata.get().catch((error: unknown) => expect(error).toMatchObject({ code: 'FRAMEGATE_PROVIDER_UNAVAILABLE' }));
    return problem;
  }

  it('that is as it should be is taken', async () => {
    expect(await judge(good())).toBeUndefined();
  });

  it.each([
    { name: 'of another issuer', change: () => ({ issuer: 'https://evil.test' }) },
    { name: 'with a slash more in its issuer', change: () => ({ issuer: `${base}/` }) },
    { name: 'without an authorization endpoint', change: () => ({ authorization_endpoint: undefined }) },
    { name: 'with a script as authorization endpoint', change: () => ({ authorization_endpoint: 'javascript:alert(1)' }) },
    { name: 'with http outside loopback', change: () => ({ token_endpoint: 'http://id.test/token' }) },
    { name: 'with a password in an address', change: () => ({ jwks_uri: 'https://user:pass@id.test/jwks' }) },
    { name: 'without keys', change: () => ({ jwks_uri: 7 }) },
  ])('$name is refused', async ({ change }) => {
    expect(await judge({ ...good(), ...change() })).toBeDefined();
  });

  it.each([
    { name: 'behind a redirect', body: '', more: { status: 302, headers: { Location: '/elsewhere' } } },
    { name: 'that is a page', body: '<!doctype html>', more: { headers: { 'Content-Type': 'text/html' } } },
    { name: 'that is a list', body: '[]', more: {} },
    { name: 'of more than 256 KiB', body: `{"x":"${'x'.repeat(300_000)}"}`, more: {} },
  ])('$name is refused', async ({ body, more }) => {
    expect(await judge(body, more)).toBeDefined();
  });
});
