// The users file of a running gate: what is changed in it holds within 2 s, open sockets included.

import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import type { ConfigInput } from '../../src/config/schema.ts';
import { type RunningService, serve } from '../../src/service.ts';
import { createTicket } from '../../src/sign-in/create-ticket.ts';
import { createRecord, type Logged } from '../service/kit.ts';
import { findFreePort } from '../support/free-port.ts';
import { RawConnection } from '../support/raw-client.ts';
import { acceptUpgrade, RecordingUpstream } from '../support/recording-upstream.ts';

const PASSWORD = 'correct horse battery staple';
const HASH = '$argon2id$v=19$m=19456,t=2,p=1$ZnJhbWVnYXRlLXRlc3QtMQ$uPqijxR46vV57nnuzX8I/owLOf6Y/RQfIYxs+d4Ktwc';
/** Of another password. */
const OTHER_HASH = '$argon2id$v=19$m=19456,t=2,p=1$ZnJhbWVnYXRlLXRlc3QtMg$sI4z9eW3yl1sBhzVpNGy3wA5P0b6bFzQ1m2bT3vJz0A';
const ISSUER = 'https://host.test';
const SECRET = 'k7Qw2Zp9Xv4Lm8Rt5Nc1Hb6Jd3Fg0SyUa-eTiOqVxB_';

const account = (name: string, changes: object = {}) => ({ name, passwordHash: HASH, groups: ['operators'], ...changes });
const fileOf = (...users: object[]): string => JSON.stringify({ users });

interface Running {
  readonly folder: string;
  readonly logged: Logged[];
  write(text: string): void;
  signIn(name: string): Promise<string>;
  enter(name: string): Promise<string>;
  statusOf(cookie: string): Promise<number>;
  openSocket(cookie: string): Promise<RawConnection>;
  /** Ends the service and starts another with the same configuration, but for what is given. */
  restart(changes?: Partial<ConfigInput>): Promise<void>;
}

