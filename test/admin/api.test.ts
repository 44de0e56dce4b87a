// The admin API on a running gate: what operators see and end, and what nobody else can make it do.

import { describe, expect, it } from 'vitest';
import { RawConnection } from '../support/raw-client.ts';
import { acceptUpgrade } from '../support/recording-upstream.ts';
import { HOST_PAGE, useGate } from '../support/start-gate.ts';
import { askAdmin } from './ask.ts';

const TOKEN = 'Zr4qv8Kd2mXw7NpB5tYc9HsL3gJf6RaE1uQoT0iVxWz';
const admin = { host: '127.0.0.1', port: 0, hosts: ['gate.internal'], token: TOKEN };
const gate = useGate({ config: { admin } });
const bearer = { Authorization: `Bearer ${TOKEN}` };

const ask = (path: string, options: Parameters<typeof askAdmin>[2] = {}) =>
  askAdmin(gate.adminUrl, `/admin/api${path}`, { ...options, headers: { ...bearer, ...options.headers } });
const revoke = (body: unknown) => ask('/revocations', { body });
const statusOf = async (cookie: string): Promise<number> =>
  (await gate.send('GET /api/user', [`Cookie: ${cookie}`, 'Accept: application/json'])).status;

describe('GET /admin/api/sessions', () => {
  it('lists who is signed in, how, from where and since when', async () => {
    const cookie = await gate.signIn('lena', ['operators']);
    const { status, json, headers } = await ask('/sessions?login=lena');
    expect(status).toBe(200);
    expect(headers['cache-control']).toBe('no-store');
    expect(json.sessions).toEqual([
      {
        key: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}$/),
        login: 'lena',
        issuer: HOST_PAGE,
        subject: 'lena',
        method: 'ticket',
        address: '127.0.0.1',
        started: expect.stringMatching(/^\d{4}-.*Z$/),
        lastUse: expect.stringMatching(/Z$/),
        ends: expect.stringMatching(/Z$/),
      },
    ]);
    expect(await statusOf(cookie)).toBe(200);
  });

  it('SEC-D1.5 tells nothing that signs anybody in', async () => {
    const cookie = await gate.signIn('lars', ['operators']);
    const { text, json } = await ask('/sessions?login=lars');
    const id = decodeURIComponent(cookie.split('=')[1] ?? '').slice(2);
    expect(id.length).toBeGreaterThan(40);
    expect(text).not.toContain(id.split('.')[0]);
    for (const value of Object.values<string>(json.sessions[0])) expect(await statusOf(`__Host-framegate=${value}`)).toBe(401);
  });

  it('comes page by page, each session once', async () => {
    for (const _ of [1, 2, 3, 4, 5]) await gate.signIn('many', ['operators']);
    const keys: string[] = [];
    let cursor: string | undefined;
    do {
      const { json } = await ask(`/sessions?login=many&limit=2${cursor === undefined ? '' : `&cursor=${cursor}`}`);
      expect(json.sessions.length).toBeLessThanOrEqual(2);
      keys.push(...json.sessions.map(({ key }: { key: string }) => key));
      cursor = json.cursor;
    } while (cursor !== undefined);
    expect(new Set(keys).size).toBe(5);
    expect(keys).toHaveLength(5);
  });

  it.each(['?limit=0', '?limit=1001', '?limit=x', '?user=lena', '?login=a&login=b'])('refuses %s', async (query) => {
    expect(await ask(`/sessions${query}`)).toMatchObject({ status: 400, json: { code: 'FRAMEGATE_BAD_REQUEST' } });
  });

  it('names issuers that nobody is of by an empty list', async () => {
    expect((await ask('/sessions?issuer=https://other.test')).json).toEqual({ sessions: [] });
  });
});

