// Every way out of a session that came from a provider: by our log-out and on at the provider's, and by the provider's
// own word over the back channel (OpenID Connect Back-Channel Logout 1.0).

import { randomUUID } from 'node:crypto';
import { generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { RawConnection } from '../support/raw-client.ts';
import { CLIENT_ID } from '../support/start-oidc-provider.ts';
import { Agent, useOidc } from './oidc-kit.ts';

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
const kit = useOidc();

const sessionCookie = (agent: Agent): string => `__Host-framegate=${agent.cookie(kit.url, '__Host-framegate')}`;

/** Signs out as the button of a page does: by a form. */
const signOut = (agent: Agent) => agent.post(`${kit.url}/_gate/logout`, {});

/** The provider's own `sid` of the session that began last. */
async function signedIn(): Promise<{ agent: Agent; idToken: string; sid: string }> {
  const agent = new Agent();
  await kit.signIn(agent);
  const probe = await signOut(agent);
  const idToken = new URL(probe.location).searchParams.get('id_token_hint') ?? '';
  const { sid } = JSON.parse(Buffer.from(idToken.split('.')[1] ?? '', 'base64url').toString()) as { sid: string };
  // Back in with the same session of the provider, which has not ended.
  await kit.signIn(agent);
  expect((await kit.whoIs(agent)).status).toBe(200);
  return { agent, idToken, sid };
}

function sendToken(token: string) {
  return new Agent().post(`${kit.url}/_gate/oidc/backchannel-logout`, { logout_token: token }, { Origin: 'null', Accept: '*/*' });
}

const logoutClaims = (more: Record<string, unknown> = {}) => ({ jti: randomUUID(), events: { [EVENT]: {} }, sub: 'u-alice', ...more });

describe('signing out here', () => {
  it('ends the session, then goes on to the provider with what it needs to end its own', async () => {
    const agent = new Agent();
    await kit.signIn(agent);
    const cookie = sessionCookie(agent);
    const answer = await signOut(agent);
    expect(answer.status).toBe(303);
    const target = new URL(answer.location);
    expect(target.origin + target.pathname).toBe(`${kit.provider.issuer}/session/end`);
    expect(target.searchParams.get('post_logout_redirect_uri')).toBe(`${kit.url}/_gate/signed-out`);
    expect(target.searchParams.get('client_id')).toBe(CLIENT_ID);
    expect(target.searchParams.get('id_token_hint')).toMatch(/^eyJ/);
    expect((await agent.get(`${kit.url}/_gate/session`, { Accept: 'application/json', Cookie: cookie })).status).toBe(401);

    const asked = await agent.get(answer.location);
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(asked.text)?.[1] ?? '';
    const confirmed = await agent.post(`${kit.provider.issuer}/session/end/confirm`, { xsrf, logout: 'yes' });
    expect(confirmed.location).toBe(`${kit.url}/_gate/signed-out`);
    const page = await agent.get(confirmed.location);
    expect(page.text).toContain('You are signed out');
    expect(page.text).toContain('href="/_gate/login"');
  });

  it('answers a script as before, without a token in it', async () => {
    const agent = new Agent();
    await kit.signIn(agent);
    const answer = await agent.post(`${kit.url}/_gate/logout`, {}, { Accept: 'application/json' });
    expect([answer.status, answer.text]).toEqual([200, '{"ok":true}']);
    const other = new Agent();
    await kit.signIn(other);
    const silent = await other.post(`${kit.url}/_gate/logout`, {}, { Accept: '*/*' });
    expect([silent.status, silent.location, silent.text]).toEqual([204, '', '']);
  });

  it('SEC-D3.1 is by a form that the page lets go on to the provider, and nowhere else', async () => {
    const agent = new Agent();
    await kit.signIn(agent);
    const page = await agent.get(`${kit.url}/_gate/session`);
    expect(page.text).toContain('data-form=""');
    expect(page.headers['content-security-policy']).toContain(`form-action 'self' ${kit.provider.issuer};`);
  });

  it('never leads straight back in', async () => {
    const agent = new Agent();
    await kit.signIn(agent);
    kit.provider.replaced.set('*', (_req, res) => void res.writeHead(503).end());
    expect((await agent.get(`${kit.url}/_gate/signed-out`)).status).toBe(200);
    expect((await new Agent().get(`${kit.url}/_gate/signed-out`)).location).toBe('');
  });
});

describe('the back channel', () => {
  /** A sign-in whose code is being exchanged while `end` runs. */
  async function overtake(end: () => Promise<unknown>, agent = new Agent()): Promise<{ agent: Agent; status: number }> {
    const callback = await kit.reachCallback(agent);
    const { provider } = kit;
    provider.replaced.set('/token', async (req, res) => {
      await end();
      provider.replaced.delete('/token');
      provider.passOn(req, res);
    });
    return { agent, status: (await agent.get(callback)).status };
  }

  it.each(['person', "session of the provider's"])('SEC-D6.2 ends the sign-in of that %s whose code is being exchanged', async (which) => {
    const { agent, sid } = await signedIn();
    await signOut(agent);
    const token = await kit.provider.sign(which === 'person' ? logoutClaims() : logoutClaims({ sub: undefined, sid }), {
      typ: 'logout+jwt',
    });
    const { status } = await overtake(async () => expect((await sendToken(token)).status).toBe(200), agent);
    expect(status).toBe(400);
    expect(kit.refusal).toBe('revoked');
    expect((await kit.whoIs(agent)).status).toBe(401);
    // That session of the provider is over; another sign-in there is none of its.
    const again = new Agent();
    await kit.signIn(again);
    expect((await kit.whoIs(again)).status).toBe(200);
  });

  it('leaves the sign-in of somebody else alone whose code is being exchanged', async () => {
    const token = await kit.provider.sign(logoutClaims({ sub: 'u-bob' }), { typ: 'logout+jwt' });
    const { agent } = await overtake(() => sendToken(token));
    expect((await kit.whoIs(agent)).status).toBe(200);
  });

  it('is where the real provider says that somebody signed out there: every session from there ends', async () => {
    const agent = new Agent();
    await kit.signIn(agent);
    // A second session here from the same one there, as a frame has it.
    const first = sessionCookie(agent);
    agent.setCookie(kit.url, '__Host-framegate', 'none');
    await kit.signIn(agent);
    const asked = await agent.get(`${kit.provider.issuer}/session/end`);
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(asked.text)?.[1] ?? '';
    await agent.post(`${kit.provider.issuer}/session/end/confirm`, { xsrf, logout: 'yes' });
    await expect.poll(async () => (await kit.whoIs(agent)).status).toBe(401);
    expect((await new Agent().get(`${kit.url}/_gate/session`, { Accept: 'application/json', Cookie: first })).status).toBe(401);
    expect(kit.lines.find(({ event }) => event === 'oidc.signed-out')?.fields).toMatchObject({ provider: 'p0', ended: 2 });
  });

  it('SEC-B8.3 cuts what is live at once, with 1008', async () => {
    const { agent } = await signedIn();
    const connection = await RawConnection.open(Number(new URL(kit.url).port));
    const upgrade = [
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ];
    const lines = [`Host: ${new URL(kit.url).host}`, `Origin: ${kit.url}`, `Cookie: ${sessionCookie(agent)}`, ...upgrade];
    connection.write(`GET /api/live/ws HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
    expect((await connection.answer()).status).toBe(101);
    expect((await sendToken(await kit.provider.sign(logoutClaims(), { typ: 'logout+jwt' }))).status).toBe(200);
    expect(await connection.waitForEnd(2000)).not.toBe('open');
    expect(connection.pending).toMatch(/^\x88[\x02-\x7d]\x03\xf0/);
  });

  it('ends all sessions of a person where the token names the person alone', async () => {
    const [one, two] = [await signedIn(), await signedIn()];
    const answer = await sendToken(await kit.provider.sign(logoutClaims()));
    expect(answer.status).toBe(200);
    expect(answer.headers['cache-control']).toBe('no-store');
    for (const { agent } of [one, two]) expect((await kit.whoIs(agent)).status).toBe(401);
  });

  it('ends the one session that the token names, and no other of the same person', async () => {
    const [one, two] = [await signedIn(), await signedIn()];
    expect(one.sid).not.toBe(two.sid);
    expect((await sendToken(await kit.provider.sign(logoutClaims({ sub: undefined, sid: one.sid })))).status).toBe(200);
    expect((await kit.whoIs(one.agent)).status).toBe(401);
    expect((await kit.whoIs(two.agent)).status).toBe(200);
    expect((await sendToken(await kit.provider.sign(logoutClaims({ sid: 'unknown' })))).status).toBe(200);
    expect((await kit.whoIs(two.agent)).status).toBe(200);
  });

  it('takes a token once', async () => {
    const { agent } = await signedIn();
    const token = await kit.provider.sign(logoutClaims());
    expect((await sendToken(token)).status).toBe(200);
    await kit.signIn(agent);
    const again = await sendToken(token);
    expect([again.status, again.text]).toEqual([400, '{"error":"invalid_request"}']);
    expect((await kit.whoIs(agent)).status).toBe(200);
  });

  it.each([
    { name: 'with a nonce', claims: { nonce: 'x' }, reason: 'token-claims' },
    { name: 'without events', claims: { events: undefined }, reason: 'token-claims' },
    { name: 'with another event', claims: { events: { 'http://evil.test': {} } }, reason: 'token-claims' },
    { name: 'whose event is no object', claims: { events: { [EVENT]: true } }, reason: 'token-claims' },
    { name: 'whose events are a list', claims: { events: [EVENT] }, reason: 'token-claims' },
    { name: 'without sub and sid', claims: { sub: undefined }, reason: 'token-claims' },
    { name: 'with an object as sub', claims: { sub: { $ne: '' } }, reason: 'token-claims' },
    { name: 'with an object as sid', claims: { sid: {} }, reason: 'token-claims' },
    { name: 'without a jti', claims: { jti: undefined }, reason: 'token-claims' },
    { name: 'without iat', claims: { iat: undefined }, reason: 'token-claims' },
    { name: 'of ten minutes ago', claims: { iat: Math.floor(Date.now() / 1000) - 600, exp: undefined }, reason: 'token-expired' },
    { name: 'that has ended', claims: { exp: 1 }, reason: 'token-expired' },
    { name: 'for another client', claims: { aud: 'another' }, reason: 'token-audience' },
    { name: 'of another issuer', claims: { iss: 'https://evil.test' }, reason: 'issuer-wrong' },
  ])('refuses a token $name', async ({ claims, reason }) => {
    const { agent } = await signedIn();
    const answer = await sendToken(await kit.provider.sign({ ...logoutClaims(), ...(claims as object) }));
    expect([answer.status, answer.text]).toEqual([400, '{"error":"invalid_request"}']);
    expect(kit.lines.findLast(({ event }) => event === 'oidc.logout-refused')?.fields['reason']).toBe(reason);
    expect((await kit.whoIs(agent)).status).toBe(200);
  });

  it.each(['at+jwt', 'framegate-ticket+jwt'])('refuses a token of the type %s', async (typ) => {
    expect((await sendToken(await kit.provider.sign(logoutClaims(), { typ }))).status).toBe(400);
  });

  it('SEC-J1 refuses a bad signature, none, and one by an ID token', async () => {
    const { agent, idToken } = await signedIn();
    const { privateKey } = await generateKeyPair('RS256');
    const { kid } = JSON.parse(Buffer.from(idToken.split('.')[0] ?? '', 'base64url').toString()) as { kid: string };
    const claims = { ...logoutClaims(), iss: kit.provider.issuer, aud: CLIENT_ID };
    const forged = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'RS256', kid })
      .setIssuedAt()
      .setExpirationTime('1m')
      .sign(privateKey);
    const unsigned = new UnsecuredJWT(claims).setIssuedAt().setExpirationTime('1m').encode();
    for (const token of [forged, unsigned, idToken, '', 'a.b.c', `${forged}.x.y`]) expect((await sendToken(token)).status).toBe(400);
    expect((await kit.whoIs(agent)).status).toBe(200);
  });

  it('takes forms with the token in the body, and nothing else', async () => {
    const { agent } = await signedIn();
    const url = `${kit.url}/_gate/oidc/backchannel-logout`;
    const token = await kit.provider.sign(logoutClaims());
    expect((await agent.get(`${url}?logout_token=${token}`)).status).toBe(405);
    const json = { 'Content-Type': 'application/json', Accept: '*/*' };
    expect((await agent.get(url, json, { method: 'POST', body: JSON.stringify({ logout_token: token }) })).status).toBe(400);
    expect((await agent.post(`${url}?logout_token=${token}`, {})).status).toBe(400);
    expect((await kit.whoIs(agent)).status).toBe(200);
  });
});
