// A host application's revocation is judged as its tickets are: the table SEC-B14, row by row.

import { createHmac, generateKeyPairSync, sign as signBytes } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { describe, expect, it } from 'vitest';
import { MisuseError } from '../../src/kernel/errors.ts';
import { type CreateRevocationOptions, createRevocation } from '../../src/sign-in/create-revocation.ts';
import { createTicket } from '../../src/sign-in/create-ticket.ts';
import { LIMITS, refusalOf } from './kit.ts';
import { AUDIENCE, ed25519, from, ISSUER, jwkOf, rsa, setUp, signRaw } from './ticket-kit.ts';

const TYPE = 'framegate-revocation+jwt';
const HEADER = JSON.stringify({ alg: 'EdDSA', typ: TYPE, kid: 'k1' });
const kit = setUp({ limits: { ...LIMITS, ticketsPerAddress: { count: 10_000, windowMs: 60_000 } } });
const token = (changes: object = {}, header: object = {}): string => kit.ticket({ ...changes }, { typ: TYPE, ...header });
const payload = (): string => JSON.stringify(kit.claims());
const now = kit.nowSeconds();
const attacker = generateKeyPairSync('ed25519');

const options = (changes: Partial<CreateRevocationOptions> = {}): CreateRevocationOptions => ({
  issuer: ISSUER,
  audience: AUDIENCE,
  key: ed25519.privateKey,
  kid: 'k1',
  clock: kit.clock,
  ...changes,
});

describe('a revocation', () => {
  it('names one person of its issuer, or all of them', async () => {
    const one = await kit.signIn.verifyRevocation(await createRevocation(options({ subject: 'alice' })), from);
    expect(one).toMatchObject({ issuer: ISSUER, subject: 'alice', jtiHash: expect.stringMatching(/^[0-9a-f]{16}$/) });
    const all = await kit.signIn.verifyRevocation(await createRevocation(options({ all: true })), from);
    expect(all).toMatchObject({ issuer: ISSUER });
    expect(all).not.toHaveProperty('subject');
  });

  it('reaches the sessions that began before it, by a clock that may be 30 s late', async () => {
    const { startedUntilMs } = await kit.signIn.verifyRevocation(token({ iat: now - 60, exp: now + 10 }), from);
    expect(startedUntilMs).toBe((now - 60 + 31) * 1000);
  });

  it.each([
    { name: 'a whole second, which stands for any moment of it', iat: now - 7, vouchedUntilMs: (now - 7) * 1000 + 999 },
    { name: 'a part of one', iat: now - 7 + 0.25, vouchedUntilMs: (now - 7) * 1000 + 250 },
  ])('reaches the tickets that were signed before it: dated by $name', async ({ iat, vouchedUntilMs }) => {
    expect(await kit.signIn.verifyRevocation(token({ iat, exp: now + 10 }), from)).toMatchObject({ vouchedUntilMs });
  });

  it.each([
    { name: 'SEC-B14.2 an exp as long ago as the tolerance', token: () => token({ iat: now - 60, exp: now - 30 }) },
    { name: 'SEC-B14.4 an iat 31 s ahead', token: () => token({ iat: now + 31, exp: now + 60 }) },
    { name: 'SEC-B14.4 an nbf 31 s ahead', token: () => token({ nbf: now + 31 }) },
    { name: 'SEC-B14.5 a lifetime of 121 s', token: () => token({ exp: now + 121 }) },
    ...['exp', 'iat', 'jti', 'sub', 'aud', 'iss'].map((claim) => ({
      name: `SEC-B14.6 no ${claim}`,
      token: () => token({ [claim]: undefined }),
    })),
    { name: 'SEC-B14.7 an aud list with strangers', token: () => token({ aud: [AUDIENCE, 'https://stranger.test'] }) },
    { name: 'SEC-B14.7 an aud list with us alone', token: () => token({ aud: [AUDIENCE] }) },
    {
      name: 'SEC-B14.8 none',
      token: () => signRaw(JSON.stringify({ alg: 'none', typ: TYPE, kid: 'k1' }), payload(), () => Buffer.from('x')),
    },
    {
      name: 'SEC-B14.8 HS256 with the public key',
      token: () => {
        const pem = ed25519.publicKey.export({ type: 'spki', format: 'pem' });
        return signRaw(JSON.stringify({ alg: 'HS256', typ: TYPE, kid: 'k1' }), payload(), (input) =>
          createHmac('sha256', pem).update(input).digest(),
        );
      },
    },
    {
      name: 'SEC-B14.8 RS256 where EdDSA is set',
      token: () =>
        signRaw(JSON.stringify({ alg: 'RS256', typ: TYPE, kid: 'k1' }), payload(), (input) => signBytes('sha256', input, rsa.privateKey)),
    },
    ...['../../dev/null', "' OR 1=1", 'http://evil.test/keys', 'k'.repeat(5000)].map((kid) => ({
      name: `SEC-B14.9 the kid ${kid.slice(0, 20)}`,
      token: () => token({}, { kid }),
    })),
    {
      name: 'SEC-B14.10 a key of its own in jwk',
      token: () =>
        signRaw(JSON.stringify({ ...JSON.parse(HEADER), jwk: jwkOf(attacker.publicKey, 'k1') }), payload(), (input) =>
          signBytes(null, input, attacker.privateKey),
        ),
    },
    { name: 'SEC-B14.11 an unknown crit', token: () => token({}, { crit: ['x'], x: 1 }) },
    ...['framegate-ticket+jwt', 'JWT', 'at+jwt', 'logout+jwt', undefined].map((typ) => ({
      name: `SEC-B14.12 the typ ${typ}`,
      token: () => token({}, { typ }),
    })),
    ...[['alice'], { toString: 'alice' }, '', 'alice\r\nX: y', 'a'.repeat(256), '__proto__', null, 7].map((sub) => ({
      name: `SEC-B14.13 the sub ${JSON.stringify(sub).slice(0, 20)}`,
      token: () => token({ sub }),
    })),
    { name: 'SEC-B14.14 one claim twice', token: () => signRaw(HEADER, payload().replace('{', '{"sub":"bob",')) },
    { name: 'SEC-B14.15 more than 8192 bytes', token: () => token({ pad: 'x'.repeat(8192) }) },
    { name: 'a sub beside all', token: () => token({ all: true }) },
    ...[false, 'true', 1, null].map((all) => ({ name: `all as ${JSON.stringify(all)}`, token: () => token({ sub: undefined, all }) })),
    { name: 'an issuer that nobody knows', token: () => token({ iss: 'https://evil.test' }) },
    { name: 'another key', token: () => signRaw(HEADER, payload(), (input) => signBytes(null, input, attacker.privateKey)) },
    { name: 'a ticket', token: () => kit.ticket() },
  ])('refuses $name', async ({ token: make }) => {
    expect(await refusalOf(kit.signIn.verifyRevocation(make(), from))).toMatchObject({ code: 'FRAMEGATE_TICKET_REFUSED', status: 401 });
  });

  it('SEC-B14.3 may have ended 20 s ago', async () => {
    await expect(kit.signIn.verifyRevocation(token({ iat: now - 60, exp: now - 20 }), from)).resolves.toBeDefined();
  });

  it('SEC-B14.1 is used once, of twenty at the same time', async () => {
    const revocation = token();
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => kit.signIn.verifyRevocation(revocation, from)));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('SEC-B14.12 is no ticket', async () => {
    expect(await refusalOf(kit.signIn.verify(await createRevocation(options({ subject: 'alice' })), from))).toMatchObject({
      reason: 'typ',
    });
  });

  it('counts refused ones on the address, and no log-out of others with them', async () => {
    const limited = setUp({ limits: { ...LIMITS, ticketsPerAddress: { count: 2, windowMs: 60_000 } } });
    for (let sent = 0; sent < 3; sent += 1) await refusalOf(limited.signIn.verifyRevocation('x', from));
    expect(await refusalOf(limited.signIn.verifyRevocation('x', from))).toMatchObject({ code: 'FRAMEGATE_TOO_MANY' });
    await expect(limited.signIn.verifyRevocation(limited.ticket({}, { typ: TYPE }), { address: '192.0.2.9' })).resolves.toBeDefined();
  });
});