async function run({ expect, onTestFinished }: TestContext, users: string, changes: Partial<ConfigInput> = {}): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), 'framegate-users-'));
  const path = join(folder, 'users.json');
  writeFileSync(path, users);
  const upstream = await RecordingUpstream.start();
  const port = await findFreePort();
  const origin = `http://localhost:${port}`;
  const { log, logged } = createRecord();
  let config: ConfigInput = {
    publicUrl: origin,
    listen: { host: '127.0.0.1', port },
    admin: false,
    upstreams: { main: { preset: 'grafana', url: upstream.url } },
    signIn: { password: { usersFile: path }, tickets: [{ issuer: ISSUER, secret: SECRET, algorithms: ['HS256'] }] },
    session: { secret: 'a secret of the tests, 32 bytes or longer', ...changes.session },
    embed: { hosts: [ISSUER] },
    access: { rules: [{ name: 'operators', who: { groups: ['operators'] }, may: ['everything'], as: { role: 'Viewer' } }] },
  };
  const begin = (): Promise<RunningService> => serve(loadConfig(config), { log });
  let service = await begin();
  onTestFinished(async () => {
    await service.close();
    await upstream.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const cookieOf = (answer: Response): string =>
    answer.headers
      .getSetCookie()
      .find((line) => line.startsWith('__Host-framegate='))
      ?.split(';')[0] ?? '';
  return {
    folder,
    logged,
    write: (text) => writeFileSync(path, text),
    async signIn(name) {
      const page = await fetch(`${origin}/_gate/login`, { headers: { connection: 'close' } });
      const csrf = /name="csrf" value="([^"]+)"/.exec(await page.text())?.[1] ?? '';
      const cookie = page.headers
        .getSetCookie()
        .map((line) => line.split(';')[0])
        .join('; ');
      const body = new URLSearchParams({ username: name, password: PASSWORD, csrf, returnTo: '/' });
      return cookieOf(
        await fetch(`${origin}/_gate/login`, {
          method: 'POST',
          redirect: 'manual',
          headers: { origin, cookie, connection: 'close' },
          body,
        }),
      );
    },
    async enter(name) {
      const ticket = await createTicket({ issuer: ISSUER, audience: origin, key: SECRET, subject: name, groups: ['operators'] });
      const body = new URLSearchParams({ ticket, to: '/' });
      return cookieOf(
        await fetch(`${origin}/_gate/enter`, {
          method: 'POST',
          redirect: 'manual',
          headers: { origin: ISSUER, connection: 'close' },
          body,
        }),
      );
    },
    statusOf: async (cookie) =>
      (await fetch(`${origin}/api/user`, { headers: { cookie, accept: 'application/json', connection: 'close' } })).status,
    async openSocket(cookie) {
      upstream.script = acceptUpgrade('');
      const socket = await RawConnection.open(port);
      socket.write(
        `GET /api/live/ws HTTP/1.1\r\nHost: localhost:${port}\r\nCookie: ${cookie}\r\nOrigin: ${origin}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
      );
      expect((await socket.answer()).status).toBe(101);
      upstream.clear();
      return socket;
    },
    async restart(more = {}) {
      config = { ...config, ...more };
      await service.close();
      service = await begin();
    },
  };
}

/** Sessions that outlive the process. */
function storeOf({ onTestFinished }: TestContext): { store: string } {
  const folder = mkdtempSync(join(tmpdir(), 'framegate-sqlite-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return { store: `sqlite:${join(folder, 'state.db')}` };
}

const refusals = ({ logged }: Running): Logged[] => logged.filter(({ event }) => event === 'users.refused');

// Side by side: nearly all of the time is waiting for the next look at a file.
describe.concurrent('the users file', () => {
  it.for([
    { name: 'removed', after: [] },
    { name: 'disabled', after: [account('pat', { disabled: true })] },
    { name: 'given another password', after: [account('pat', { passwordHash: OTHER_HASH })] },
    { name: 'put into other groups', after: [account('pat', { groups: ['visitors'] })] },
    { name: 'given another e-mail address', after: [account('pat', { email: 'pat@example.com' })] },
  ])(
    'SEC-B8.3, SEC-B11.3 an account that is $name loses its sessions and sockets within 2 s, and nobody else does',
    async ({ after }, context) => {
      const { expect } = context;
      const running = await run(context, fileOf(account('pat'), account('pia')));
      const [pat, pia] = [await running.signIn('pat'), await running.signIn('pia')];
      const [open, other] = [await running.openSocket(pat), await running.openSocket(pia)];
      running.write(fileOf(...after, account('pia')));
      expect(await open.waitForEnd(2000)).not.toBe('open');
      expect(await running.statusOf(pat)).toBe(401);
      expect([other.ending, await running.statusOf(pia)]).toEqual(['open', 200]);
      other.close();
    },
  );

  it('lets an account in that is added, by the groups that it has now', async (context) => {
    const { expect } = context;
    const running = await run(context, fileOf(account('pat', { groups: [] })));
    expect(await running.signIn('new')).toBe('');
    running.write(fileOf(account('new'), account('pat')));
    await expect.poll(() => running.logged.some(({ event }) => event === 'config.reloaded'), { timeout: 2500 }).toBe(true);
    expect(await running.statusOf(await running.signIn('new'))).toBe(200);
    expect(await running.statusOf(await running.signIn('pat'))).toBe(200);
  });

  it.for([
    ['', 'an empty file'],
    ['{"users": [{"name": "pa', 'half of a file'],
    [fileOf(account('pat', { passwordHash: 'secret-in-clear' })), 'a password in place of its hash'],
    [fileOf(account('pat'), account('PAT')), 'one name twice'],
  ])('SEC-B21.5 is left alone where it is refused: %s (%s)', async ([text = ''], context) => {
    const { expect } = context;
    const running = await run(context, fileOf(account('pat')));
    const cookie = await running.signIn('pat');
    running.write(text);
    await expect.poll(() => refusals(running).length, { timeout: 2500 }).toBeGreaterThan(0);
    expect(await running.statusOf(cookie)).toBe(200);
    expect(await running.statusOf(await running.signIn('pat'))).toBe(200);
    expect(JSON.stringify(running.logged)).not.toContain('secret-in-clear');
    // And the next good one counts.
    running.write(fileOf());
    await expect.poll(() => running.statusOf(cookie), { timeout: 2500 }).toBe(401);
  });

  it('may be replaced by a link that is moved, and by a file that is moved over it', async (context) => {
    const { expect } = context;
    const running = await run(context, fileOf(account('pat')));
    const { folder } = running;
    const cookie = await running.signIn('pat');
    mkdirSync(join(folder, 'v2'));
    writeFileSync(join(folder, 'v2', 'users.json'), fileOf(account('pia')));
    symlinkSync(join('v2', 'users.json'), join(folder, 'link'));
    renameSync(join(folder, 'link'), join(folder, 'users.json'));
    await expect.poll(() => running.statusOf(cookie), { timeout: 2500 }).toBe(401);
    const pia = await running.signIn('pia');
    writeFileSync(join(folder, 'next'), fileOf(account('pat')));
    renameSync(join(folder, 'next'), join(folder, 'users.json'));
    await expect.poll(() => running.statusOf(pia), { timeout: 2500 }).toBe(401);
  });

  it('SEC-R6 ends the session of a ticket whose login becomes an account of somebody else', async (context) => {
    const { expect } = context;
    const running = await run(context, fileOf(account('pat')));
    const [lea, max] = [await running.enter('lea'), await running.enter('max')];
    expect([await running.statusOf(lea), await running.statusOf(max)]).toEqual([200, 200]);
    running.write(fileOf(account('pat'), account('Lea'), account('max', { links: [{ issuer: ISSUER, subject: 'max' }] })));
    await expect.poll(() => running.statusOf(lea), { timeout: 2500 }).toBe(401);
    expect(await running.enter('lea')).toBe('');
    expect(await running.statusOf(await running.enter('max'))).toBe(200);
  });

  it('SEC-B8.3 ends the sessions in a store whose account went while nobody looked', async (context) => {
    const { expect } = context;
    const running = await run(context, fileOf(account('pat'), account('pia')), { session: storeOf(context) });
    const [pat, pia] = [await running.signIn('pat'), await running.signIn('pia')];
    await running.restart();
    expect([await running.statusOf(pat), await running.statusOf(pia)]).toEqual([200, 200]);
    running.write(fileOf(account('pia')));
    await running.restart();
    expect([await running.statusOf(pat), await running.statusOf(pia)]).toEqual([401, 200]);
  });

  it('SEC-B8.3 ends the sessions in a store whose password was changed while nobody looked, and no others', async (context) => {
    const { expect } = context;
    const running = await run(context, fileOf(account('pat'), account('pia')), { session: storeOf(context) });
    const [pat, pia, lea] = [await running.signIn('pat'), await running.signIn('pia'), await running.enter('lea')];
    running.write(fileOf(account('pat', { passwordHash: OTHER_HASH }), account('pia', { displayName: 'Pia P' })));
    await running.restart();
    expect([await running.statusOf(pat), await running.statusOf(pia), await running.statusOf(lea)]).toEqual([401, 200, 200]);
    // Not for this once: the session is over.
    running.write(fileOf(account('pat'), account('pia')));
    await running.restart();
    expect([await running.statusOf(pat), await running.statusOf(pia)]).toEqual([401, 200]);
  });

  it('keeps nothing in the store that a password could be tried against', async (context) => {
    const { expect } = context;
    const session = storeOf(context);
    const running = await run(context, fileOf(account('pat')), { session });
    await running.signIn('pat');
    const file = session.store.slice('sqlite:'.length);
    const written = [file, `${file}-wal`].map((path) => readFileSync(path, 'latin1')).join('');
    expect(written).toContain('passwordMark');
    for (const part of [PASSWORD, ...HASH.split('$').slice(-2)]) expect(written).not.toContain(part);
  });

  it('SEC-D2.4 the word of an issuer that is not configured any more counts no longer, wherever its sessions were kept', async (context) => {
    const { expect } = context;
    const running = await run(context, fileOf(account('pat')), { session: storeOf(context) });
    const [pat, lea] = [await running.signIn('pat'), await running.enter('lea')];
    await running.restart({ signIn: { password: { usersFile: join(running.folder, 'users.json') } } });
    expect([await running.statusOf(pat), await running.statusOf(lea)]).toEqual([200, 401]);
  });
});
