// The packed package, installed as a stranger would: what is in it, and that it does its work as another user in a
// directory that it may not write to. The image runs the same.

import { execFile } from 'node:child_process';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerText, RecordingUpstream } from '../support/recording-upstream.ts';
import { findFreePort } from '../support/start-gate.ts';
import { CHECKOUT, listFiles, npm, type Outcome, Sandbox } from './kit.ts';

const HOST = 'https://host.test';

let sandbox: Sandbox;
let upstream: RecordingUpstream;
let packed: {
  readonly filename: string;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string; readonly mode: number }[];
};
/** Where the package is installed; read-only once the tests begin. */
let consumer: string;
let config: string;
let port: number;
let adminPort: number;

beforeAll(async () => {
  sandbox = await Sandbox.create();
  upstream = await RecordingUpstream.start();
  [packed] = JSON.parse(await npm(CHECKOUT, 'pack', '--json', '--pack-destination', sandbox.root)) as [typeof packed];
  consumer = join(sandbox.root, 'consumer');
  await mkdir(consumer);
  await writeFile(join(consumer, 'package.json'), '{ "private": true, "type": "module" }');
  await npm(consumer, 'install', '--ignore-scripts', '--prefer-offline', join(sandbox.root, packed.filename));
  // For the types of node and Express, which are the application's to install.
  await symlink(join(CHECKOUT, 'node_modules/@types'), join(consumer, 'node_modules/@types'));
  for (const [file, text] of Object.entries(CONSUMER_FILES)) await writeFile(join(consumer, file), text);

  port = await findFreePort();
  adminPort = await findFreePort();
  const keys = await framegate('keygen', '--out', join(sandbox.writable, 'keys'));
  expect(keys).toMatchObject({ code: 0 });
  expect(await framegate('keygen', '--secret', '--out', join(sandbox.writable, 'keys', 'session'))).toMatchObject({ code: 0 });
  config = join(consumer, 'framegate.yaml');
  await writeFile(
    config,
    `publicUrl: http://localhost:${port}
listen: { host: 127.0.0.1, port: ${port} }
admin: { host: 127.0.0.1, port: ${adminPort} }
upstreams: { main: { url: 'http://127.0.0.1:${upstream.port}' } }
signIn: { tickets: [{ issuer: '${HOST}', jwksFile: ${join(sandbox.writable, 'keys', 'ticket-key.jwks.json')} }] }
session: { secretFile: ${join(sandbox.writable, 'keys', 'session')} }
embed: { hosts: ['${HOST}'] }
access: { rules: [{ name: operators, who: { groups: [operators] }, may: [view], as: { role: Viewer } }] }
`,
  );
  await sandbox.seal(consumer);
});
afterAll(async () => {
  await upstream.close();
  await sandbox.close();
});

/** The program as npm links it. */
function framegate(...args: readonly string[]): Promise<Outcome> {
  return sandbox.run(consumer, join(consumer, 'node_modules/.bin/framegate'), args);
}

const CONSUMER_FILES = {
  'library.js': `import { ConfigError, createGate, createTicket } from 'framegate';
const gate = await createGate({ publicUrl: 'https://dash.example.com', upstreams: { main: { url: 'http://127.0.0.1:1' } }, session: { secret: 'a secret of the tests, 32 bytes or longer' }, embed: { hosts: ['https://app.example.com'] }, access: { rules: [{ name: 'all', who: { users: ['ann'] }, may: ['view'], on: { dataSources: ['*'] } }] } });
const identity = { issuer: 'host', subject: 'ann', login: 'ann', groups: [] };
console.log(typeof gate.middleware, typeof gate.upgrade, gate.decide({ identity, method: 'GET', path: '/d/x' }).kind);
await gate.close();
await createGate({}).catch((error) => console.log(error instanceof ConfigError));
console.log((await createTicket({ issuer: 'a', audience: 'b', key: 'a shared secret of 32 bytes or longer', subject: 'ann' })).split('.').length);
`,
  'host.ts': `import { createServer } from 'node:http';
import express from 'express';
import { type ConfigInput, createGate, type Gate, type HostIdentity } from 'framegate';

const input: ConfigInput = { publicUrl: 'https://dash.example.com', upstreams: { main: { url: 'http://127.0.0.1:1', preset: 'grafana' } } };
const identify = async (): Promise<HostIdentity | null> => ({ login: 'ann', groups: ['operators'] });
const gate: Gate = await createGate(input, { identify, mountPath: '/dash' });
const app = express().use('/dash', gate.middleware);
createServer(app).on('upgrade', gate.upgrade);
createServer(gate.middleware);
const ended: number = await gate.revoke({ login: 'ann' });
// @ts-expect-error an identity needs a login
const bad: HostIdentity = { groups: [ended.toString()] };
// @ts-expect-error unknown keys are errors of the type too
const odd: ConfigInput = { publicUrl: '', upstreams: {}, embeds: {} };
export { bad, odd };
`,
  'tsconfig.json': JSON.stringify({
    compilerOptions: {
      target: 'es2024',
      module: 'nodenext',
      strict: true,
      noEmit: true,
      skipLibCheck: false,
      exactOptionalPropertyTypes: true,
      types: ['node'],
    },
    files: ['host.ts'],
  }),
};

