// The image, without a container engine: the file tree that the Dockerfile's last stage describes is put together, and
// its entry point, its health check and the example's host application run from it as another user who may write
// nothing there.

import { execFile } from 'node:child_process';
import { cp, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerText, RecordingUpstream } from '../support/recording-upstream.ts';
import { findFreePort } from '../support/start-gate.ts';
import { parseDockerfile, type Stage } from './dockerfile.ts';
import { CHECKOUT, listFiles, npm, type Outcome, type Running, Sandbox } from './kit.ts';

const EXAMPLE = join(CHECKOUT, 'examples/compose');

let stages: Stage[];
let image: Stage;
let sandbox: Sandbox;
let upstream: RecordingUpstream;
/** Stands for /app. */
let app: string;
let environment: Readonly<Record<string, string>>;
let gateUrl: string;
let hostUrl: string;
let keys: string;

beforeAll(async () => {
  stages = parseDockerfile(await readFile(join(CHECKOUT, 'Dockerfile'), 'utf8'));
  const last = stages.at(-1);
  if (last === undefined) throw new Error('the Dockerfile has no stage');
  image = last;
  sandbox = await Sandbox.create();
  upstream = await RecordingUpstream.start();
  app = join(sandbox.root, 'app');
  await assembleImage();
  for (const file of ['keys.mjs', 'host.mjs']) await cp(join(EXAMPLE, file), join(app, 'example', file));
  await cp(join(EXAMPLE, 'framegate/framegate.yaml'), join(app, 'etc/framegate.yaml'));
  await sandbox.seal(app);

  keys = join(sandbox.writable, 'keys');
  const [gatePort, adminPort, hostPort] = [await findFreePort(), await findFreePort(), await findFreePort()];
  gateUrl = `http://localhost:${gatePort}`;
  hostUrl = `http://localhost:${hostPort}`;
  environment = {
    FRAMEGATE_PUBLIC_URL: gateUrl,
    FRAMEGATE_LISTEN_HOST: '127.0.0.1',
    FRAMEGATE_LISTEN_PORT: String(gatePort),
    FRAMEGATE_ADMIN_PORT: String(adminPort),
    FRAMEGATE_UPSTREAMS_GRAFANA_URL: `http://127.0.0.1:${upstream.port}`,
    FRAMEGATE_EMBED_HOSTS: hostUrl,
    FRAMEGATE_SIGN_IN_TICKETS_0_ISSUER: hostUrl,
    FRAMEGATE_SIGN_IN_TICKETS_0_JWKS_FILE: join(keys, 'gate/ticket-keys.json'),
    FRAMEGATE_SESSION_SECRET_FILE: join(keys, 'gate/session-secret'),
    FRAMEGATE_TRUSTED_PROXIES: '',
  };
});
afterAll(async () => {
  await upstream.close();
  await sandbox.close();
});

/** Follows the COPY lines; what the other stages make is made here the same way. */
async function assembleImage(): Promise<void> {
  const made: Record<string, string> = { packages: join(sandbox.root, 'packages'), build: join(sandbox.root, 'build') };
  for (const file of ['package.json', 'package-lock.json']) await cp(join(CHECKOUT, file), join(made['packages'] ?? '', file));
  await npm(made['packages'] ?? '', 'ci', '--omit=dev', '--ignore-scripts', '--prefer-offline');
  await promisify(execFile)(process.execPath, [
    join(CHECKOUT, 'node_modules/typescript/bin/tsc'),
    '-p',
    join(CHECKOUT, 'tsconfig.build.json'),
    '--outDir',
    join(made['build'] ?? '', 'dist'),
  ]);
  for (const line of image.all('COPY')) {
    const [, from, paths = ''] = /^(?:--from=(\S+)\s+)?(.+)$/.exec(line) ?? [];
    const words = paths.split(/\s+/);
    const target = words.pop() ?? '';
    for (const source of words) {
      const start = from === undefined ? join(CHECKOUT, source) : join(made[from] ?? '', source.replace('/app/', ''));
      await cp(start, join(app, target.endsWith('/') ? join(target, basename(source)) : target), { recursive: true });
    }
  }
}