describe('createRevocation', () => {
  it('writes only what it was given, with a type of its own and a new jti each time', async () => {
    const first = await createRevocation(options({ subject: 'alice' }));
    expect(decodeJwt(first)).toEqual({ iss: ISSUER, aud: AUDIENCE, sub: 'alice', iat: now, exp: now + 60, jti: expect.any(String) });
    expect(decodeProtectedHeader(first)).toEqual({ alg: 'EdDSA', typ: TYPE, kid: 'k1' });
    const all = decodeJwt(await createRevocation(options({ all: true, lifetimeSeconds: 5 })));
    expect(all).toMatchObject({ all: true, exp: now + 5 });
    expect(all.sub).toBeUndefined();
    expect(all.jti).not.toBe(decodeJwt(first).jti);
  });

  it.each([
    { name: 'nobody', changes: {}, message: 'either "subject" or "all: true"' },
    { name: 'both', changes: { subject: 'alice', all: true as const }, message: 'either "subject" or "all: true"' },
    { name: 'all: false', changes: { all: false as unknown as true }, message: '"all" can only be true' },
    { name: 'a subject that no ticket has', changes: { subject: 'a b' }, message: '"subject" cannot be' },
    { name: 'no issuer', changes: { subject: 'a', issuer: '' }, message: 'createRevocation: "issuer" is missing' },
    { name: 'a public key', changes: { subject: 'a', key: ed25519.publicKey }, message: 'createRevocation: "key" is a public key' },
  ])('refuses $name', async ({ changes, message }) => {
    const refused = createRevocation(options(changes));
    await expect(refused).rejects.toThrow(MisuseError);
    await expect(refused).rejects.toThrow(message);
  });

  it('leaves createTicket its own name in messages', async () => {
    await expect(createTicket({ ...options(), subject: 'a', key: 'short' })).rejects.toThrow('createTicket: the shared secret is shorter');
  });
});
