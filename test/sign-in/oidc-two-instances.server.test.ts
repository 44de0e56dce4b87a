// Two gates behind one address, without stickiness: what one begins, the other ends.

import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Agent, useOidc } from './oidc-kit.ts';

const kit = useOidc({ instances: 2 });

describe('two instances', () => {
  it('end a sign-in at one that was begun at the other', async () => {
    const agent = new Agent();
    const callback = await kit.reachCallback(agent);
    kit.instance = 1;
    expect((await agent.get(callback)).status).toBe(303);
    kit.instance = 0;
    expect((await kit.whoIs(agent)).session).toMatchObject({ login: 'alice', method: 'oidc' });
  });

  it('SEC-R8 use up a sign-in once, wherever it comes back', async () => {
    const agent = new Agent();
    const callback = await kit.reachCallback(agent);
    const Cookie = `__Host-framegate-tx=${agent.cookie(kit.url, '__Host-framegate-tx')}`;
    const statuses: number[] = [];
    for (const instance of [0, 1, 0]) {
      kit.instance = instance;
      statuses.push((await new Agent().get(callback, { Cookie })).status);
    }
    expect(statuses).toEqual([303, 400, 400]);
  });

  it('hand a popup of one over to a frame at the other', async () => {
    const verifier = randomBytes(32).toString('base64url');
    const challenge = createHash('sha256').update(verifier).digest('base64url');
    const popup = await kit.signIn(new Agent(), `?challenge=${challenge}`);
    kit.instance = 1;
    const frame = new Agent();
    const code = /data-code="([^"]+)"/.exec(popup.text)?.[1] ?? '';
    expect((await frame.post(`${kit.url}/_gate/redeem`, { code, verifier })).status).toBe(204);
    expect((await kit.whoIs(frame)).session).toMatchObject({ login: 'alice', method: 'oidc' });
  });

  it('SEC-D2.4 end within two seconds what the provider ended at the other', async () => {
    const agent = new Agent();
    await kit.signIn(agent);
    kit.instance = 1;
    expect((await kit.whoIs(agent)).status).toBe(200);
    kit.instance = 0;
    const claims = { jti: randomUUID(), events: { 'http://schemas.openid.net/event/backchannel-logout': {} }, sub: 'u-alice' };
    const token = await kit.provider.sign(claims);
    const url = `${kit.url}/_gate/oidc/backchannel-logout`;
    expect((await new Agent().post(url, { logout_token: token })).status).toBe(200);
    kit.instance = 1;
    await expect.poll(async () => (await kit.whoIs(agent)).status, { timeout: 2000 }).toBe(401);
    expect((await new Agent().post(url, { logout_token: token })).status).toBe(400);
  });
});
