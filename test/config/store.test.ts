// session.store: what it names, and that nothing of a password is shown.

import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { check, checkInput, makeFolder, resolved, SECRET } from './base-config.ts';

const FORMS = 'Write memory, sqlite:FILE, redis://HOST:PORT or rediss://HOST:PORT';
const session = (keys: Record<string, unknown>) => ({ session: { secret: SECRET, ...keys } });
const certificate = '-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n';

describe('session.store', () => {
  it('is memory by default', () => {
    const { store, outageWindowMs } = resolved().session;
    expect(store).toEqual({ kind: 'memory' });
    expect(outageWindowMs).toBe(5 * 60_000);
  });

  it.each(['Memory', 'sqlite', 'sqlite:', 'redis', 'redis:6379', 'http://redis:6379', 'postgres://x'])('is not %j', (store) => {
    expect(check(session({ store })).problems).toEqual([`session.store: names no store. ${FORMS}.`]);
  });

  it('names an SQLite file, from the folder of the configuration file', () => {
    const cwd = makeFolder();
    mkdirSync(join(cwd, 'data'));
    expect(resolved(session({ store: 'sqlite:data/state.db' }), { cwd }).session.store).toEqual({
      kind: 'sqlite',
      file: join(cwd, 'data/state.db'),
    });
    expect(resolved(session({ store: `sqlite:${join(cwd, 'state.db')}` })).session.store).toMatchObject({ file: join(cwd, 'state.db') });
  });

  it.each([
    ['redis://127.0.0.1', { host: '127.0.0.1', port: 6379, tls: false, database: 0, username: undefined, password: undefined }],
    ['redis://localhost:7000/3', { host: 'localhost', port: 7000, tls: false, database: 3 }],
    ['rediss://[::1]:6380/', { host: '::1', port: 6380, tls: true, database: 0, ca: undefined, prefix: 'framegate:' }],
  ])('names a Redis server by %s', (store, expected) => {
    const found = check(session({ store }));
    expect(found.problems).toEqual([]);
    expect(found.warnings).toEqual([]);
    expect(found.config?.session.store).toMatchObject({ kind: 'redis', ...expected });
  });

  it.each([
    'redis://',
    'redis:///0',
    'redis://h:99999',
    'redis://h/x',
    'redis://h/0/1',
    'redis://h?x=1',
    'redis://h#x',
    'redis://h h',
    'redis://%@h',
  ])('is no Redis URL: %s', (store) => {
    expect(check(session({ store })).problems).toEqual([
      'session.store: is not a Redis URL. Write for example rediss://redis.example.com:6379/0.',
    ]);
  });

  it('is taken from the environment, too', () => {
    const { file, folder } = { file: 'f.json', folder: makeFolder({ 'f.json': '{}' }) };
    const env = { FRAMEGATE_SESSION_STORE: 'rediss://canary-user:canary-pass@r.example.com', FRAMEGATE_SESSION_OUTAGE_WINDOW: '1m' };
    const found = checkInput(join(folder, file), { env });
    expect(found.problems.filter((line) => line.includes('session'))).toEqual([]);
    expect(found.warnings.join()).not.toContain('canary');
  });
});

/** Root may write everything, save without the capability to do so. */
function findAsLimitedUser(file: string): string {
  const module = pathToFileURL(join(import.meta.dirname, '../../src/config/sqlite-file.ts')).href;
  const script = `const { findSqliteObstacle } = await import(process.argv[1]); console.log(findSqliteObstacle(process.argv[2])?.what)`;
  const command = [process.execPath, '--input-type=module', '-e', script, module, file];
  const limited = process.getuid?.() === 0 ? ['setpriv', '--bounding-set=-dac_override,-dac_read_search', '--', ...command] : command;
  return execFileSync(limited[0] ?? '', limited.slice(1), { encoding: 'utf8' });
}

