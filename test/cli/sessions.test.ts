// `framegate sessions` and `framegate revoke` as operators run them, beside a running service.

import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { serve } from '../../src/service.ts';
import { findFreePort } from '../support/free-port.ts';
import { CONFIG, makeFolder, runCli, USERS } from './run-cli.ts';

const TOKEN = 'Zr4qv8Kd2mXw7NpB5tYc9HsL3gJf6RaE1uQoT0iVxWz';

interface Running {
  readonly config: string;
  /** Signs alice in. @returns her cookie. */
  signIn(): Promise<string>;
  statusOf(cookie: string): Promise<number>;
}

async function start(admin = ''): Promise<Running> {
  const [port, adminPort] = [await findFreePort(), await findFreePort()];
  const text = CONFIG.replace('localhost:8000', `localhost:${port}`)
    .replace('port: 0 }', `port: ${port} }`)
    .replace('admin: { port: 0 }', `admin: { port: ${adminPort}${admin} }`);
  const folder = makeFolder({ 'framegate.yaml': `${text}\nlog: { level: silent }\n`, 'users.yaml': USERS, token: `${TOKEN}\n` });
  const config = join(folder, 'framegate.yaml');
  const service = await serve(loadConfig(config, { env: {}, service: true }));
  onTestFinished(() => service.close());
  const origin = `http://localhost:${port}`;
  return {
    config,
    async signIn() {
      const page = await fetch(`${origin}/_gate/login`);
      const csrf = /name="csrf"[^>]*value="([^"]+)"/.exec(await page.text())?.[1] ?? '';
      const answer = await fetch(`${origin}/_gate/login`, {
        method: 'POST',
        redirect: 'manual',
        headers: {
          origin,
          cookie: page.headers
            .getSetCookie()
            .map((line) => line.split(';')[0])
            .join('; '),
        },
        body: new URLSearchParams({ username: 'alice', password: 'correct horse battery staple', csrf, returnTo: '/' }),
      });
      return (
        answer.headers
          .getSetCookie()
          .find((line) => line.startsWith('__Host-framegate='))
          ?.split(';')[0] ?? ''
      );
    },
    statusOf: async (cookie) => (await fetch(`${origin}/_gate/session`, { headers: { cookie, accept: 'application/json' } })).status,
  };
}

describe('framegate sessions and revoke', () => {
  it('list who is signed in, and end one session by its key', async () => {
    const { config, signIn, statusOf } = await start(', tokenFile: token');
    const [first, second] = [await signIn(), await signIn()];
    const listed = await runCli(['sessions', '--config', config, '--login', 'alice']);
    expect(listed).toMatchObject({ code: 0, stderr: '2 sessions\n' });
    expect(listed.stdout).toMatch(
      /^LOGIN {2}METHOD {4}ADDRESS +STARTED +LAST USE +ENDS +KEY +ISSUER +AGENT\nalice {2}password {2}127\.0\.0\.1 /,
    );
    expect(listed.stdout).not.toContain(TOKEN);

    const { stdout } = await runCli(['sessions', '--json', '--config', config]);
    const rows = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { key: string; started: string });
    expect(rows).toHaveLength(2);
    const [oldest] = rows.toSorted((a, b) => (a.started < b.started ? -1 : 1));
    expect(await runCli(['revoke', '--config', config, '--session', oldest?.key ?? ''])).toMatchObject({
      code: 0,
      stdout: '1 session ended\n',
    });
    expect([await statusOf(first), await statusOf(second)]).toEqual([401, 200]);
  });

  it.each([
    [['--login', 'alice'], 1],
    [['--issuer', 'password', '--subject', 'alice'], 1],
    [['--issuer', 'password'], 1],
    [['--everyone'], 1],
    [['--login', 'bob'], 0],
  ])('revoke %j ends %i', async (options, ended) => {
    const { config, signIn, statusOf } = await start();
    const cookie = await signIn();
    expect((await runCli(['revoke', '--config', config, ...options])).stdout).toBe(`${ended} session${ended === 1 ? '' : 's'} ended\n`);
    expect(await statusOf(cookie)).toBe(ended === 1 ? 401 : 200);
  });

  it('say that the service is not running, exit code 1', async () => {
    const port = await findFreePort();
    const folder = makeFolder({ 'framegate.yaml': CONFIG.replace('admin: { port: 0 }', `admin: { port: ${port} }`), 'users.yaml': USERS });
    for (const args of [['sessions'], ['revoke', '--everyone']]) {
      const { code, stdout, stderr } = await runCli(args, { cwd: folder });
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toContain(`cannot be reached at 127.0.0.1, port ${port}: nothing listens there. Is it running`);
    }
  });

  it.each([
    [['revoke'], 'needs exactly one of'],
    [['revoke', '--login', 'a', '--everyone'], 'needs exactly one of'],
    [['revoke', '--session', 'k', '--login', 'a'], 'needs exactly one of'],
    [['revoke', '--subject', 'a'], '--issuer'],
    [['sessions', 'alice'], 'takes options only'],
    [['sessions'], 'admin.port is 0'],
  ])('%j is refused with a word about it, exit code 2', async (args, message) => {
    const cwd = makeFolder({ 'framegate.yaml': CONFIG, 'users.yaml': USERS });
    const { code, stderr } = await runCli(args, { cwd });
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });

  it('refuse a configuration with problems, exit code 2', async () => {
    const { code, stderr } = await runCli(['sessions'], { cwd: makeFolder({ 'framegate.yaml': CONFIG }) });
    expect(code).toBe(2);
    expect(stderr).toContain('signIn.password.usersFile');
  });
});
