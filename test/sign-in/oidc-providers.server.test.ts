// Several ways to sign in side by side: nobody gets by one what another has.

import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Agent, useOidc } from './oidc-kit.ts';

const folder = await mkdtemp(join(tmpdir(), 'framegate-oidc-'));
afterAll(() => rm(folder, { recursive: true }));
const PASSWORD_HASH = '$argon2id$v=19$m=19456,t=2,p=1$ZnJhbWVnYXRlLXRlc3QtMQ$uPqijxR46vV57nnuzX8I/owLOf6Y/RQfIYxs+d4Ktwc';
const usersFile = join(folder, 'users.json');
writeFileSync(
  usersFile,
  JSON.stringify({
    users: [
      { name: 'pat', passwordHash: PASSWORD_HASH },
      { name: 'p1-olga', passwordHash: PASSWORD_HASH },
    ],
  }),
);

const kit = useOidc({ provider: { label: 'Company <account>' }, others: [{ label: 'Partners' }], signIn: { password: { usersFile } } });

const second = () => {
  const [, other] = kit.providers;
  if (other === undefined) throw new Error('not started');
  return other;
};

describe('the sign-in page', () => {
  it('has the password form and a button for each provider, which go on to where somebody wanted', async () => {
    const { status, text } = await new Agent().get(`${kit.url}/_gate/login?returnTo=/d/x`);
    expect(status).toBe(200);
    expect(text).toContain('name="password"');
    expect(text).toContain('>Company &lt;account&gt;</a>');
    expect(text).toContain('href="/_gate/oidc/start?provider=p1&amp;returnTo=%2Fd%2Fx">Partners</a>');
  });

  it('keeps the providers through a wrong password', async () => {
    const agent = new Agent();
    const page = await agent.get(`${kit.url}/_gate/login`);
    const csrf = /name="csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
    const answer = await agent.post(`${kit.url}/_gate/login`, { csrf, username: 'pat', password: 'wrong' });
    expect(answer.status).toBe(401);
    expect(answer.text).toContain('>Partners</a>');
  });

  it.each(['', '?provider=nobody', '?provider=p0&provider=p1'])('leads nowhere by %j', async (query) => {
    expect((await new Agent().get(`${kit.url}/_gate/oidc/start${query}`)).status).toBe(404);
  });
});

describe('SEC-R6 people of two providers', () => {
  it('who have one name are two persons, told apart by the prefix', async () => {
    for (const [index, login] of ['alice', 'p1-alice'].entries()) {
      const agent = new Agent();
      await kit.signIn(agent, `?provider=p${index}`);
      expect((await kit.whoIs(agent)).session).toMatchObject({ login });
    }
  });

  it.each([
    { name: 'a password account', index: 0, login: 'pat', reason: 'password-account' },
    { name: 'a password account in another case', index: 0, login: 'PAT', reason: 'password-account' },
    { name: 'a password account by way of the prefix', index: 1, login: 'olga', reason: 'password-account' },
    { name: 'one of the other provider', index: 0, login: 'p1-alice', reason: 'prefix-of-another-issuer' },
    { name: 'a built-in administrator', index: 0, login: 'admin', reason: 'built-in-administrator' },
  ])('get no login of $name', async ({ index, login, reason }) => {
    const provider = kit.providers[index];
    if (provider !== undefined) provider.account = { sub: `u-${index}-${login}`, preferred_username: login, groups: ['operators'] };
    const agent = new Agent();
    const answer = await kit.signIn(agent, `?provider=p${index}`);
    expect(answer.status).toBe(401);
    expect(answer.text).toContain('Use another account');
    expect(kit.refusal).toBe(reason);
    expect((await kit.whoIs(agent)).status).toBe(401);
  });
});

describe('SEC-D6.1 a mix-up of two providers', () => {
  it('is refused by the issuer in the answer (RFC 9207), before any code is sent anywhere', async () => {
    const agent = new Agent();
    const callback = new URL(await kit.reachCallback(agent, '?provider=p0'));
    expect(callback.searchParams.get('iss')).toBe(kit.provider.issuer);
    callback.searchParams.set('iss', second().issuer);
    second().asked.length = 0;
    kit.provider.asked.length = 0;
    const answer = await agent.get(callback.href);
    expect(answer.status).toBe(400);
    expect(kit.refusal).toBe('issuer-wrong');
    expect([...kit.provider.asked, ...second().asked]).toEqual([]);
  });

  it('is refused where the issuer is left out of the answer, as the provider says that it names itself', async () => {
    const agent = new Agent();
    const callback = new URL(await kit.reachCallback(agent, '?provider=p0'));
    callback.searchParams.delete('iss');
    expect((await agent.get(callback.href)).status).toBe(400);
    expect((await kit.whoIs(agent)).status).toBe(401);
  });

  it('is refused where a code of one comes with the state of the other', async () => {
    const agent = new Agent();
    const [mine, theirs] = [await kit.reachCallback(agent, '?provider=p0'), await kit.reachCallback(agent, '?provider=p1')];
    const mixed = new URL(mine);
    mixed.searchParams.set('code', new URL(theirs).searchParams.get('code') ?? '');
    expect((await agent.get(mixed.href)).status).toBe(400);
    expect(kit.refusal).toBe('code-refused');
  });

  it('is refused where a token of the other is given', async () => {
    const agent = new Agent();
    const start = await agent.get(`${kit.url}/_gate/oidc/start?provider=p0`);
    const nonce = new URL(start.location).searchParams.get('nonce');
    const callback = await agent.followTo(start.location, kit.callback);
    kit.provider.giveToken(await second().sign({ sub: 'u-alice', nonce }));
    expect((await agent.get(callback)).status).toBe(400);
    kit.provider.giveToken(await second().sign({ iss: kit.provider.issuer, sub: 'u-alice', nonce }));
    expect((await kit.signIn(agent, '?provider=p0')).status).toBe(400);
  });
});
