// Keys by URL, from a real server on loopback: SEC-B15, SEC-J3.

import { generateKeyPairSync, sign as signBytes } from 'node:crypto';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LogFields } from '../../src/kernel/log.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { LIMITS, refusalOf } from './kit.ts';
import { ed25519, from, issuerWith, jwkOf, keySetOf, rsa, secret, setUp, signRaw, weakRsa } from './ticket-kit.ts';

const MINUTE_MS = 60_000;
const goodSet = JSON.stringify(keySetOf(jwkOf(ed25519.publicKey, 'k1')));
const answerWith =
  (body: string, status = 200, headers: Record<string, string> = { 'content-type': 'application/json' }): RequestListener =>
  (_req, res) =>
    res.writeHead(status, headers).end(body);

let server: Server;
let url: string;
let fetches: string[];
let answer: RequestListener;

beforeEach(async () => {
  fetches = [];
  answer = answerWith(goodSet);
  server = createServer((req, res) => {
    fetches.push(req.url ?? '');
    answer(req, res);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`;
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

function setUpRemote({ algorithms = ['EdDSA'], ...source }: { algorithms?: string[]; maxStaleMs?: number; url?: string } = {}) {
  const warnings: (LogFields | undefined)[] = [];
  const kit = setUp({
    issuers: [issuerWith({ kind: 'url', url, maxStaleMs: 60 * MINUTE_MS, allowPrivate: false, ...source }, algorithms)],
    limits: { ...LIMITS, ticketsPerAddress: { count: 100_000, windowMs: MINUTE_MS } },
    log: { ...silentLog, warn: (_event, fields) => void warnings.push(fields) },
  });
  const enter = () => kit.signIn.verify(kit.ticket(), from);
  return { ...kit, enter, warnings };
}

describe('keys by URL', () => {
  it('are fetched once for many tickets, also when these come at the same time', async () => {
    const { enter } = setUpRemote();
    await Promise.all(Array.from({ length: 10 }, enter));
    await enter();
    expect(fetches).toEqual(['/jwks.json']);
  });

  it('are not fetched before a ticket has the right form and issuer', async () => {
    const { signIn, ticket } = setUpRemote();
    for (const bad of ['x', ticket({ iss: 'https://evil.test' }), ticket({}, { kid: 'http://evil.test/' })])
      await refusalOf(signIn.verify(bad, from));
    expect(fetches).toEqual([]);
  });

  it('SEC-B15.1, SEC-D5.5 are looked up again at once for an unknown kid, so that a new key works', async () => {
    const { signIn, ticket, enter, claims } = setUpRemote();
    await enter();
    const next = generateKeyPairSync('ed25519');
    answer = answerWith(JSON.stringify(keySetOf(jwkOf(ed25519.publicKey, 'k1'), jwkOf(next.publicKey, 'k2'))));
    const header = '{"alg":"EdDSA","typ":"framegate-ticket+jwt","kid":"k2"}';
    const byNextKey = signRaw(header, JSON.stringify(claims()), (input) => signBytes(null, input, next.privateKey));
    await expect(signIn.verify(byNextKey, from)).resolves.toBeDefined();
    await expect(signIn.verify(ticket(), from)).resolves.toBeDefined();
    expect(fetches).toHaveLength(2);
  });

  it('SEC-B15.1 are fetched at most twice for 1000 made-up kids, and again after 30 s', async () => {
    const { signIn, ticket, clock } = setUpRemote();
    for (let index = 0; index < 1000; index += 1) {
      expect((await refusalOf(signIn.verify(ticket({}, { kid: `made-up-${index}` }), from))).reason).toBe('kid-unknown');
    }
    expect(fetches).toHaveLength(2);
    clock.advance(30_000);
    await refusalOf(signIn.verify(ticket({}, { kid: 'made-up' }), from));
    expect(fetches).toHaveLength(3);
  });

  it('SEC-B15.2 go on for an hour while their source is down, are asked for every 30 s, and warn', async () => {
    const { enter, clock, warnings } = setUpRemote();
    await enter();
    answer = (req) => req.socket.destroy();
    clock.advance(11 * MINUTE_MS);
    await enter();
    await enter();
    expect(fetches).toHaveLength(2);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatchObject({ issuer: 'https://host.test' });
    clock.advance(30_000);
    await enter();
    expect(fetches).toHaveLength(3);
    clock.advance(48 * MINUTE_MS);
    await enter();
    clock.advance(MINUTE_MS);
    expect(await refusalOf(enter())).toMatchObject({ code: 'FRAMEGATE_KEYS_UNAVAILABLE', status: 503 });
    answer = answerWith(goodSet);
    clock.advance(5000);
    await expect(enter()).resolves.toBeDefined();
  });

  it('SEC-B15.2 go on for as long as `maxStale` says', async () => {
    const { enter, clock } = setUpRemote({ maxStaleMs: 3 * 60 * MINUTE_MS });
    await enter();
    answer = (req) => req.socket.destroy();
    clock.advance(3 * 60 * MINUTE_MS - 1);
    await enter();
    clock.advance(1);
    expect((await refusalOf(enter())).code).toBe('FRAMEGATE_KEYS_UNAVAILABLE');
  });

  it('SEC-B15.1 let every ticket by a new key in that comes while the set is asked for again', async () => {
    const { signIn, enter, claims } = setUpRemote();
    await enter();
    const next = generateKeyPairSync('ed25519');
    answer = answerWith(JSON.stringify(keySetOf(jwkOf(next.publicKey, 'k2'))));
    const header = '{"alg":"EdDSA","typ":"framegate-ticket+jwt","kid":"k2"}';
    const makeTicket = () => signRaw(header, JSON.stringify(claims()), (input) => signBytes(null, input, next.privateKey));
    await Promise.all(Array.from({ length: 10 }, () => signIn.verify(makeTicket(), from)));
    expect(fetches).toHaveLength(2);
  });

  it('SEC-B15.3 that were never there give 503, with a try every five seconds, and count against nobody', async () => {
    const kit = setUp({
      issuers: [issuerWith({ kind: 'url', url, maxStaleMs: 60 * MINUTE_MS, allowPrivate: false })],
      limits: { ...LIMITS, ticketsPerAddress: { count: 1, windowMs: MINUTE_MS } },
    });
    answer = answerWith('down', 500);
    for (let count = 1; count <= 5; count += 1) {
      expect((await refusalOf(kit.signIn.verify(kit.ticket(), from))).code).toBe('FRAMEGATE_KEYS_UNAVAILABLE');
    }
    expect(fetches).toHaveLength(1);
    answer = answerWith(goodSet);
    kit.clock.advance(5000);
    await expect(kit.signIn.verify(kit.ticket(), from)).resolves.toBeDefined();
  });

  it('SEC-B15.4 that were taken out of the set are refused ten minutes later', async () => {
    const { enter, clock } = setUpRemote();
    await enter();
    answer = answerWith(JSON.stringify(keySetOf(jwkOf(generateKeyPairSync('ed25519').publicKey, 'k2'))));
    clock.advance(10 * MINUTE_MS - 1);
    await enter();
    clock.advance(1);
    expect((await refusalOf(enter())).reason).toBe('kid-unknown');
  });

  const manyKeys = () =>
    keySetOf(...Array.from({ length: 10_000 }, (_, index) => ({ kty: 'OKP', crv: 'Ed25519', kid: `${index}`, x: 'A' })));
  const fewTooMany = () => keySetOf(...Array.from({ length: 101 }, (_, index) => ({ kty: 'OKP', kid: `${index}` })));
  const badAnswers: { name: string; answer: () => RequestListener }[] = [
    { name: '10 000 keys', answer: () => answerWith(JSON.stringify(manyKeys())) },
    { name: '101 keys', answer: () => answerWith(JSON.stringify(fewTooMany())) },
    { name: '10 MB', answer: () => answerWith(goodSet + ' '.repeat(10 << 20)) },
    { name: 'HTML', answer: () => answerWith('<!doctype html><p>Log in', 200, { 'content-type': 'text/html' }) },
    {
      name: 'SEC-J3 a redirect',
      answer: () => (req, res) => (req.url === '/good' ? answerWith(goodSet)(req, res) : res.writeHead(302, { location: '/good' }).end()),
    },
    { name: 'no keys', answer: () => answerWith('{"keys":[]}') },
    { name: 'a list', answer: () => answerWith('[]') },
    { name: 'keys that are none', answer: () => answerWith('{"keys":["k1"]}') },
    { name: 'status 404', answer: () => answerWith(goodSet, 404) },
    { name: 'SEC-B15.6 a private key', answer: () => answerWith(JSON.stringify(keySetOf(jwkOf(ed25519.privateKey, 'k1')))) },
    {
      name: 'SEC-B15.6 a symmetric key',
      answer: () =>
        answerWith(JSON.stringify(keySetOf(jwkOf(ed25519.publicKey, 'k1'), { kty: 'oct', k: secret.toString('base64url'), kid: 's' }))),
    },
  ];

  it.each(badAnswers)('SEC-B15.5 are not taken from an answer with $name', async ({ answer: bad }) => {
    answer = bad();
    const { enter } = setUpRemote();
    expect((await refusalOf(enter())).code).toBe('FRAMEGATE_KEYS_UNAVAILABLE');
    expect(fetches).toEqual(['/jwks.json']);
  });

  it.each(badAnswers)('SEC-B15.5 stay as they were when the new answer has $name', async ({ answer: bad }) => {
    const { enter, clock } = setUpRemote();
    await enter();
    answer = bad();
    clock.advance(10 * MINUTE_MS);
    await expect(enter()).resolves.toBeDefined();
    expect(fetches).toEqual(['/jwks.json', '/jwks.json']);
  });

  it('SEC-D5.3 judge nothing when RSA is below 2048 bits', async () => {
    answer = answerWith(JSON.stringify(keySetOf(jwkOf(weakRsa.publicKey, 'r1'), jwkOf(rsa.publicKey, 'r2'))));
    const { signIn, claims } = setUpRemote({ algorithms: ['RS256'] });
    const header = '{"alg":"RS256","typ":"framegate-ticket+jwt","kid":"r1"}';
    const ticket = signRaw(header, JSON.stringify(claims()), (input) => signBytes('sha256', input, weakRsa.privateKey));
    expect((await refusalOf(signIn.verify(ticket, from))).reason).toBe('kid-unknown');
  });

  it('say in the log what is wrong and show nothing of what they are', async () => {
    answer = answerWith(JSON.stringify(keySetOf(jwkOf(ed25519.privateKey, 'k1'))));
    const { enter, warnings } = setUpRemote();
    await refusalOf(enter());
    expect(String(warnings[0]?.['problem'])).toContain('keys[0] is a private key');
    expect(JSON.stringify(warnings)).not.toContain(String(ed25519.privateKey.export({ format: 'jwk' }).d));
  });

  it('do not make a ticket usable that ended while they were fetched, not even twice at the same time (SEC-B14.1)', async () => {
    const { signIn, ticket, clock } = setUpRemote();
    answer = (req, res) => {
      clock.advance(90_000);
      answerWith(goodSet)(req, res);
    };
    const once = ticket();
    const refusals = await Promise.all([1, 2].map(() => refusalOf(signIn.verify(once, from))));
    expect(refusals.map(({ reason }) => reason)).toEqual(['expired', 'expired']);
  });

  it('skip keys that cannot verify, which a set may hold for other purposes', async () => {
    const others = [
      { kty: 'OKP', crv: 'X25519', x: 'A'.repeat(43), kid: 'x' },
      { ...jwkOf(ed25519.publicKey, 'e'), use: 'enc' },
    ];
    answer = answerWith(JSON.stringify(keySetOf({ kty: 'future', kid: 'f' }, ...others, jwkOf(ed25519.publicKey, 'k1'))));
    const { enter } = setUpRemote();
    await expect(enter()).resolves.toBeDefined();
  });

  it('take neither of two keys with one kid', async () => {
    const twice = keySetOf(jwkOf(ed25519.publicKey, 'k1'), jwkOf(rsa.publicKey, 'k1'), jwkOf(rsa.publicKey, 'k2'));
    answer = answerWith(JSON.stringify(twice));
    const { enter } = setUpRemote();
    expect((await refusalOf(enter())).reason).toBe('kid-unknown');
  });

  it('SEC-J3 are asked for at no private address, by number or by name', async () => {
    const { port } = new URL(url);
    let connections = 0;
    server.on('connection', () => {
      connections += 1;
    });
    for (const host of ['10.0.0.1', '[fd00::1]', '[::ffff:192.168.0.1]', '127.0.0.2.nip.invalid', hostname()]) {
      const { enter, warnings } = setUpRemote({ url: `https://${host}:${port}/jwks.json` });
      expect((await refusalOf(enter())).code).toBe('FRAMEGATE_KEYS_UNAVAILABLE');
      expect(String(warnings[0]?.['problem'])).toMatch(/is not public|ENOTFOUND|EAI_AGAIN/);
    }
    expect(connections).toBe(0);
  });

  it('SEC-J3 are waited for five seconds at most', { timeout: 15_000 }, async () => {
    answer = (_req, res) => void res.writeHead(200).write('{');
    const { enter, warnings } = setUpRemote();
    const startedAt = performance.now();
    expect((await refusalOf(enter())).code).toBe('FRAMEGATE_KEYS_UNAVAILABLE');
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    expect(warnings).toHaveLength(1);
  });
});