describe('what is in the package', () => {
  it('everything that it needs, and no tests, examples, sources or secrets', () => {
    const paths = packed.files.map(({ path }) => path);
    for (const path of [
      'dist/index.js',
      'dist/index.d.ts',
      'dist/cli/main.js',
      'src/cli/framegate.js',
      'public/embed.js',
      'public/storage.js',
      'config/framegate.schema.json',
      'config/framegate.example.yaml',
      'LICENSE',
      'README.md',
      'package.json',
    ]) {
      expect(paths).toContain(path);
    }
    const allowed =
      /^(?:dist\/[\w/-]+\.(?:js|d\.ts)|public\/[\w/-]+\.(?:js|css|svg|html)|config\/[\w.-]+|src\/cli\/framegate\.js|package\.json|README\.md|LICENSE|CHANGELOG\.md|SECURITY\.md)$/;
    expect(paths.filter((path) => !allowed.test(path))).toEqual([]);
    expect(paths.filter((path) => path.startsWith('dist/config/generate'))).toEqual([]);
    // Our own code, its docstrings and its types; a picture, a fixture or a source map that slips in is seen here.
    expect(packed.unpackedSize).toBeLessThan(2 * 1024 * 1024);
  });

  it('no path of the machine that packed it', async () => {
    const home = join(consumer, 'node_modules/framegate');
    for (const { path } of packed.files) expect(await readFile(join(home, path), 'utf8'), path).not.toContain(CHECKOUT);
  });

  it('SEC-D13.1 no program of its own runs at install', async () => {
    const { scripts } = JSON.parse(await readFile(join(consumer, 'node_modules/framegate/package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    expect(Object.keys(scripts).filter((name) => /^(?:pre|post)?install$|^prepare$/.test(name))).toEqual([]);
  });
});

describe('the command line of the installed package', () => {
  it('says what it can do', async () => {
    const { code, out, err } = await framegate('--help');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('framegate serve');
    expect((await framegate('--version')).out.trim()).toBe(/framegate-(.+)\.tgz/.exec(packed.filename)?.[1]);
  });

  it('checks a configuration: 0 for a good one, 2 and every problem for a bad one', async () => {
    const good = await framegate('check', '--config', config);
    expect(good.code, good.err).toBe(0);
    const bad = join(sandbox.writable, 'bad.yaml');
    await writeFile(bad, 'publicUrl: dash\nupstreams: {}\nsession: { secret: hunter2 }\n');
    const { code, out, err } = await framegate('check', '--config', bad);
    expect(code).toBe(2);
    for (const key of ['publicUrl', 'upstreams', 'session.secret', 'signIn']) expect(err).toContain(key);
    expect(out + err).not.toContain('hunter2');
  });

  it('is what npx finds in a checkout', async () => {
    const out = await npm(CHECKOUT, 'exec', '--offline', '--', 'framegate', '--help');
    expect(out).toContain('framegate serve');
  });
});

describe('the service of the installed package', () => {
  it('serves a signed-in person a proxied page, writes nothing to its directory, and ends in order', async () => {
    const before = await listFiles(consumer);
    const service = await sandbox.start(
      consumer,
      join(consumer, 'node_modules/.bin/framegate'),
      ['serve', '--config', config],
      'service.started',
    );
    const base = `http://localhost:${port}`;
    expect(await (await fetch(`http://127.0.0.1:${adminPort}/healthz`)).text()).toBe('ok\n');
    expect((await fetch(`${base}/_gate/embed.js`)).headers.get('content-type')).toContain('javascript');

    const key = join(sandbox.writable, 'keys', 'ticket-key.private.json');
    const ticket = await framegate(
      'ticket',
      '--key',
      key,
      '--issuer',
      HOST,
      '--audience',
      base,
      '--subject',
      'ann',
      '--group',
      'operators',
    );
    expect(ticket.code, ticket.err).toBe(0);
    const entered = await fetch(`${base}/_gate/enter`, {
      method: 'POST',
      redirect: 'manual',
      headers: { origin: HOST },
      body: new URLSearchParams({ ticket: ticket.out.trim(), to: '/d/plant' }),
    });
    expect(entered.status).toBe(303);
    const cookie = entered.headers.getSetCookie()[0]?.split(';')[0] ?? '';

    upstream.clear();
    upstream.script = (_request, socket) =>
      socket.write(answerText('200 OK', ['Content-Type: text/html', 'X-Frame-Options: deny'], '<!doctype html><script></script>'));
    const headers = { cookie, 'sec-fetch-dest': 'iframe', 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'cross-site' };
    const page = await fetch(`${base}/d/plant`, { headers });
    expect(page.status).toBe(200);
    expect(page.headers.get('x-frame-options')).toBeNull();
    expect(await page.text()).toMatch(/^<!doctype html><script src="\/_gate\/storage\.js/);
    expect(upstream.onlyRequest.header('x-webauth-user')).toBe('ann');
    expect((await fetch(`${base}/d/plant`, { headers: { accept: 'application/json' } })).status).toBe(401);

    const ended = await service.stop();
    expect(ended.code, ended.err).toBe(0);
    expect(ended.out).toContain('service.stopped');
    expect(await listFiles(consumer)).toEqual(before);
  });
});

describe('the library of the installed package', () => {
  it('is imported by its name', async () => {
    const { code, out, err } = await sandbox.run(consumer, sandbox.node, ['library.js']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out.trim().split('\n')).toEqual(['function function allow', 'true', '3']);
  });

  it('has types that a strict application compiles with', async () => {
    const tsc = join(CHECKOUT, 'node_modules/typescript/bin/tsc');
    const { stdout } = await promisify(execFile)(process.execPath, [tsc, '-p', consumer]).catch((error: { stdout: string }) => error);
    expect(stdout).toBe('');
  });
});
