// Two gates of one public address over a real Redis, each with its own connections: what ends on one ends on the other.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RawConnection } from '../support/raw-client.ts';
import { acceptUpgrade } from '../support/recording-upstream.ts';
import { TestGate } from '../support/start-gate.ts';
import { hasRedis, TestRedis } from '../support/start-redis.ts';

const UPGRADE = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='];
/** SEC-B8.3 and SEC-D2.4, in milliseconds. */
const EVERYWHERE_MS = 2000;
const STREAM = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n';
const DOWNLOAD = 'HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: 1000000\r\n\r\ndata: 1\n\n';

describe.skipIf(!hasRedis)('two gates over one Redis', () => {
  let redis: TestRedis;
  let a: TestGate;
  let b: TestGate;

  beforeAll(async () => {
    redis = await TestRedis.start();
    const session = { secret: 'a secret of the tests, 32 bytes or longer', store: redis.url };
    a = new TestGate({ config: { session } });
    await a.start();
    b = new TestGate({ config: { session, publicUrl: a.origin }, anonymous: true });
    await b.start();
  });
  afterAll(async () => {
    await Promise.all([a?.close(), b?.close()]);
    await redis.close();
  });

  /** Sent to B as a browser sends it to the one address that both have. */
  const textForB = (line: string, cookie: string, headers: readonly string[] = []) =>
    b.text(line, [`Host: localhost:${a.port}`, a.ownOrigin, `Cookie: ${cookie}`, ...headers]);
  const sendToB = (line: string, cookie: string) => b.sendBytes(textForB(line, cookie));
  const signOutAtA = (cookie: string) => a.send('POST /_gate/logout', [`Cookie: ${cookie}`, a.ownOrigin]);

  async function openAtB(line: string, cookie: string, headers: readonly string[] = []): Promise<RawConnection> {
    const connection = await RawConnection.open(b.port);
    connection.write(textForB(line, cookie, headers));
    return connection;
  }

  it.each([
    { name: 'event stream', answer: STREAM },
    { name: 'download', answer: DOWNLOAD },
  ])('SEC-B8.3, SEC-D2.4 an open $name on one ends within 2 s of the sign-out at the other', async ({ answer }) => {
    const cookie = await a.signIn('ida', ['operators']);
    b.upstream.script = (_request, socket) => socket.write(answer);
    const connection = await openAtB('GET /a', cookie);
    await connection.waitFor('data: 1');
    expect((await signOutAtA(cookie)).status).toBeLessThan(400);
    expect(await connection.waitForEnd(EVERYWHERE_MS)).not.toBe('open');
    expect((await sendToB('GET /b', cookie)).status).toBe(401);
  });

  it('SEC-B8.3 an open WebSocket on one outlives a renewal at the other, and ends within 2 s of the sign-out', async () => {
    const cookie = await a.signIn('jo', ['operators']);
    b.upstream.script = acceptUpgrade();
    const socket = await openAtB('GET /api/live/ws', cookie, UPGRADE);
    expect((await socket.answer()).status).toBe(101);
    const body = new URLSearchParams({ ticket: await a.signTicket('jo', ['operators']), to: '/' }).toString();
    const form = ['Content-Type: application/x-www-form-urlencoded', 'Origin: https://host.test', 'Sec-Fetch-Site: cross-site'];
    const entered = await a.send('POST /_gate/enter', [...form, `Cookie: ${cookie}`], body);
    const renewed = entered.header('set-cookie')?.match(/__Host-framegate=s[^;]+/)?.[0] ?? '';
    await expect.poll(async () => (await sendToB('GET /a', cookie)).status, { timeout: EVERYWHERE_MS }).toBe(401);
    expect(socket.ending).toBe('open');
    await signOutAtA(renewed);
    expect(await socket.waitForEnd(EVERYWHERE_MS)).not.toBe('open');
    expect(socket.pending).toMatch(/^\x88[\x02-\x7d]\x03\xf0/);
  });

  it('SEC-D1.5 a record that somebody wrote to by hand counts as signed out, and the gate goes on', async () => {
    const cookie = await a.signIn('kim', ['operators']);
    const keys = (await redis.command('KEYS', '*session:*')).match(/framegate:\S*session:[\w-]{43}/g) ?? [];
    expect(keys.length).toBeGreaterThan(0);
    for (const key of keys) await redis.command('SET', key, '{"identity":{"login":"admin"}}');
    expect((await sendToB('GET /a', cookie)).status).toBe(401);
    const other = await a.signIn('kim', ['operators']);
    b.upstream.script = (_request, socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    expect((await sendToB('GET /a', other)).status).toBe(200);
  });

  it('Redis away: who is known goes on, who is not gets 503 and keeps the cookie, nobody signs in; then all is as before', async () => {
    const [known, unknown] = [await a.signIn('lee', ['operators']), await a.signIn('mia', ['operators'])];
    b.upstream.script = (_request, socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    expect((await sendToB('GET /a', known)).status).toBe(200);
    redis.freeze();
    try {
      await expect.poll(async () => (await sendToB('GET /a', unknown)).status, { timeout: 4000 }).toBe(503);
      expect((await sendToB('GET /a', known)).status).toBe(200);
      const refused = await sendToB('GET /a', unknown);
      expect(refused.body).toContain('FRAMEGATE_STORE_UNAVAILABLE');
      expect(refused.header('set-cookie')).toBeUndefined();
      await expect(a.signIn('nora', ['operators'])).rejects.toThrow(/503/);
    } finally {
      redis.thaw();
    }
    await expect.poll(async () => (await sendToB('GET /a', unknown)).status, { timeout: 5000 }).toBe(200);
    await expect.poll(() => a.signIn('nora', ['operators']).then(Boolean, () => false), { timeout: 5000 }).toBe(true);
  });
});
