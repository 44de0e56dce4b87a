// A hostile provider beside an honest one (RFC 9700 4.4): it sends the browser on to the other one, and would be handed
// the code from there, were its own answer not told from the other's. Here the providers do not say who they are.

import { describe, expect, it } from 'vitest';
import type { TestOidcProvider } from '../support/start-oidc-provider.ts';
import { Agent, type OidcKit, useOidc } from './oidc-kit.ts';

/** Goes where the hostile p0 sends a browser that wants to sign in with it: to p1. @returns the answer, as it comes back. */
async function beSentOn(kit: OidcKit, agent: Agent, callback: string): Promise<URL> {
  const begun = new URL((await agent.get(`${kit.url}/_gate/oidc/start?provider=p0`)).location);
  const onward = new URL((await agent.get(`${kit.url}/_gate/oidc/start?provider=p1`)).location);
  for (const name of ['state', 'nonce', 'code_challenge']) onward.searchParams.set(name, begun.searchParams.get(name) ?? '');
  onward.searchParams.set('redirect_uri', callback);
  return withoutIssuer(await agent.followTo(onward.href, callback));
}

function withoutIssuer(address: string): URL {
  const answer = new URL(address);
  expect(answer.searchParams.has('code')).toBe(true);
  answer.searchParams.delete('iss');
  return answer;
}

/** The document of p1 as it would be without RFC 9207. */
function hideSupport(provider: TestOidcProvider): void {
  provider.replaced.set('/.well-known/openid-configuration', (_req, res) => {
    const at = (path: string) => `${provider.issuer}/${path}`;
    const endpoints = {
      authorization_endpoint: at('auth'),
      token_endpoint: at('token'),
      userinfo_endpoint: at('me'),
      jwks_uri: at('jwks'),
    };
    res.setHeader('Content-Type', 'application/json');
    res.end(JSON.stringify({ issuer: provider.issuer, ...endpoints, id_token_signing_alg_values_supported: ['RS256'] }));
  });
}

/** Metadata are asked for anew. */
async function forget(kit: OidcKit, agent: Agent): Promise<void> {
  for (const provider of kit.providers) hideSupport(provider);
  kit.clock.aheadMs += 25 * 60 * 60_000;
  for (const id of ['p0', 'p1']) await agent.get(`${kit.url}/_gate/oidc/start?provider=${id}`);
  kit.clock.aheadMs = 0;
  for (const provider of kit.providers) provider.asked.length = 0;
}

describe('SEC-D6.1 two providers with one callback', () => {
  const kit = useOidc({ others: [{}] });

  it('have to name themselves in their answers: a code is sent to neither otherwise', async () => {
    const agent = new Agent();
    await forget(kit, agent);
    const answer = await agent.get((await beSentOn(kit, agent, kit.callback)).href);
    expect(answer.status).toBe(400);
    expect(kit.refusal).toBe('issuer-missing');
    expect(kit.provider.asked).not.toContain('/token');
    expect((await kit.whoIs(agent)).status).toBe(401);
  });

  it('sign people in where they do, whether or not they say so beforehand', async () => {
    const agent = new Agent();
    await forget(kit, agent);
    for (const [id, login] of [
      ['p0', 'alice'],
      ['p1', 'p1-alice'],
    ]) {
      await kit.signIn(agent, `?provider=${id}`);
      expect((await kit.whoIs(agent)).session).toMatchObject({ login });
    }
  });
});

describe('SEC-D6.1 two providers with a callback of their own each', () => {
  const kit = useOidc({ provider: { ownCallback: true }, others: [{ ownCallback: true }] });

  it('sign people in without a name in their answers', async () => {
    const agent = new Agent();
    await forget(kit, agent);
    const callback = withoutIssuer(await kit.reachCallback(agent, '?provider=p1'));
    expect(callback.pathname).toBe('/_gate/oidc/callback/p1');
    expect((await agent.get(callback.href)).status).toBe(303);
    expect((await kit.whoIs(agent)).session).toMatchObject({ login: 'p1-alice' });
  });

  it('get no code of the other one, which comes in where that one was told to send it', async () => {
    const agent = new Agent();
    await forget(kit, agent);
    const answer = await agent.get((await beSentOn(kit, agent, `${kit.callback}/p1`)).href);
    expect(answer.status).toBe(400);
    expect(kit.refusal).toBe('other-callback');
    for (const provider of kit.providers) expect(provider.asked).not.toContain('/token');
    expect((await kit.whoIs(agent)).status).toBe(401);
  });

  it('have no other', async () => {
    const agent = new Agent();
    const callback = new URL(await kit.reachCallback(agent, '?provider=p1'));
    for (const path of ['/_gate/oidc/callback', '/_gate/oidc/callback/p2', '/_gate/oidc/callback/p1/']) {
      callback.pathname = path;
      expect((await agent.get(callback.href)).status).toBe(404);
    }
  });
});

describe('one provider', () => {
  const kit = useOidc();

  it('needs neither', async () => {
    const agent = new Agent();
    hideSupport(kit.provider);
    kit.clock.aheadMs += 25 * 60 * 60_000;
    await agent.get(`${kit.url}/_gate/oidc/start`);
    kit.clock.aheadMs = 0;
    expect((await agent.get(withoutIssuer(await kit.reachCallback(agent)).href)).status).toBe(303);
  });
});
