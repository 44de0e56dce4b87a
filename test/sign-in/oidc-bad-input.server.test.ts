// What comes back from a provider, or pretends to: every answer that is not exactly the one that was asked for ends with
// a page that says what to do, and without a session (SEC-R8).

import { generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { CLIENT_ID } from '../support/start-oidc-provider.ts';
import { Agent, type Answer, useOidc } from './oidc-kit.ts';

const kit = useOidc();

/** Nobody is signed in, and the page has a way on but nothing of what came. */
async function expectRefused(agent: Agent, answer: Answer, reason: string, status = 400): Promise<void> {
  expect([answer.status, kit.refusal]).toEqual([status, reason]);
  expect(answer.text).toContain('href="/_gate/login');
  expect(answer.headers['cache-control']).toBe('no-store');
  expect(answer.headers['x-frame-options']).toBe('DENY');
  expect(answer.cookies.filter((line) => line.startsWith('__Host-framegate='))).toEqual([]);
  expect((await kit.whoIs(agent)).status).toBe(401);
}

describe('SEC-R8 a callback', () => {
  it.each([
    { name: 'without a state', change: (query: URLSearchParams) => query.delete('state'), reason: 'state-missing' },
    { name: 'with an empty state', change: (query: URLSearchParams) => query.set('state', ''), reason: 'state-missing' },
    { name: 'with a state of another form', change: (query: URLSearchParams) => query.set('state', '__proto__'), reason: 'state-missing' },
    { name: 'with two states', change: (query: URLSearchParams) => query.append('state', 'x'), reason: 'state-missing' },
    {
      name: 'with a state that nobody made',
      change: (query: URLSearchParams) => query.set('state', 'A'.repeat(43)),
      reason: 'state-unknown',
    },
    { name: 'with another code', change: (query: URLSearchParams) => query.set('code', 'another'), reason: 'code-refused' },
    { name: 'without a code', change: (query: URLSearchParams) => query.delete('code'), reason: 'token-invalid' },
    { name: 'with an ID token beside the code', change: (query: URLSearchParams) => query.set('id_token', 'x'), reason: 'token-invalid' },
    { name: 'with another issuer', change: (query: URLSearchParams) => query.set('iss', 'https://evil.test'), reason: 'issuer-wrong' },
    { name: 'with two issuers', change: (query: URLSearchParams) => query.append('iss', 'https://evil.test'), reason: 'issuer-wrong' },
  ])('$name is refused', async ({ change, reason }) => {
    const agent = new Agent();
    const callback = new URL(await kit.reachCallback(agent));
    change(callback.searchParams);
    await expectRefused(agent, await agent.get(callback.href), reason);
  });

  it('in another browser is refused, and does not use the sign-in up', async () => {
    const [agent, thief] = [new Agent(), new Agent()];
    const callback = await kit.reachCallback(agent);
    await expectRefused(thief, await thief.get(callback), 'browser-unknown');
    await thief.get(`${kit.url}/_gate/login?other=1`);
    await thief.get(`${kit.url}/_gate/oidc/start`);
    await expectRefused(thief, await thief.get(callback), 'other-browser');
    expect((await agent.get(callback)).status).toBe(303);
  });

  it('in a browser with two cookies is refused (cookie tossing)', async () => {
    const agent = new Agent();
    const callback = await kit.reachCallback(agent);
    const cookie = agent.cookie(kit.url, '__Host-framegate-tx') ?? '';
    const Cookie = `__Host-framegate-tx=${cookie}; __Host-framegate-tx=${'B'.repeat(43)}`;
    await expectRefused(agent, await agent.get(callback, { Cookie }), 'browser-unknown');
  });

  it('that comes again is refused', async () => {
    const agent = new Agent();
    const callback = await kit.reachCallback(agent);
    const cookie = agent.cookie(kit.url, '__Host-framegate-tx') ?? '';
    expect((await agent.get(callback)).status).toBe(303);
    const again = new Agent();
    const replayed = await again.get(callback, { Cookie: `__Host-framegate-tx=${cookie}` });
    await expectRefused(again, replayed, 'state-unknown');
  });

  it('that comes twenty times at once signs in once', async () => {
    const agent = new Agent();
    const callback = await kit.reachCallback(agent);
    const Cookie = `__Host-framegate-tx=${agent.cookie(kit.url, '__Host-framegate-tx')}`;
    const answers = await Promise.all(Array.from({ length: 20 }, () => new Agent().get(callback, { Cookie })));
    expect(answers.map(({ status }) => status).sort()).toEqual([303, ...Array.from({ length: 19 }, () => 400)]);
  });

  it('SEC-D1.3 that comes after more than ten minutes is refused', async () => {
    const agent = new Agent();
    const callback = await kit.reachCallback(agent);
    kit.clock.aheadMs = 10 * 60_000 + 1;
    await expectRefused(agent, await agent.get(callback), 'state-unknown');
  });

  it('with a code that was used already is refused by the provider', async () => {
    const [first, second] = [new Agent(), new Agent()];
    const used = new URL(await kit.reachCallback(first));
    await first.get(used.href);
    const callback = new URL(await kit.reachCallback(second));
    callback.searchParams.set('code', used.searchParams.get('code') ?? '');
    await expectRefused(second, await second.get(callback.href), 'code-refused');
  });
});

describe('SEC-R12 an error of the provider', () => {
  it.each([
    { error: 'access_denied', status: 400, reason: 'access-denied', says: 'did not agree' },
    { error: 'login_required', status: 400, reason: 'sign-in-needed', says: 'needs you to sign in there' },
    { error: 'invalid_scope', status: 400, reason: 'provider-error', says: 'refused the request' },
    { error: 'temporarily_unavailable', status: 503, reason: 'provider-failing', says: 'cannot be reached right now' },
    { error: '<script>alert(1)</script>', status: 400, reason: 'provider-error', says: 'refused the request' },
  ])('$error becomes a page with a way on, and none of its text', async ({ error, status, reason, says }) => {
    const agent = new Agent();
    const callback = new URL(await kit.reachCallback(agent, '?returnTo=/d/plant'));
    callback.searchParams.delete('code');
    callback.searchParams.set('error', error);
    callback.searchParams.set('error_description', 'canary <b>text</b> of the provider');
    const answer = await agent.get(callback.href);
    await expectRefused(agent, answer, reason, status);
    expect(answer.text).toContain(says);
    expect(answer.text).toContain('returnTo=%2Fd%2Fplant');
    expect(answer.text).not.toMatch(/canary|alert/);
    expect(JSON.stringify(kit.lines)).not.toContain('canary');
  });
});

describe('SEC-D6.1 an ID token', () => {
  /** A callback whose code is exchanged for the token that the test makes of the right claims. */
  async function complete(agent: Agent, make: (claims: Record<string, unknown>) => Promise<string>): Promise<Answer> {
    const start = await agent.get(`${kit.url}/_gate/oidc/start`);
    const callback = await agent.followTo(start.location, kit.callback);
    const nonce = new URL(start.location).searchParams.get('nonce');
    kit.provider.giveToken(
      await make({ sub: 'u-eve', preferred_username: 'eve', groups: ['operators'], name: 'E', email: 'e@e.test', nonce }),
    );
    return agent.get(callback);
  }
  const now = () => Math.floor(Date.now() / 1000);

  it('that is as it should be signs in', async () => {
    const agent = new Agent();
    expect((await complete(agent, (claims) => kit.provider.sign(claims))).status).toBe(303);
    expect((await kit.whoIs(agent)).session).toMatchObject({ login: 'eve' });
  });

  it.each([
    { name: 'another nonce', claims: { nonce: 'A'.repeat(43) }, reason: 'token-invalid' },
    { name: 'no nonce', claims: { nonce: undefined }, reason: 'token-invalid' },
    { name: 'another audience', claims: { aud: 'another' }, reason: 'token-invalid' },
    { name: 'a second audience and no azp', claims: { aud: [CLIENT_ID, 'another'] }, reason: 'token-invalid' },
    { name: 'a second audience as azp', claims: { aud: [CLIENT_ID, 'another'], azp: 'another' }, reason: 'token-invalid' },
    { name: 'another azp', claims: { azp: 'another' }, reason: 'authorized-party' },
    { name: 'another issuer', claims: { iss: 'https://evil.test' }, reason: 'token-invalid' },
    { name: 'a slash more in the issuer', claims: { iss: 'SLASH' }, reason: 'token-invalid' },
    { name: 'no sub', claims: { sub: undefined }, reason: 'token-invalid' },
    { name: 'a list as sub', claims: { sub: ['u-eve'] }, reason: 'token-invalid' },
    { name: 'an exp of long ago', claims: { exp: 1 }, reason: 'token-expired' },
    { name: 'an nbf to come', claims: { nbf: 4_000_000_000 }, reason: 'token-expired' },
  ])('with $name is refused', async ({ claims, reason }) => {
    const agent = new Agent();
    const changed = 'iss' in claims && claims.iss === 'SLASH' ? { iss: `${kit.provider.issuer}/` } : claims;
    await expectRefused(agent, await complete(agent, (good) => kit.provider.sign({ ...good, ...(changed as object) })), reason);
  });

  it('may be late by the tolerance of the clock, and no more', async () => {
    const [within, beyond] = [new Agent(), new Agent()];
    expect((await complete(within, (claims) => kit.provider.sign({ ...claims, exp: now() - 20 }))).status).toBe(303);
    await expectRefused(beyond, await complete(beyond, (claims) => kit.provider.sign({ ...claims, exp: now() - 40 })), 'token-expired');
  });

  it("is judged by our clock, not by the machine's", async () => {
    kit.clock.aheadMs = 5 * 60_000;
    const [late, good] = [new Agent(), new Agent()];
    await expectRefused(late, await complete(late, (claims) => kit.provider.sign({ ...claims, exp: now() + 120 })), 'token-expired');
    expect((await complete(good, (claims) => kit.provider.sign({ ...claims, exp: now() + 400 }))).status).toBe(303);
  });

  it('SEC-J1 without a signature is refused', async () => {
    const agent = new Agent();
    const unsigned = async (claims: Record<string, unknown>) =>
      new UnsecuredJWT(claims).setIssuer(kit.provider.issuer).setAudience(CLIENT_ID).setIssuedAt().setExpirationTime('1m').encode();
    await expectRefused(agent, await complete(agent, unsigned), 'token-invalid');
  });

  it('SEC-J1 signed with the client secret is refused', async () => {
    const agent = new Agent();
    const signed = (claims: Record<string, unknown>) =>
      new SignJWT(claims)
        .setProtectedHeader({ alg: 'HS256' })
        .setIssuer(kit.provider.issuer)
        .setAudience(CLIENT_ID)
        .setIssuedAt()
        .setExpirationTime('1m')
        .sign(new TextEncoder().encode('a-client-secret-of-the-tests-7Kq2'));
    await expectRefused(agent, await complete(agent, signed), 'token-invalid');
  });

  it('SEC-J1 signed by somebody else under a known key id is refused', async () => {
    const { privateKey } = await generateKeyPair('RS256');
    const agent = new Agent();
    const forged = async (claims: Record<string, unknown>) => {
      const kid = JSON.parse(Buffer.from((await kit.provider.sign({})).split('.')[0] ?? '', 'base64url').toString()).kid as string;
      return new SignJWT(claims)
        .setProtectedHeader({ alg: 'RS256', kid })
        .setIssuer(kit.provider.issuer)
        .setAudience(CLIENT_ID)
        .setIssuedAt()
        .setExpirationTime('1m')
        .sign(privateKey);
    };
    await expectRefused(agent, await complete(agent, forged), 'token-signature');
  });

  it('SEC-B15.1 with key ids that nobody knows costs one more request for the keys', async () => {
    const agent = new Agent();
    await kit.signIn(agent);
    kit.provider.asked.length = 0;
    for (let index = 0; index < 5; index++) {
      const other = new Agent();
      const refused = await complete(other, (claims) => kit.provider.sign(claims, { kid: `unknown-${index}` }));
      await expectRefused(other, refused, 'token-signature');
    }
    expect(kit.provider.asked.filter((path) => path === '/jwks').length).toBeLessThanOrEqual(1);
  });

  it('of another type is refused', async () => {
    const agent = new Agent();
    await expectRefused(agent, await complete(agent, (claims) => kit.provider.sign(claims, { typ: 'at+jwt' })), 'token-type');
  });

  it.each([
    { name: '__proto__', claims: { preferred_username: '__proto__' }, reason: 'login' },
    { name: 'a list', claims: { preferred_username: ['eve'] }, reason: 'login' },
    { name: 'a name with a line break', claims: { preferred_username: 'eve\r\nX-WEBAUTH-USER: admin' }, reason: 'login' },
    { name: 'an address in brackets', claims: { preferred_username: 'x <admin@localhost>' }, reason: 'login' },
    { name: 'a built-in administrator', claims: { preferred_username: 'Admin' }, reason: 'built-in-administrator', status: 401 },
    { name: 'nobody', claims: { preferred_username: '' }, reason: 'login' },
  ])('SEC-B19.1 whose login is $name is refused', async ({ claims, reason, status = 400 }) => {
    const agent = new Agent();
    await expectRefused(agent, await complete(agent, (good) => kit.provider.sign({ ...good, ...claims })), reason, status);
  });

  it.each([
    { name: 'a text', groups: 'operators' },
    { name: 'more than a hundred', groups: Array.from({ length: 101 }, (_, index) => `g${index}`) },
    { name: 'a group with a comma', groups: ['a,admins'] },
    { name: 'an object', groups: { admins: true } },
  ])('SEC-H13 whose groups are $name is refused', async ({ groups }) => {
    const agent = new Agent();
    await expectRefused(agent, await complete(agent, (good) => kit.provider.sign({ ...good, groups })), 'groups');
  });

  it('SEC-R5 with an e-mail address of two @ signs in without an address', async () => {
    const agent = new Agent();
    const email = 'attacker@evil.test@example.com';
    expect((await complete(agent, (good) => kit.provider.sign({ ...good, email, email_verified: true }))).status).toBe(303);
    expect((await kit.whoIs(agent)).session).toMatchObject({ login: 'eve', email: null });
  });

  it('whose groups are elsewhere signs in without any, and that is a line in the log', async () => {
    const agent = new Agent();
    kit.provider.replaced.set('/me', (_req, res) => {
      res.setHeader('Content-Type', 'application/json');
      res.end(JSON.stringify({ sub: 'u-eve' }));
    });
    const elsewhere = { _claim_names: { groups: 'src1' }, _claim_sources: { src1: { endpoint: 'https://evil.test' } } };
    const answer = await complete(agent, ({ groups: _left, ...good }) => kit.provider.sign({ ...good, ...elsewhere }));
    expect(answer.status).toBe(303);
    expect((await kit.whoIs(agent)).session).toMatchObject({ groups: [] });
    expect(kit.lines.find(({ event }) => event === 'oidc.groups-left-out')?.fields).toMatchObject({ provider: 'p0' });
  });

  it('that belongs to another person than userinfo says is refused', async () => {
    const agent = new Agent();
    kit.provider.replaced.set('/me', (_req, res) => {
      res.setHeader('Content-Type', 'application/json');
      res.end(JSON.stringify({ sub: 'u-mallory', groups: ['admins'] }));
    });
    const answer = await complete(agent, ({ groups: _none, ...good }) => kit.provider.sign(good));
    await expectRefused(agent, answer, 'token-invalid');
  });
});
