// The host application's own answer to "who is asking": believed when it is one, never guessed around when it is not.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type ConfigInput, createGate, type HostIdentity } from '../../src/index.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { PASSWORD_HASH } from '../support/start-gate.ts';
import { identifyByHeader, useHost } from './kit.ts';

const API = ['Accept: application/json'];

describe('identify', () => {
  const host = useHost();

  it('names the person to the upstream, by nothing that the browser sent', async () => {
    await host.sendAs('ann', 'GET /dash/api/user', ['X-WEBAUTH-USER: admin', 'X-WEBAUTH-ROLE: Admin']);
    expect(host.upstream.onlyRequest.all('x-webauth-user')).toEqual(['ann']);
    expect(host.upstream.onlyRequest.all('x-webauth-role')).toEqual(['Viewer']);
  });

  it('is asked on every request, so that nobody stays signed in longer than in the host application', async () => {
    expect((await host.sendAs('ann', 'GET /dash/api/user', API)).status).toBe(200);
    host.upstream.clear();
    expect((await host.send('GET /dash/api/user', API)).status).toBe(401);
    expect(await host.upstream.allBytes()).toBe('');
  });

  it('starts no session and sets no cookie', async () => {
    expect((await host.sendAs('ann', 'GET /dash/d/x')).header('set-cookie')).toBeUndefined();
  });

  it('is not asked for requests that the guard refuses', async () => {
    expect((await host.sendAs('throw', 'GET /dash/a%2fb')).status).toBe(400);
  });

  it('fails closed when it throws: 500, nothing forwarded, the cause in the log only', async () => {
    const answer = await host.sendAs('throw', 'GET /dash/api/user', API);
    expect(answer.status).toBe(500);
    expect(answer.header('content-type')).toContain('application/problem+json');
    expect(answer.body).not.toContain('user table');
    expect(await host.upstream.allBytes()).toBe('');
    const line = host.linesOf('request.failed').at(-1);
    expect(String(line?.fields['cause'])).toContain('the user table is gone');
  });

  it('fails closed when it throws for an upgrade: 500 on the socket, which is closed', async () => {
    const socket = await host.openSocket('/dash/api/live/ws', ['X-Host-User: throw']);
    expect((await socket.answer()).status).toBe(500);
    expect(await socket.waitForEnd()).toBe('ended');
    expect(await host.upstream.allBytes()).toBe('');
  });

  it('does not let a built-in administrator of the upstream in', async () => {
    expect((await host.sendAs('admin', 'GET /dash/api/user', API)).status).toBe(403);
    expect(await host.upstream.allBytes()).toBe('');
  });

  it('is asked for upgrades, from the bare request', async () => {
    const signedOut = await host.openSocket('/dash/api/live/ws');
    expect((await signedOut.answer()).status).toBe(401);
    expect(await host.upstream.allBytes()).toBe('');
    const socket = await host.openSocket('/dash/api/live/ws', ['X-Host-User: ann', 'X-WEBAUTH-USER: bob']);
    expect((await socket.answer()).status).toBe(101);
    expect(host.upstream.onlyRequest.all('x-webauth-user')).toEqual(['ann']);
    socket.close();
  });
});

describe('identify before any request', () => {
  const host = useHost();

  it('lets the very first request be an upgrade', async () => {
    const socket = await host.openSocket('/dash/api/live/ws', ['X-Host-User: ann']);
    expect((await socket.answer()).status).toBe(101);
    expect(host.upstream.onlyRequest.target).toBe('/dash/api/live/ws');
    socket.close();
  });
});

describe('what identify may return', () => {
  let answer: () => unknown = () => undefined;
  const host = useHost({ gate: { identify: () => answer() as HostIdentity } });

  it.each([
    { name: 'null', value: null },
    { name: 'undefined', value: undefined },
    { name: 'a promise of null', value: Promise.resolve(null) },
  ])('$name is nobody', async ({ value }) => {
    answer = () => value;
    expect((await host.send('GET /dash/api/user', API)).status).toBe(401);
    expect(await host.upstream.allBytes()).toBe('');
  });

  it.each([
    { name: 'an identity', value: () => ({ login: 'ann', groups: ['operators'] }) },
    { name: 'a promise of one', value: async () => ({ login: 'ann', groups: ['operators'] }) },
  ])('$name is somebody', async ({ value }) => {
    answer = value;
    expect((await host.send('GET /dash/api/user', API)).status).toBe(200);
    expect(host.upstream.onlyRequest.header('x-webauth-user')).toBe('ann');
  });

  it.each([
    { name: 'true', value: () => true },
    { name: 'a login alone, as text', value: () => 'ann' },
    { name: 'an object without a login', value: () => ({ name: 'ann' }) },
    { name: 'an empty login', value: () => ({ login: '' }) },
    { name: 'a login with a line break', value: () => ({ login: 'ann\r\nX-WEBAUTH-ROLE: Admin' }) },
    { name: 'groups as text', value: () => ({ login: 'ann', groups: 'operators' }) },
    { name: 'a rejected promise', value: () => Promise.reject(new Error('no user table')) },
    {
      name: 'a promise-like that throws',
      value: () => ({
        // biome-ignore lint/suspicious/noThenProperty: a promise-like is what is tested
        then: () => {
          throw new Error('then');
        },
      }),
    },
  ])('$name is a mistake: 500, and nothing is forwarded', async ({ value }) => {
    answer = value;
    expect((await host.send('GET /dash/api/user', API)).status).toBe(500);
    const socket = await host.openSocket('/dash/api/live/ws');
    expect((await socket.answer()).status).toBe(500);
    expect(await host.upstream.allBytes()).toBe('');
  });

  it('the log says what to return instead', async () => {
    answer = () => 'ann';
    await host.send('GET /dash/api/user', API);
    expect(String(host.linesOf('request.failed').at(-1)?.fields['message'])).toContain("Return { login: 'alice'");
  });
});