describe('POST /admin/api/revocations', () => {
  it('SEC-B8.3 ends one session by the key of the list, with its sockets, and no other', async () => {
    gate.upstream.script = acceptUpgrade('');
    const [first, second] = [await gate.signIn('rosa', ['operators']), await gate.signIn('rosa', ['operators'])];
    const socket = await RawConnection.open(gate.port);
    const upgrade = [
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ];
    socket.write(gate.text('GET /api/live/ws', [`Cookie: ${first}`, gate.ownOrigin, ...upgrade]));
    expect((await socket.answer()).status).toBe(101);
    const { json } = await ask('/sessions?login=rosa');
    const [oldest] = json.sessions.toSorted((a: { started: string }, b: { started: string }) => (a.started < b.started ? -1 : 1));
    expect((await revoke({ key: oldest.key })).json).toEqual({ ended: 1 });
    expect(await socket.waitForEnd(1000)).toBe('ended');
    gate.upstream.clear();
    expect([await statusOf(first), await statusOf(second)]).toEqual([401, 200]);
    expect((await revoke({ key: oldest.key })).json).toEqual({ ended: 0 });
  });

  it.each([
    { body: { login: 'target' }, ended: 2 },
    { body: { issuer: HOST_PAGE, subject: 'target' }, ended: 2 },
    { body: { issuer: HOST_PAGE, login: 'target' }, ended: 2 },
    { body: { issuer: 'password', subject: 'target' }, ended: 0 },
    { body: { issuer: 'https://other.test' }, ended: 0 },
  ])('ends the sessions of $body', async ({ body, ended }) => {
    await revoke({ login: 'target' });
    const cookies = [await gate.signIn('target', ['operators']), await gate.signIn('target', ['operators'])];
    const bystander = await gate.signIn('bystander', ['operators']);
    expect((await revoke(body)).json).toEqual({ ended });
    for (const cookie of cookies) expect(await statusOf(cookie)).toBe(ended === 0 ? 200 : 401);
    expect(await statusOf(bystander)).toBe(200);
  });

  it("ends those of an issuer, and everybody's", async () => {
    const [one, two] = [await gate.signIn('one', ['operators']), await gate.signIn('two', ['operators'])];
    expect((await revoke({ issuer: HOST_PAGE })).json.ended).toBeGreaterThanOrEqual(2);
    expect([await statusOf(one), await statusOf(two)]).toEqual([401, 401]);
    const three = await gate.signIn('three', ['operators']);
    expect((await revoke({ everyone: true })).json.ended).toBe(1);
    expect(await statusOf(three)).toBe(401);
  });

  it.each([
    {},
    { everyone: false },
    { everyone: true, login: 'one' },
    { subject: 'one' },
    { key: 'x', login: 'one' },
    { login: '' },
    { login: 1 },
    { login: null },
    { issuer: ['x'] },
    { loginn: 'one' },
    '[]',
    '"one"',
    '{"login":"a","login":"b"}',
    '{"login":"a"',
    '',
  ])('refuses %j, and nobody is signed out by a mistake', async (body) => {
    const cookie = await gate.signIn('safe', ['operators']);
    expect(await revoke(body)).toMatchObject({ status: 400, json: { code: 'FRAMEGATE_BAD_REQUEST' } });
    expect(await statusOf(cookie)).toBe(200);
  });

  it('refuses long bodies and other types', async () => {
    expect((await revoke(`{"login":"${'x'.repeat(5000)}"}`)).status).toBe(413);
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/json, text/plain', ''])
      expect((await ask('/revocations', { body: '{"everyone":true}', headers: { 'Content-Type': type } })).status).toBe(415);
  });
});