/** Words of the image's configuration, with its places replaced by ours. */
function locate(words: readonly string[]): string[] {
  return words.map((word) =>
    word
      .replace(/^\/nodejs\/bin\/node$/, sandbox.node)
      .replace(/^\/app\//, `${app}/`)
      .replace('/etc/framegate/framegate.yaml', join(app, 'etc/framegate.yaml')),
  );
}

function runImage(...command: readonly string[]): Promise<Outcome> {
  const [program = '', ...args] = locate([...image.words('ENTRYPOINT'), ...command]);
  return sandbox.run(app, program, args, environment);
}

function checkHealth(): Promise<Outcome> {
  const [program = '', ...args] = locate(image.words('HEALTHCHECK'));
  return sandbox.run(app, program, args, environment);
}

describe('the Dockerfile', () => {
  it('SEC-D13.5 runs as a user that is not root, by number, in an image without a shell', () => {
    const [user = ''] = image.all('USER');
    expect(user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    expect(image.from).toMatch(/distroless.*:nonroot$/);
    expect(image.all('RUN')).toEqual([]);
    for (const name of ['ENTRYPOINT', 'CMD', 'HEALTHCHECK']) expect(() => image.words(name), name).not.toThrow();
    // Not `throw`: a header of that name then ends the process within Node's own parser.
    expect(image.words('ENTRYPOINT')).toContain('--disable-proto=delete');
    expect(image.all('EXPOSE')).toEqual(['8000']);
  });

  it('runs no install script, fetches nothing but packages, and leaves development packages out', () => {
    const runs = stages.flatMap((stage) => stage.all('RUN'));
    for (const run of runs) expect(run).toMatch(/^npm (?:ci .*--ignore-scripts|run build$)/);
    expect(stages.flatMap((stage) => stage.all('ADD'))).toEqual([]);
    expect(
      stages
        .find((stage) => stage.name === 'packages')
        ?.all('RUN')
        .join(),
    ).toContain('--omit=dev');
  });

  it('SEC-D10.1 holds no secret, and the builder gets nothing that is not copied', async () => {
    for (const stage of stages) {
      expect(stage.all('ARG')).toEqual([]);
      for (const env of stage.all('ENV')) expect(env).toBe('NODE_ENV=production');
    }
    const lines = (await readFile(join(CHECKOUT, '.dockerignore'), 'utf8')).split('\n').filter((line) => /^[^#]/.test(line));
    expect(lines[0]).toBe('*');
    const allowed = lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
    const copied = stages.flatMap((stage) =>
      stage
        .all('COPY')
        .filter((line) => !line.startsWith('--from'))
        .flatMap((line) => line.split(/\s+/).slice(0, -1)),
    );
    expect([...new Set(copied.map((path) => path.split('/')[0] ?? ''))].sort()).toEqual(allowed.sort());
  });
});

describe('the image with the example of examples/compose', () => {
  let running: Running[] = [];
  afterAll(async () => {
    for (const each of running) await each.stop();
  });

  async function signIn(name: string, password: string): Promise<string> {
    const signedIn = await fetch(`${hostUrl}/sign-in`, {
      method: 'POST',
      redirect: 'manual',
      headers: { origin: hostUrl },
      body: new URLSearchParams({ name, password }),
    });
    expect(signedIn.status).toBe(303);
    const cookie = signedIn.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    const home = await (await fetch(hostUrl, { headers: { cookie } })).text();
    expect(home).toContain(`<script src="${gateUrl}/_gate/embed.js">`);
    const { ticket } = (await (
      await fetch(`${hostUrl}/framegate-ticket`, { method: 'POST', headers: { origin: hostUrl, cookie } })
    ).json()) as { ticket: string };
    const entered = await fetch(`${gateUrl}/_gate/enter`, {
      method: 'POST',
      redirect: 'manual',
      headers: { origin: hostUrl },
      body: new URLSearchParams({ ticket, to: '/d/plant-a' }),
    });
    expect(entered.status).toBe(303);
    upstream.clear();
    return entered.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  }

  it('is not healthy before it runs, and makes its keys once', async () => {
    expect((await checkHealth()).code).toBe(1);
    for (const folder of ['host', 'gate']) {
      expect(
        await sandbox.run(app, sandbox.node, ['-e', `fs.mkdirSync(${JSON.stringify(join(keys, folder))}, { recursive: true })`]),
      ).toMatchObject({ code: 0 });
    }
    const make = () => sandbox.run(app, sandbox.node, [join(app, 'example/keys.mjs'), keys]);
    expect((await make()).out.match(/^made /gm)).toHaveLength(3);
    expect(await make()).toEqual({ code: 0, out: '', err: '' });
  });

  it('finds the configuration fine', async () => {
    const { code, out, err } = await runImage('check', '--config', '/etc/framegate/framegate.yaml');
    expect(code, out + err).toBe(0);
  });

  it('serves, is healthy, and carries a person from the host application to the dashboard', async () => {
    const before = await listFiles(app);
    const [program = '', ...args] = locate([...image.words('ENTRYPOINT'), ...image.words('CMD')]);
    const gate = await sandbox.start(app, program, args, 'service.started', environment);
    const hostEnvironment = {
      HOST_URL: hostUrl,
      GATE_URL: gateUrl,
      PORT: new URL(hostUrl).port,
      TICKET_KEY_FILE: join(keys, 'host/ticket-key.json'),
    };
    running = [gate, await sandbox.start(app, sandbox.node, [join(app, 'example/host.mjs')], 'Open http', hostEnvironment)];
    expect((await checkHealth()).code).toBe(0);

    const cookie = await signIn('joerg', 'blue-pipe');
    upstream.script = (_request, socket) => socket.write(answerText('200 OK', ['Content-Type: text/html'], '<!doctype html><p>dashboard'));
    const page = await fetch(`${gateUrl}/d/plant-a`, { headers: { cookie, 'sec-fetch-dest': 'iframe' } });
    expect(await page.text()).toContain('<p>dashboard');
    expect(page.headers.get('content-security-policy')).toBe(`frame-ancestors ${hostUrl}`);
    const request = upstream.onlyRequest;
    expect(request.header('x-webauth-user')).toBe('joerg');
    expect(request.header('x-webauth-name')).toBe('J=C3=B6rg M=C3=B8ller');
    expect(request.header('x-webauth-role')).toBe('Viewer');

    const visitor = await signIn('vera', 'open-door');
    expect((await fetch(`${gateUrl}/d/plant-a`, { headers: { cookie: visitor } })).status).toBe(403);
    expect((await fetch(`${hostUrl}/framegate-ticket`, { method: 'POST', headers: { origin: 'https://evil.test' } })).status).toBe(403);

    const ended = await gate.stop();
    running = running.slice(1);
    expect(ended.code, ended.err).toBe(0);
    expect(await listFiles(app)).toEqual(before);
    const secret = await readFile(join(keys, 'gate/session-secret'), 'utf8').catch(() => undefined);
    if (secret !== undefined) expect(ended.out + ended.err).not.toContain(secret.trim());
  });
});
