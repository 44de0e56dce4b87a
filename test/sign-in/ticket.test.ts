import { createHash } from 'node:crypto';
import { SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { createLoginPolicy } from '../../src/sign-in/login-policy.ts';
import { createFallibleStore, createManualClock, LIMITS, refusalOf } from './kit.ts';
import {
  AUDIENCE,
  ed25519,
  ed25519Issuer,
  from,
  ISSUER,
  jwkOf,
  keySetIssuer,
  keySetOf,
  p256,
  publicKeyIssuer,
  rsa,
  secret,
  secretIssuer,
  setUp,
} from './ticket-kit.ts';

const account = { name: 'alice', passwordHash: '', email: undefined, displayName: undefined, groups: [], disabled: false };

describe('createTicketSignIn', () => {
  it('gives the identity that the host application signed', async () => {
    const { signIn, ticket, nowSeconds } = setUp();
    const claims = { jti: 'j1', name: 'Alice \u00c5', email: 'alice@example.com', groups: ['operators', 'night shift'] };
    expect(await signIn.verify(ticket(claims), from)).toEqual({
      identity: {
        issuer: ISSUER,
        subject: 'alice',
        login: 'alice',
        email: 'alice@example.com',
        emailVerified: true,
        displayName: 'Alice \u00c5',
        groups: ['operators', 'night shift'],
      },
      vouchedAtMs: nowSeconds() * 1000,
      jtiHash: createHash('sha256').update('j1').digest('hex').slice(0, 16),
    });
  });

  it('tells when the ticket was signed, to the millisecond where it says so', async () => {
    const { signIn, ticket, nowSeconds } = setUp();
    for (const ms of [0, 1, 123, 999])
      expect(await signIn.verify(ticket({ iat: nowSeconds() + ms / 1000 }), from)).toMatchObject({ vouchedAtMs: nowSeconds() * 1000 + ms });
  });

  it('needs no name, e-mail or groups', async () => {
    const { signIn, ticket } = setUp();
    const { identity } = await signIn.verify(ticket(), from);
    expect(identity).toEqual({ issuer: ISSUER, subject: 'alice', login: 'alice', groups: [] });
  });

  it('takes the tickets that jose signs', async () => {
    const { signIn, nowSeconds } = setUp();
    const ticket = await new SignJWT({ sub: 'alice' })
      .setProtectedHeader({ alg: 'EdDSA', typ: 'framegate-ticket+jwt', kid: 'k1' })
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setIssuedAt(nowSeconds())
      .setExpirationTime(nowSeconds() + 60)
      .setJti('j1')
      .sign(ed25519.privateKey);
    await expect(signIn.verify(ticket, from)).resolves.toMatchObject({ identity: { login: 'alice' } });
  });

  it('SEC-B14.1 takes a ticket once', async () => {
    const { signIn, ticket } = setUp();
    const once = ticket();
    await signIn.verify(once, from);
    expect(await refusalOf(signIn.verify(once, from))).toMatchObject({ code: 'FRAMEGATE_TICKET_REFUSED', reason: 'replayed' });
  });

  it('SEC-B14.1 refuses another ticket with a jti that was used', async () => {
    const { signIn, ticket } = setUp();
    await signIn.verify(ticket({ jti: 'same' }), from);
    expect((await refusalOf(signIn.verify(ticket({ jti: 'same', sub: 'bob' }), from))).reason).toBe('replayed');
  });

  it('SEC-B14.1 lets exactly one of 20 parallel uses in', async () => {
    const { signIn, ticket } = setUp();
    const once = ticket();
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => signIn.verify(once, from)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('SEC-B14.1 remembers a used ticket until it is too old by itself', async () => {
    const { signIn, clock, nowSeconds, ticket } = setUp();
    const once = ticket({ exp: nowSeconds() + 60.5 });
    await signIn.verify(once, from);
    clock.advance(90_400);
    expect((await refusalOf(signIn.verify(once, from))).reason).toBe('replayed');
    clock.advance(500);
    expect((await refusalOf(signIn.verify(once, from))).reason).toBe('replayed');
    clock.advance(100);
    expect((await refusalOf(signIn.verify(once, from))).reason).toBe('expired');
  });

  it('accepts no ticket while the memory of used ones is full', async () => {
    const { signIn, clock, ticket } = setUp({ room: 2 });
    await signIn.verify(ticket(), from);
    await signIn.verify(ticket(), from);
    expect(await refusalOf(signIn.verify(ticket(), from))).toMatchObject({ code: 'FRAMEGATE_BUSY', status: 503 });
    clock.advance(150_000);
    await expect(signIn.verify(ticket(), from)).resolves.toMatchObject({ identity: { login: 'alice' } });
  });

  it('SEC-R6 keeps two issuers apart: key, jti and audience', async () => {
    const other = { ...publicKeyIssuer(p256.publicKey, ['ES256']), issuer: 'https://other.test', audience: 'https://q.test' };
    const { signIn, ticket } = setUp({ issuers: [ed25519Issuer, other] });
    const { identity } = await signIn.verify(ticket({ jti: 'same' }), from);
    expect(identity.issuer).toBe(ISSUER);
    expect((await refusalOf(signIn.verify(ticket({ iss: 'https://other.test', aud: 'https://q.test' }), from))).reason).toBe('algorithm');
    expect((await refusalOf(signIn.verify(ticket({ aud: 'https://q.test' }), from))).reason).toBe('audience');
  });

  it('SEC-R6 puts the prefix of an issuer before the login, and lets no other issuer take it', async () => {
    const second = { ...ed25519Issuer, issuer: 'https://second.test', loginPrefix: 'b-' };
    const { admit } = createLoginPolicy({ builtInAdmins: [], rules: [], prefixes: [second] });
    const { signIn, ticket } = setUp({ issuers: [ed25519Issuer, second], admit });
    const { identity } = await signIn.verify(ticket({ iss: 'https://second.test', sub: 'bob' }), from);
    expect(identity).toMatchObject({ subject: 'bob', login: 'b-bob' });
    expect((await signIn.verify(ticket({ sub: 'bob' }), from)).identity.login).toBe('bob');
    for (const sub of ['b-bob', 'B-bob'])
      expect((await refusalOf(signIn.verify(ticket({ sub }), from))).reason).toBe('prefix-of-another-issuer');
  });

  it('refuses a login that only the prefix makes too long', async () => {
    const { signIn, ticket } = setUp({ issuers: [{ ...ed25519Issuer, loginPrefix: 'b-' }] });
    expect((await refusalOf(signIn.verify(ticket({ sub: 'x'.repeat(254) }), from))).reason).toBe('subject');
  });

  it('finds the entry of an issuer that is listed once for each audience', async () => {
    const issuers = [ed25519Issuer, { ...ed25519Issuer, audience: 'https://q.test' }];
    const { signIn, ticket } = setUp({ issuers });
    await expect(signIn.verify(ticket({ aud: 'https://q.test' }), from)).resolves.toBeDefined();
    await expect(signIn.verify(ticket(), from)).resolves.toBeDefined();
  });

  it('SEC-R6 refuses the login of a password account', async () => {
    const { signIn, ticket } = setUp({ admit: createLoginPolicy({ builtInAdmins: [], rules: [], users: [account] }).admit });
    expect((await refusalOf(signIn.verify(ticket(), from))).reason).toBe('password-account');
    await expect(signIn.verify(ticket({ sub: 'bob' }), from)).resolves.toBeDefined();
  });

  it('SEC-R6 gives the person whom a password account links to the login of that account', async () => {
    const users = [{ ...account, links: [{ issuer: ISSUER, subject: 'a.berg' }] }];
    const { signIn, ticket } = setUp({ admit: createLoginPolicy({ builtInAdmins: [], rules: [], users }).admit });
    expect((await signIn.verify(ticket({ sub: 'a.berg' }), from)).identity).toMatchObject({ subject: 'a.berg', login: 'alice' });
  });

  it('refuses a built-in administrator of the upstream', async () => {
    const { signIn, ticket } = setUp({ admit: createLoginPolicy({ builtInAdmins: ['admin'], rules: [] }).admit });
    expect((await refusalOf(signIn.verify(ticket({ sub: 'admin' }), from))).reason).toBe('built-in-administrator');
  });

  it('SEC-D2.5 hands on the end of the session that the ticket asks for', async () => {
    const { signIn, nowSeconds, ticket } = setUp();
    const verified = await signIn.verify(ticket({ sess_exp: nowSeconds() + 3600 }), from);
    expect(verified.endsAtMs).toBe((nowSeconds() + 3600) * 1000);
  });

  it('SEC-D8.4 answers 429 from an address whose tickets were refused too often, and only from there', async () => {
    const { signIn, ticket } = setUp();
    for (let count = 1; count <= 60; count += 1) expect((await refusalOf(signIn.verify('x', from))).status).toBe(401);
    expect(await refusalOf(signIn.verify(ticket(), from))).toMatchObject({
      code: 'FRAMEGATE_TOO_MANY',
      retryAfterSeconds: expect.closeTo(60, -1),
    });
    await expect(signIn.verify(ticket(), { address: '192.0.2.2' })).resolves.toBeDefined();
  });

  it('SEC-D8.4 answers 429 when an issuer signs in more people than its rate, and takes the same ticket a minute later', async () => {
    const { signIn, ticket, clock } = setUp({ limits: { ...LIMITS, ticketsPerIssuer: { count: 2, windowMs: 60_000 } } });
    for (const host of [1, 2]) await signIn.verify(ticket(), { address: `192.0.2.${host}` });
    const third = ticket();
    expect(await refusalOf(signIn.verify(third, from))).toMatchObject({ code: 'FRAMEGATE_TOO_MANY', reason: 'tickets-of-issuer' });
    clock.advance(60_000);
    await expect(signIn.verify(third, from)).resolves.toBeDefined();
  });

  it('SEC-D8.4 counts no replayed ticket and no forged one against the issuer', async () => {
    const { signIn, ticket } = setUp({ limits: { ...LIMITS, ticketsPerIssuer: { count: 2, windowMs: 60_000 } } });
    const once = ticket();
    await signIn.verify(once, from);
    for (const bad of [once, once, once, `${ticket().slice(0, -4)}AAAA`]) await refusalOf(signIn.verify(bad, from));
    await expect(signIn.verify(ticket(), from)).resolves.toBeDefined();
  });

  it('SEC-B14.1 takes a ticket once on two instances with one store, of 20 uses at the same time', async () => {
    const first = setUp();
    const second = setUp({ state: first.state });
    const once = first.ticket();
    const uses = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? first : second).signIn.verify(once, from));
    const outcomes = await Promise.allSettled(uses);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('lets nobody in, and says nothing of a ticket, while the store cannot be reached', async () => {
    const clock = createManualClock();
    const store = createFallibleStore(clock);
    const { signIn, ticket } = setUp({ clock, state: store.state });
    store.fail();
    for (const any of [ticket(), 'x', ticket({ sub: 'admin' })])
      expect(await refusalOf(signIn.verify(any, from))).toMatchObject({ code: 'FRAMEGATE_STORE_UNAVAILABLE', status: 503 });
    store.heal();
    await expect(signIn.verify(ticket(), from)).resolves.toBeDefined();
  });

  it('does not count accepted tickets', async () => {
    const { signIn, ticket } = setUp();
    for (let count = 1; count <= 70; count += 1) await signIn.verify(ticket(), from);
  });

  it('says the same in public whichever check refused', async () => {
    const { signIn, ticket } = setUp();
    const refusals = [];
    for (const bad of ['x', ticket({ aud: 'https://q.test' }), ticket({ exp: 1, iat: 0 }), `${ticket().slice(0, -4)}AAAA`]) {
      refusals.push(await refusalOf(signIn.verify(bad, from)));
    }
    expect(new Set(refusals.map(({ reason }) => reason)).size).toBe(4);
    expect(refusals.map(({ code, status }) => `${code} ${status}`)).toEqual(
      Array.from({ length: 4 }, () => 'FRAMEGATE_TICKET_REFUSED 401'),
    );
    expect(refusals.map(({ cause }) => cause)).toEqual(Array.from({ length: 4 }, () => undefined));
  });
});

describe('keys of ticket issuers', () => {
  const sign = async (key: Parameters<SignJWT['sign']>[0], alg: string, kid?: string): Promise<string> => {
    const { claims } = setUp();
    const header = { alg, typ: 'framegate-ticket+jwt', ...(kid === undefined ? {} : { kid }) };
    return new SignJWT(claims()).setProtectedHeader(header).sign(key);
  };

  it.each([
    {
      name: 'ES256 by key set',
      issuer: keySetIssuer(keySetOf(jwkOf(p256.publicKey, 'e1')), ['ES256']),
      key: p256.privateKey,
      alg: 'ES256',
      kid: 'e1',
    },
    {
      name: 'RS256 by one key',
      issuer: publicKeyIssuer(rsa.publicKey, ['RS256']),
      key: rsa.privateKey,
      alg: 'RS256',
      kid: undefined,
    },
    {
      name: 'PS256 by one key',
      issuer: publicKeyIssuer(rsa.publicKey, ['PS256']),
      key: rsa.privateKey,
      alg: 'PS256',
      kid: undefined,
    },
    {
      name: 'Ed25519 by one key',
      issuer: publicKeyIssuer(ed25519.publicKey, ['Ed25519']),
      key: ed25519.privateKey,
      alg: 'Ed25519',
      kid: 'any',
    },
    { name: 'HS256', issuer: secretIssuer, key: secret, alg: 'HS256', kid: undefined },
  ])('takes $name', async ({ issuer, key, alg, kid }) => {
    const { signIn } = setUp({ issuers: [issuer] });
    await expect(signIn.verify(await sign(key, alg, kid), from)).resolves.toMatchObject({ identity: { login: 'alice' } });
  });

  it('needs a kid where there is a key set, even with a single key', async () => {
    const { signIn } = setUp();
    expect((await refusalOf(signIn.verify(await sign(ed25519.privateKey, 'EdDSA'), from))).reason).toBe('kid-missing');
  });
});