describe('the rest of the admin API', () => {
  it('tells how the upstreams are', async () => {
    expect((await ask('/upstreams')).json).toEqual({
      upstreams: [
        {
          name: 'main',
          preset: 'grafana',
          mount: '/',
          origin: gate.upstream.url,
          state: 'up',
          judgedAs: { table: 12, from: 'configuration' },
        },
      ],
    });
  });

  it('SEC-B21.2 tells rules and revision, and no secret', async () => {
    const { json, text } = await ask('/config');
    expect(json).toMatchObject({
      revision: expect.stringMatching(/^[0-9a-f]{12}$/),
      accessMode: 'enforce',
      rules: [{ name: 'operators' }],
    });
    for (const secret of [TOKEN, 'a secret of the tests', 'argon2id', 'BEGIN']) expect(text).not.toContain(secret);
  });

  it.each(['', '/', '/sessions/', '/Sessions', '/%73essions', '//sessions', '/denied'])('SEC-H14 has nothing at %j', async (path) => {
    expect((await ask(path)).status).toBe(404);
  });

  it('takes the methods it has, and says which', async () => {
    expect(await ask('/sessions', { body: {} })).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
    expect(await ask('/revocations')).toMatchObject({ status: 405, headers: { allow: 'POST' } });
    expect(await ask('/config', { method: 'HEAD' })).toMatchObject({ status: 200, text: '' });
  });
});

describe('the protection of the admin API', () => {
  it.each([
    'evil.test',
    'evil.test:8002',
    'gate.internal.evil.test',
    '127.0.0.1.evil.test',
    '[::1].evil.test',
    'localhost@evil.test',
    'a b',
  ])('SEC-H15 refuses the Host %j, which a foreign name server could point here', async (Host) => {
    const { status, json } = await ask('/sessions', { headers: { Host } });
    expect([400, 421]).toContain(status);
    expect(json?.sessions).toBeUndefined();
  });

  it.each(['localhost', 'LOCALHOST:8002', '127.0.0.1:8002', '10.1.2.3', '[::1]:8002', 'gate.internal', 'gate.internal:8002'])(
    'takes the Host %s',
    async (Host) => {
      expect((await ask('/config', { headers: { Host } })).status).toBe(200);
    },
  );

  it.each([
    { Origin: 'http://127.0.0.1' },
    { Origin: 'null' },
    { 'Sec-Fetch-Site': 'same-origin' },
    { 'Sec-Fetch-Site': 'cross-site' },
    { 'Sec-Fetch-Site': 'same-site' },
  ])('SEC-H15 answers no page: %j', async (headers) => {
    const cookie = await gate.signIn('unharmed', ['operators']);
    for (const options of [{ headers }, { headers, body: { everyone: true } }]) {
      const path = 'body' in options ? '/revocations' : '/sessions';
      expect(await ask(path, options)).toMatchObject({ status: 403, json: { code: 'FRAMEGATE_CROSS_ORIGIN' } });
    }
    expect(await statusOf(cookie)).toBe(200);
  });

  it("lets an operator look with the browser's own address bar", async () => {
    expect((await ask('/config', { headers: { 'Sec-Fetch-Site': 'none' } })).status).toBe(200);
  });

  it.each(['', `Bearer ${TOKEN}x`, `Bearer ${TOKEN.slice(0, -1)}`, `Basic ${TOKEN}`, 'Bearer', `Bearer ${TOKEN} ${TOKEN}`])(
    'SEC-H15 asks for the token: %j is none',
    async (Authorization) => {
      const answer = await ask('/sessions', { headers: { Authorization } });
      expect(answer).toMatchObject({ status: 401, json: { code: 'FRAMEGATE_ADMIN_REFUSED' }, headers: { 'www-authenticate': 'Bearer' } });
      expect(answer.text).not.toContain(TOKEN);
    },
  );

  it('SEC-H15 leaves health and readiness open', async () => {
    for (const path of ['/healthz', '/readyz'])
      expect((await askAdmin(gate.adminUrl, path, { headers: { Host: 'anything.test' } })).status).toBe(200);
  });
});

describe('the main listener', () => {
  it('SEC-H15 has no admin API', async () => {
    const sent = await gate.sendAsAlice('GET /admin/api/sessions', [`Authorization: Bearer ${TOKEN}`]);
    expect(sent.body).not.toContain('"sessions"');
  });
});
