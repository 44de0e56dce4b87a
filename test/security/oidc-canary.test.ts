// Every way through and out of a sign-in with a provider; then the log is searched for what must never be in it
// (SEC-B16.2, SEC-D11.2), and our answers for what belongs to the server alone (SEC-D6.2).

import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Agent, type Answer, useOidc } from '../sign-in/oidc-kit.ts';
import { CLIENT_SECRET } from '../support/start-oidc-provider.ts';

const kit = useOidc();

describe('SEC-B16.2 after every way through a sign-in', () => {
  it('no code, state, nonce, verifier, token, cookie or secret is in the log, and no token in an answer', async () => {
    const secrets = new Set<string>([CLIENT_SECRET]);
    const answers: Answer[] = [];
    const ask = async (answer: Promise<Answer>): Promise<Answer> => {
      answers.push(await answer);
      return answer;
    };
    const note = (url: string): string => {
      for (const name of ['code', 'state', 'nonce', 'code_challenge', 'id_token_hint']) {
        const value = new URL(url).searchParams.get(name);
        if (value !== null) secrets.add(value);
      }
      return url;
    };

    const agent = new Agent();
    const start = await ask(agent.get(`${kit.url}/_gate/oidc/start?returnTo=/d/x`));
    const callback = note(await agent.followTo(note(start.location), kit.callback));
    const verifier = randomBytes(32).toString('base64url');
    const challenge = createHash('sha256').update(verifier).digest('base64url');
    expect((await ask(agent.get(callback))).status).toBe(303);
    expect((await ask(agent.get(callback))).status).toBe(400);
    expect((await ask(new Agent().get(callback))).status).toBe(400);

    const popup = new Agent();
    const page = await popup.get(note(await kit.reachCallback(popup, `?challenge=${challenge}`)));
    const code = /data-code="([^"]+)"/.exec(page.text)?.[1] ?? '';
    for (const text of [verifier, code]) secrets.add(text);
    expect((await ask(new Agent().post(`${kit.url}/_gate/redeem`, { code, verifier }))).status).toBe(204);

    const failing = new Agent();
    const denied = new URL(note(await kit.reachCallback(failing)));
    denied.searchParams.set('error', 'access_denied');
    denied.searchParams.set('error_description', 'canary-description');
    expect((await ask(failing.get(denied.href))).status).toBe(400);

    const forged = await kit.provider.sign({ sub: 'canary-sub', nonce: 'canary-nonce', preferred_username: 'canary-login' });
    secrets.add(forged);
    const other = new Agent();
    const reached = note(await kit.reachCallback(other));
    kit.provider.giveToken(forged);
    expect((await ask(other.get(reached))).status).toBe(400);
    const failed = new Agent();
    kit.provider.replaced.clear();
    const wrong = note(await kit.reachCallback(failed));
    kit.provider.replaced.set(
      '/token',
      (_req, res) =>
        void res.writeHead(400, { 'Content-Type': 'application/json' }).end('{"error":"canary-error","error_description":"canary"}'),
    );
    expect((await ask(failed.get(wrong))).status).toBe(400);
    kit.provider.replaced.set('/token', (_req, res) => void res.writeHead(500).end('canary-body'));
    const down = new Agent();
    expect((await ask(down.get(note(await kit.reachCallback(down))))).status).toBe(503);

    const logout = await kit.provider.sign({
      jti: randomUUID(),
      sub: 'u-nobody',
      events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
    });
    secrets.add(logout);
    for (let count = 0; count < 2; count++)
      await ask(new Agent().post(`${kit.url}/_gate/oidc/backchannel-logout`, { logout_token: logout }));
    note((await agent.post(`${kit.url}/_gate/logout`, {})).location);
    for (const { cookies } of answers) for (const line of cookies) secrets.add(decodeURIComponent(/=([^;]*)/.exec(line)?.[1] ?? ''));

    const log = JSON.stringify(kit.lines);
    expect(kit.lines.length).toBeGreaterThan(12);
    expect(log.match(/.{0,60}canary.{0,60}/g) ?? []).toEqual([]);
    expect([...secrets].filter((text) => text.length > 8 && log.includes(text))).toEqual([]);
    expect(log).not.toMatch(/eyJ[\w-]{10,}/);
    for (const { text, headers } of answers) expect(text + JSON.stringify(headers)).not.toMatch(/eyJ[\w-]{10,}|canary/);
  });
});