describe('an SQLite file', () => {
  const problemsOf = (file: string, cwd: string): string[] => check(session({ store: `sqlite:${file}` }), { cwd }).problems;

  it('in a folder that does not exist is refused', () => {
    expect(problemsOf('none/state.db', makeFolder())).toEqual([
      expect.stringMatching(/^session\.store: names a file in a folder that does not exist \(".*none\/state\.db"\)\. Make the folder/),
    ]);
  });

  it('in what is no folder is refused', () => {
    expect(problemsOf('file/state.db', makeFolder({ file: '' }))).toEqual([expect.stringMatching(/in a folder that cannot be written/)]);
  });

  it('that is a folder is refused', () => {
    const cwd = makeFolder();
    mkdirSync(join(cwd, 'state.db'));
    expect(problemsOf('state.db', cwd)).toEqual([expect.stringMatching(/^session\.store: names a file that cannot be read and written/)]);
  });

  it('that is none is refused', () => {
    const cwd = makeFolder({ 'users.yaml': 'users: []\n'.repeat(100) });
    expect(problemsOf('users.yaml', cwd)).toEqual([expect.stringMatching(/^session\.store: names a file of another application/)]);
  });

  it('of another application is refused', () => {
    const cwd = makeFolder();
    const other = new DatabaseSync(join(cwd, 'other.db'));
    other.exec('CREATE TABLE theirs (a)');
    other.close();
    expect(problemsOf('other.db', cwd)).toEqual([expect.stringMatching(/^session\.store: names a file of another application/)]);
  });

  it('that is empty is taken', () => {
    expect(problemsOf('state.db', makeFolder({ 'state.db': '' }))).toEqual([]);
  });

  it.skipIf(process.platform === 'win32')('that may not be written is refused, and so is one whose folder may not be', () => {
    const cwd = makeFolder({ 'state.db': '' });
    chmodSync(join(cwd, 'state.db'), 0o400);
    expect(findAsLimitedUser(join(cwd, 'state.db'))).toContain('names a file that cannot be read and written');
    chmodSync(cwd, 0o500);
    expect(findAsLimitedUser(join(cwd, 'new.db'))).toContain('names a file in a folder that cannot be written');
    chmodSync(cwd, 0o700);
  });
});

