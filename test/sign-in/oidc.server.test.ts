// Sign-in with a real provider, from the first page to the dashboard.

import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Agent, useOidc } from './oidc-kit.ts';

const kit = useOidc();

function makeVerifier(): { verifier: string; challenge: string } {
  const verifier = randomBytes(32).toString('base64url');
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') };
}

describe('with one provider and nothing else', () => {
  it('a dashboard leads straight to the provider and back', async () => {
    const agent = new Agent();
    const answer = await agent.get(await agent.followTo(`${kit.url}/d/plant-a?orgId=1`, kit.callback));
    expect(answer.status).toBe(303);
    expect(answer.location).toBe(`${kit.url}/d/plant-a?orgId=1`);
    await agent.get(answer.location);
    expect(kit.upstream.onlyRequest.header('x-webauth-user')).toBe('alice');
  });

  it('SEC-D6.1 the request is for a code, with PKCE S256, state and nonce, all new each time', async () => {
    const [one, other] = await Promise.all([1, 2].map(() => new Agent().get(`${kit.url}/_gate/oidc/start`)));
    const query = new URL(one?.location ?? '').searchParams;
    expect(Object.fromEntries(query)).toMatchObject({
      response_type: 'code',
      client_id: 'framegate',
      redirect_uri: kit.callback,
      scope: 'openid profile email',
      code_challenge_method: 'S256',
    });
    const secrets = ['state', 'nonce', 'code_challenge'].map((name) => query.get(name));
    for (const secret of secrets) expect(secret).toMatch(/^[\w-]{43}$/);
    const others = new URL(other?.location ?? '').searchParams;
    expect(secrets).not.toContain(others.get('state'));
    expect(secrets).not.toContain(others.get('nonce'));
    expect(query.has('prompt')).toBe(false);
  });

  it('the session holds who it is: claims of the ID token and of userinfo', async () => {
    const agent = new Agent();
    await kit.signIn(agent);
    expect((await kit.whoIs(agent)).session).toMatchObject({
      signedIn: true,
      login: 'alice',
      displayName: 'Alice Berg',
      email: 'alice@example.com',
      groups: ['operators'],
      method: 'oidc',
    });
    const accepted = kit.lines.find(({ event }) => event === 'login.accepted');
    expect(accepted?.fields).toMatchObject({ issuer: kit.provider.issuer, subject: 'u-alice', method: 'oidc', provider: 'p0' });
  });

  it('SEC-D1.3 the cookie that binds it to the browser lives ten minutes, and is used up', async () => {
    const agent = new Agent();
    const start = await agent.get(`${kit.url}/_gate/oidc/start`);
    expect(start.cookies).toEqual([
      expect.stringMatching(/^__Host-framegate-tx=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Lax; Max-Age=600$/),
    ]);
    await agent.get(await agent.followTo(start.location, kit.callback));
    expect(agent.cookie(kit.url, '__Host-framegate-tx')).toBeUndefined();
  });

  it('SEC-D6.2 no token and no code goes on to the browser', async () => {
    const agent = new Agent();
    const callback = await kit.reachCallback(agent);
    const answer = await agent.get(callback);
    const code = new URL(callback).searchParams.get('code') ?? '';
    expect(code).not.toBe('');
    expect(answer.location).not.toContain(code);
    expect(answer.text + JSON.stringify(answer.headers)).not.toMatch(/eyJ[\w-]+\./);
  });

  it.each(['//evil.test', 'https://evil.test/', '/\\evil.test', '/_gate/logout'])(
    'SEC-R1 returnTo %s leads to the first page',
    async (returnTo) => {
      const answer = await kit.signIn(new Agent(), `?returnTo=${encodeURIComponent(returnTo)}`);
      expect(answer.location).toBe(`${kit.url}/`);
    },
  );

  it('a person who is signed in sees who that is before anything else', async () => {
    const agent = new Agent();
    await kit.signIn(agent);
    const page = await agent.get(`${kit.url}/_gate/login`);
    expect(page.status).toBe(200);
    expect(page.text).toContain('<strong>alice</strong>');
    expect(page.text).not.toContain('type="password"');
  });

  it('SEC-R6 the account is the provider and its sub: another name of the same person is no other person', async () => {
    const agent = new Agent();
    await kit.signIn(agent);
    kit.provider.account = { sub: 'u-alice', preferred_username: 'alice.berg', groups: ['operators'] };
    const again = await agent.followTo(`${kit.url}/_gate/oidc/start?other=1`, kit.callback);
    await agent.get(again);
    expect((await kit.whoIs(agent)).session).toMatchObject({ login: 'alice.berg' });
    const accepted = kit.lines.filter(({ event }) => event === 'login.accepted').map(({ fields }) => [fields['issuer'], fields['subject']]);
    expect(accepted[1]).toEqual(accepted[0]);
  });

  it('another account can be asked for', async () => {
    const start = await new Agent().get(`${kit.url}/_gate/login?other=1`);
    expect(new URL((await new Agent().get(start.location)).location).searchParams.get('prompt')).toBe('login');
  });
});

