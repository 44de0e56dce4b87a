// createGate judges the whole configuration before anything exists.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigError, type ConfigInput, createGate, type Log } from '../../src/index.ts';
import { silentLog } from '../../src/kernel/log.ts';

const GOOD: ConfigInput = {
  publicUrl: 'https://dash.example.com',
  upstreams: { grafana: { url: 'http://127.0.0.1:2' } },
  session: { secret: 'a secret of the tests, 32 bytes or longer' },
};

async function readProblems(input: ConfigInput): Promise<readonly string[]> {
  const error: unknown = await createGate(input, { log: silentLog }).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ConfigError)) throw new Error(`not refused by a ConfigError: ${String(error)}`);
  return error.problems.map((problem) => problem.path);
}

describe('createGate', () => {
  it('refuses a configuration with every problem at once, and shows no secret', async () => {
    const bad = {
      ...GOOD,
      publicUrl: 'dash',
      session: { secret: 'hunter2' },
      embed: { hosts: ['*'] },
      limit: {},
    } as unknown as ConfigInput;
    expect(await readProblems(bad)).toEqual(expect.arrayContaining(['publicUrl', 'session.secret', 'embed.hosts[0]', 'limit']));
    await expect(createGate(bad, { log: silentLog })).rejects.toThrow(/did you mean|Did you mean/);
    await expect(createGate(bad, { log: silentLog })).rejects.not.toThrow(/hunter2/);
  });

  it('needs no way to sign in besides the host application, no listener and no admin port', async () => {
    const gate = await createGate(GOOD, { identify: () => null, log: silentLog });
    await gate.close();
  });

  it('logs what check would warn about, save for listeners that the library does not open', async () => {
    const warned: string[] = [];
    const log: Log = { ...silentLog, warn: (event, fields) => warned.push(`${event} ${String(fields?.['path'])}`) };
    await (await createGate({ ...GOOD, publicUrl: 'http://localhost:1', listen: { host: '0.0.0.0' } }, { log })).close();
    expect(warned).toEqual(expect.arrayContaining(['config.warned access.rules', 'config.warned embed.hosts']));
    expect(warned.filter((line) => line.includes('listen'))).toEqual([]);
  });
});

describe('createGate from a file', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'framegate-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('reads YAML, with paths relative to the file', async () => {
    await writeFile(join(folder, 'secret'), 'a secret of the tests, 32 bytes or longer\n', { mode: 0o600 });
    const file = join(folder, 'framegate.yaml');
    await writeFile(
      file,
      'publicUrl: https://dash.example.com\nupstreams: { grafana: { url: "http://127.0.0.1:2" } }\nsession: { secretFile: secret }\n',
    );
    await (await createGate(file, { log: silentLog })).close();
  });

  it('says which file it could not read', async () => {
    await expect(createGate(join(folder, 'absent.yaml'), { log: silentLog })).rejects.toThrow(/absent\.yaml/);
  });
});

describe('two gates in one process', () => {
  it('know nothing of each other', async () => {
    const first = await createGate(
      { ...GOOD, access: { rules: [{ name: 'first', who: { users: ['ann'] }, may: ['everything'] }] } },
      { log: silentLog },
    );
    const second = await createGate(
      { ...GOOD, access: { rules: [{ name: 'second', who: { users: ['bob'] }, may: ['everything'] }] } },
      { log: silentLog },
    );
    const ann = { issuer: 'host', subject: 'ann', login: 'ann', groups: [] };
    expect(first.decide({ identity: ann, method: 'GET', path: '/d/x' })).toMatchObject({ kind: 'allow', rule: 'first' });
    expect(second.decide({ identity: ann, method: 'GET', path: '/d/x' })).toMatchObject({ kind: 'deny' });
    await first.close();
    expect(second.decide({ identity: { ...ann, login: 'bob' }, method: 'GET', path: '/d/x' })).toMatchObject({
      kind: 'allow',
      rule: 'second',
    });
    await second.close();
  });
});