describe('a Redis server', () => {
  it('elsewhere without TLS is warned of, and one without a password', () => {
    const { problems, warnings } = check(session({ store: 'redis://redis:6379' }));
    expect(problems).toEqual([]);
    expect(warnings).toEqual([
      expect.stringMatching(/^session\.store: sends sessions over the network in clear\. Write rediss:\/\//),
      expect.stringMatching(/^session\.store: names a Redis without a password/),
    ]);
    expect(check(session({ store: 'rediss://redis', storePassword: 'hunter2' })).warnings).toEqual([]);
  });

  it('has its password from a file, of any strength', () => {
    const cwd = makeFolder({ p: 'hunter2\n' });
    const { store } = resolved(session({ store: 'rediss://gate@redis', storePasswordFile: 'p' }), { cwd }).session;
    expect(store).toMatchObject({ username: 'gate' });
    expect(store.kind === 'redis' && store.password?.revealText()).toBe('hunter2');
  });

  it('has its password in the URL, decoded', () => {
    const { store } = resolved(session({ store: 'rediss://g%40te:p%2Fss@redis' })).session;
    expect(store).toMatchObject({ username: 'g@te' });
    expect(store.kind === 'redis' && store.password?.revealText()).toBe('p/ss');
    expect(JSON.stringify(store)).not.toContain('p/ss');
  });

  it('has one password', () => {
    const cwd = makeFolder({ p: 'hunter2' });
    expect(check(session({ store: 'rediss://:a@redis', storePassword: 'b' })).problems).toEqual([
      expect.stringMatching(/^session\.storePassword: gives the password that session\.store gives, too/),
    ]);
    expect(check(session({ store: 'rediss://redis', storePassword: 'b', storePasswordFile: 'p' }), { cwd }).problems).toEqual([
      expect.stringMatching(/^session\.storePasswordFile: gives the password that session\.storePassword gives/),
    ]);
  });

  it('has no empty password', () => {
    const cwd = makeFolder({ p: '\n' });
    expect(check(session({ store: 'rediss://redis', storePasswordFile: 'p' }), { cwd }).problems).toEqual([
      expect.stringMatching(/^session\.storePasswordFile: names an empty file/),
    ]);
  });

  it.each([
    { store: 'redis://:canary-1@redis' },
    { store: 'redis://canary-1@redis', storePassword: 'canary-2' },
    { store: 'redis://u:canary-1@redis?x' },
    { store: 'redis://u:canary-1/?@#@redis' },
    { store: 'redis:canary-1@redis' },
    { store: 'rediss://:canary-1@redis', storePassword: 'canary-2', storeCaFile: 'none' },
    { store: ['redis://:canary-1@redis'] },
    { storePassword: 'canary-1' },
  ])('SEC-B21.1 shows nothing of a password: $store', (keys) => {
    const folder = makeFolder({ 'f.json': JSON.stringify({ publicUrl: 'https://dash.example.com', ...session(keys) }) });
    const { problems, warnings } = checkInput(join(folder, 'f.json'), { env: {} });
    expect(`${problems.join()}${warnings.join()}`).toContain('session.store');
    expect(`${problems.join()}${warnings.join()}`).not.toContain('canary');
  });

  it('SEC-B21.1 is warned of when its password stands in the file', () => {
    const files = { 'f.json': JSON.stringify(session({ store: 'rediss://:hunter2@redis' })) };
    expect(checkInput(join(makeFolder(files), 'f.json'), { env: {} }).warnings).toContainEqual(
      expect.stringMatching(/^session\.store: holds a password in the configuration file/),
    );
  });

  it('is checked by the CA of a file', () => {
    const cwd = makeFolder({ ca: certificate, none: 'text' });
    expect(resolved(session({ store: 'rediss://:p@redis', storeCaFile: 'ca' }), { cwd }).session.store).toMatchObject({ ca: certificate });
    expect(check(session({ store: 'rediss://:p@redis', storeCaFile: 'none' }), { cwd }).problems).toEqual([
      expect.stringMatching(/^session\.storeCaFile: holds no certificate/),
    ]);
    expect(check(session({ store: 'redis://127.0.0.1', storeCaFile: 'ca' }), { cwd }).problems).toEqual([
      expect.stringMatching(/^session\.storeCaFile: is for a rediss:\/\/ server/),
    ]);
  });

  it.each(['storePassword', 'storePasswordFile', 'storeCaFile'])('is what %s is for', (key) => {
    expect(check(session({ [key]: 'x' })).problems).toEqual([`session.${key}: is for Redis, which session.store does not name. ${FORMS}.`]);
  });

  it('has a prefix that is no pattern', () => {
    expect(resolved(session({ store: 'redis://[::1]', storePrefix: 'a:' })).session.store).toMatchObject({ prefix: 'a:' });
    expect(check(session({ storePrefix: 'a*' })).problems).toEqual([
      expect.stringMatching(/^session\.storePrefix: is not a prefix of keys/),
    ]);
  });
});

describe('a store that outlives the process', () => {
  it('needs a secret that does so, too', () => {
    const cwd = makeFolder();
    const expected = [expect.stringMatching(/^session\.secretFile: is absent, so no other instance/)];
    expect(check({ session: { store: 'redis://127.0.0.1' } }).warnings).toEqual(expected);
    expect(check({ session: { store: 'sqlite:state.db' } }, { cwd }).warnings).toEqual(expected);
    expect(check(session({ store: 'sqlite:state.db' }), { cwd }).warnings).toEqual([]);
    expect(check({ session: {} }).warnings).toEqual([]);
  });
});

describe('session.outageWindow', () => {
  it('is a duration of more than nothing', () => {
    expect(resolved(session({ outageWindow: '90s' })).session.outageWindowMs).toBe(90_000);
    expect(check(session({ outageWindow: '0s' })).problems).toEqual([
      expect.stringMatching(/^session\.outageWindow: must be more than zero/),
    ]);
  });
});