describe('identify beside tickets', () => {
  const seen: (string | undefined)[] = [];
  const host = useHost({
    gate: {
      identify(req: IncomingMessage) {
        seen.push(req.url);
        return identifyByHeader(req);
      },
    },
  });

  it('is not asked for files of framegate, and is for "who am I"', async () => {
    await host.send('GET /dash/_gate/embed.js');
    expect(seen).toEqual([]);
    const session = await host.sendAs('ann', 'GET /dash/_gate/session', API);
    expect(JSON.parse(session.body)).toMatchObject({ signedIn: true, login: 'ann', method: 'host', endsAt: null });
    const state = await host.sendAs('ann', 'GET /dash/_gate/state', API);
    expect(JSON.parse(state.body)).toEqual({ signedIn: true, login: 'ann', endsAt: null, endsInMs: null });
    expect((await host.send('GET /dash/_gate/session', API)).status).toBe(401);
    expect((await host.sendAs('throw', 'GET /dash/_gate/session', API)).status).toBe(500);
    expect(seen).toHaveLength(4);
  });

  it('its people see a session page without a sign-out that could not sign them out', async () => {
    const page = await host.sendAs('ann', 'GET /dash/_gate/session', [
      'Accept: text/html',
      'Sec-Fetch-Dest: document',
      'Sec-Fetch-Mode: navigate',
      'Sec-Fetch-Site: none',
    ]);
    expect(page.status).toBe(200);
    expect(page.body).toContain('ann');
    expect(page.body).not.toContain('sign-out');
    expect(page.body).not.toContain('undefined');
  });
});

describe('a login that identify names', () => {
  const folder = mkdtempSync(join(tmpdir(), 'framegate-identify-'));
  const usersFile = join(folder, 'users.json');
  const links = [{ issuer: 'host', subject: 'pia' }];
  writeFileSync(
    usersFile,
    JSON.stringify({
      users: ['pat', 'pia', 'Root'].map((name) => ({ name, passwordHash: PASSWORD_HASH, ...(name === 'pia' && { links }) })),
    }),
  );
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const tickets = ['https://one.test', 'https://two.test'].map((issuer, index) => ({
    issuer,
    secret: `a shared secret of the tests, long enough ${index}`,
    algorithms: ['HS256' as const],
    ...(index > 0 && { loginPrefix: 'two-' }),
  }));
  const rules = [
    { name: 'everybody', who: { everyone: true as const }, may: ['everything' as const] },
    { name: 'the administrator', who: { users: ['Root'] }, may: ['everything' as const] },
  ];
  const host = useHost({ config: { signIn: { password: { usersFile }, tickets }, access: { rules } } });

  it.each([
    ['pat', 'password-account'],
    ['PAT', 'password-account'],
    // A built-in administrator of the upstream in another spelling.
    ['root', 'password-account'],
    ['two-ann', 'prefix-of-another-issuer'],
  ])('SEC-R6 is refused where it is somebody else: %s (%s)', async (login, reason) => {
    const answer = await host.sendAs(login, 'GET /dash/api/user', API);
    expect([answer.status, answer.body]).toEqual([401, expect.stringContaining('FRAMEGATE_IDENTITY_REFUSED')]);
    expect(host.linesOf('request.refused').at(-1)?.fields['reason']).toBe(reason);
    expect(host.upstream.requests).toEqual([]);
  });

  it('SEC-R6 is that of a password account where the users file links the two', async () => {
    await host.sendAs('pia', 'GET /dash/api/user', API);
    expect(host.upstream.onlyRequest.header('x-webauth-user')).toBe('pia');
  });

  it('SEC-R6 is shared with tickets without a prefix, as the word of one application; the log says so once', async () => {
    for (const login of ['ann', 'bob']) await host.sendAs(login, 'GET /dash/api/user', API);
    expect(host.linesOf('gate.logins-shared').map(({ fields }) => [fields['issuer'], fields['other']])).toEqual([
      ['host', 'https://one.test'],
    ]);
  });

  it('SEC-R6 could be that of a provider or of a proxy in front without a prefix: a problem at the start and at a reload', async () => {
    const provider = { id: 'corp', issuer: 'https://id.test', clientId: 'framegate', clientSecret: 'a-client-secret-7Kq2' };
    const header = { trustedPeers: ['192.0.2.1'], user: 'X-User' };
    const input = (signIn: NonNullable<ConfigInput['signIn']>): ConfigInput => ({ ...host.input(), signIn });
    const options = { identify: identifyByHeader, log: silentLog };
    await expect(createGate(input({ oidc: [provider] }), options)).rejects.toThrow('signIn.oidc[0].loginPrefix: is empty');
    await expect(createGate(input({ header }), options)).rejects.toThrow('signIn.header.loginPrefix: is empty');
    await expect(host.gate.reload(input({ header }))).rejects.toThrow('signIn.header.loginPrefix: is empty');
    const prefixed = input({ oidc: [{ ...provider, loginPrefix: 'corp-' }], header: { ...header, loginPrefix: 'h-' } });
    await (await createGate(prefixed, options)).close();
    await (await createGate(input({ header }), { log: silentLog })).close();
  });
});