describe('SEC-C5 the popup of a frame', () => {
  it('ends with a one-time code, which gives the frame a session of its own that ends with that of the window', async () => {
    const { verifier, challenge } = makeVerifier();
    const popup = new Agent();
    const page = await popup.get(await popup.followTo(`${kit.url}/_gate/login?challenge=${challenge}`, kit.callback));
    expect(page.status).toBe(200);
    expect(page.headers['cross-origin-opener-policy']).toBe('unsafe-none');
    expect(page.headers['x-frame-options']).toBe('DENY');
    expect(page.headers['referrer-policy']).toBe('no-referrer');
    const code = /data-code="([^"]+)"/.exec(page.text)?.[1] ?? '';
    const frame = new Agent();
    const redeemed = await frame.post(`${kit.url}/_gate/redeem`, { code, verifier });
    expect(redeemed.status).toBe(204);
    const [inFrame, inPopup] = [await kit.whoIs(frame), await kit.whoIs(popup)];
    expect(inFrame.session).toMatchObject({ login: 'alice', method: 'oidc' });
    expect(inFrame.session['endsAt']).toBe(inPopup.session['endsAt']);
  });

  it('asks for one click only where somebody is signed in already', async () => {
    const popup = new Agent();
    await kit.signIn(popup);
    const { challenge } = makeVerifier();
    const page = await popup.get(`${kit.url}/_gate/login?challenge=${challenge}`);
    expect(page.text).toContain('Continue as alice');
    const fields = Object.fromEntries(
      [...page.text.matchAll(/name="([^"]+)" value="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]),
    );
    expect((await popup.post(`${kit.url}/_gate/login`, fields)).text).toContain('data-code=');
  });

  it('is what the frame gets a card for: it never goes to the provider itself', async () => {
    const inFrame = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'iframe' };
    for (const path of ['/d/x', '/_gate/oidc/start', '/_gate/oidc/callback?state=x&code=y']) {
      const card = await new Agent().get(kit.url + path, inFrame);
      expect(card.status).toBe(200);
      expect(card.text).toContain('id="sign-in"');
    }
  });
});

describe('what only asks', () => {
  it('SEC-B12.4 a HEAD neither begins a sign-in nor uses one up', async () => {
    const agent = new Agent();
    expect((await agent.get(`${kit.url}/_gate/oidc/start`, {}, { method: 'HEAD' })).status).toBe(405);
    const callback = await kit.reachCallback(agent);
    expect((await agent.get(callback, {}, { method: 'HEAD' })).status).toBe(405);
    expect((await agent.get(callback)).status).toBe(303);
  });

  it('a script is told how to sign in', async () => {
    const { text } = await new Agent().get(`${kit.url}/_gate/login?returnTo=/d/x`, { Accept: 'application/json' });
    const href = '/_gate/oidc/start?provider=p0&returnTo=%2Fd%2Fx';
    expect(JSON.parse(text)).toMatchObject({ signedIn: false, providers: [{ id: 'p0', label: 'Sign in with p0', href }] });
  });

  it('SEC-B18.1 no page of another site reads where a sign-in leads', async () => {
    const headers = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'cors', 'Sec-Fetch-Dest': 'empty' };
    expect((await new Agent().get(`${kit.url}/_gate/oidc/start`, headers)).status).toBe(403);
  });
});

describe.each([
  { name: 'a secret in the body', clientAuth: 'client_secret_post', provider: { clientAuth: 'post' } },
  { name: 'no secret', clientAuth: 'none', provider: { clientSecret: undefined } },
] as const)('a client with $name', ({ clientAuth, provider }) => {
  const other = useOidc({ provider: provider as object, options: { clientAuth } });

  it('signs people in', async () => {
    const agent = new Agent();
    expect((await other.signIn(agent)).status).toBe(303);
    expect((await other.whoIs(agent)).session).toMatchObject({ login: 'alice' });
  });
});
