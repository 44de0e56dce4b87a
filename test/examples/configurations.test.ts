// What people copy has to start without a problem, and without a warning that is not meant: README, recipes, the demo and
// the example application. examples/compose has its own test, config/framegate.example.yaml has test/config/generated.test.ts.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildAccess, type DemoAccess, PLANT_ACCESS } from '../../examples/demo/access.ts';
import { buildConfig, LOOPBACK } from '../../examples/demo/configuration.ts';
import { runCli, USERS } from '../cli/run-cli.ts';
import { checkInput, makeFolder, SECRET } from '../config/base-config.ts';
import { findFreePort } from '../support/start-gate.ts';

const ROOT = join(import.meta.dirname, '../..');
const RECIPES = readdirSync(join(ROOT, 'docs/recipes')).map((file) => `docs/recipes/${file}`);

interface Block {
  readonly name: string;
  readonly text: string;
}

/** Whole configurations: blocks that say where the gate is. */
function readConfigurations(file: string): Block[] {
  const blocks = readFileSync(join(ROOT, file), 'utf8').matchAll(/^( *)```yaml\n([\s\S]*?)^ *```/gm);
  return [...blocks]
    .map(([, indent = '', text = ''], index) => ({
      name: `${file}, yaml block ${index + 1}`,
      text: `\n${text}`.replaceAll(`\n${indent}`, '\n'),
    }))
    .filter(({ text }) => text.trimStart().startsWith('publicUrl:'));
}

const KEYS = JSON.stringify({ keys: [{ kty: 'OKP', crv: 'Ed25519', kid: 'k', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' }] });
const STAND_INS: Readonly<Record<string, string>> = {
  usersFile: USERS,
  jwksFile: KEYS,
  secretFile: SECRET,
  clientSecretFile: `${SECRET}-client`,
  storePasswordFile: `${SECRET}-store`,
  tokenFile: `${SECRET}-token`,
};

/** The configuration in a folder where each file that it names exists. @returns the folder. */
function writeWithFiles(text: string): string {
  const names = new Set<string>();
  const here = text.replaceAll(/\b(\w+File): ([^ ,}\n]+)/g, (_match, key: string) => {
    names.add(key);
    return `${key}: ${key}.yaml`;
  });
  const files = [...names].map((key) => [`${key}.yaml`, STAND_INS[key] ?? expect.fail(`write a stand-in for ${key}`)]);
  return makeFolder({ ...Object.fromEntries(files), 'framegate.yaml': here });
}

describe("the README's configurations", () => {
  it.each(readConfigurations('README.md'))('framegate check has nothing to say about $name', async ({ text }) => {
    const { code, stdout, stderr } = await runCli(['check'], { cwd: writeWithFiles(text) });
    expect(stderr).toBe('');
    expect(stdout).toBe('The configuration is fine (0 warnings).\n');
    expect(code).toBe(0);
  });
});

/** Warnings of a recipe whose subject is what is warned of, or whose people need no frame. */
const MEANT: readonly RegExp[] = [
  /^embed\.hosts: is empty/,
  /^admin\.host: lets other machines reach/,
  /^signIn\.tickets\[0\]\.allowInUrl: /,
];
/** Warnings of a recipe that shows one section and leaves the others out. */
const MEANT_IN_EXCERPTS: readonly RegExp[] = [/^access\.rules: is empty/, /^trustedProxies: is empty/];

describe("the recipes' configurations", () => {
  it.each(RECIPES.flatMap(readConfigurations))('$name has no problem, and no warning but those that are meant', ({ text }) => {
    const file = join(writeWithFiles(text), 'framegate.yaml');
    const { problems, warnings } = checkInput(file, { env: {}, service: text.includes('signIn:') });
    expect(problems).toEqual([]);
    const isWhole = text.includes('signIn:') && text.includes('access:');
    const isMeant = (warning: string): boolean => [...MEANT, ...(isWhole ? [] : MEANT_IN_EXCERPTS)].some((meant) => meant.test(warning));
    expect(warnings.filter((warning) => !isMeant(warning))).toEqual([]);
  });

  it('show nobody a rule that grants everything', () => {
    for (const file of ['README.md', ...RECIPES])
      for (const [block] of readFileSync(join(ROOT, file), 'utf8').matchAll(/^ *```(?:yaml|ts)\n[\s\S]*?^ *```/gm))
        expect(block, file).not.toMatch(/\bmay: *\[ *['"]?everything/);
  });
});

describe("the demo's configuration", () => {
  it.each<[string, DemoAccess]>([
    ['of its own dashboards', PLANT_ACCESS],
    ['of another server', buildAccess()],
    ['of a dashboard of another server', buildAccess('/d/abc123/my-dashboard?kiosk')],
  ])('has no problem and no warning with the rules %s', (_name, { rules }) => {
    const folder = makeFolder({ 'users.yaml': USERS });
    const config = buildConfig({
      ports: { gate: 8000, hostApp: 8001, admin: 8002, dashboard: 8003 },
      gateUrl: 'http://localhost:8000',
      upstreamUrl: `http://${LOOPBACK}:8003`,
      hostApp: { issuer: 'http://localhost:8001', jwksUrl: 'http://localhost:8001/.well-known/jwks.json' },
      hosts: ['http://localhost:8001', `http://${LOOPBACK}:8001`],
      usersFile: join(folder, 'users.yaml'),
      auditFile: join(folder, 'audit.log'),
      rules,
      logLevel: 'warn',
    });
    const { problems, warnings } = checkInput(config, { env: {}, service: true });
    expect(problems).toEqual([]);
    expect(warnings).toEqual([]);
  });
});

describe('examples/express-host', () => {
  it('starts with the one warning that its recipe explains, and ends well on Ctrl-C', async () => {
    const args = [join(ROOT, 'examples/express-host/main.ts'), '--port', String(await findFreePort())];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += String(chunk);
      if (!child.killed && output.includes('Ctrl-C')) child.kill('SIGINT');
    });
    expect(await once(child, 'close')).toEqual([0, null]);
    const logged = output.split('\n').filter((line) => line.startsWith('{'));
    expect(logged.map((line) => (JSON.parse(line) as { event: string }).event)).toEqual(['gate.shares-origin']);
  });
});
