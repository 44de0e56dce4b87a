// By which version of Grafana `explain` and `policy test` judge, and who is switched off whatever the rules say.

import { describe, expect, it } from 'vitest';
import { buildIdentity } from '../../src/cli/build-identity.ts';
import { type Explanation, explain, type Question } from '../../src/cli/explanation.ts';
import { loadConfig } from '../../src/config/load.ts';
import { CONFIG, makeFolder, runCli, USERS } from './run-cli.ts';

/** Grafana 9 to 11 have no such path. */
const SHORT = '/api/short-urls/abc';
const HASH = /argon2id\S+/.exec(USERS)?.[0];
const DISABLED = `${USERS}  - { name: dora, passwordHash: '$${HASH}', groups: [operators], disabled: true }\n`;
const KEYS = `keys:
  - { id: old, hash: 'sha256:${'a'.repeat(64)}', login: kiosk, groups: [operators], expires: 2026-01-01T00:00:00Z }
  - { id: off, hash: 'sha256:${'b'.repeat(64)}', login: wall, groups: [operators], disabled: true }
  - { id: on, hash: 'sha256:${'c'.repeat(64)}', login: hall, groups: [operators] }
  - { id: one, hash: 'sha256:${'d'.repeat(64)}', login: yard, groups: [operators], disabled: true }
  - { id: two, hash: 'sha256:${'e'.repeat(64)}', login: yard, groups: [operators] }
`;

function folderWith(version?: number): string {
  const line = version === undefined ? '' : `version: ${version}, `;
  return makeFolder({
    'framegate.yaml': CONFIG.replace('grafana: {', `grafana: { ${line}`)
      .replace('may: [everything], as', 'may: [view], as')
      .replace('signIn:\n', 'signIn:\n  apiKeysFile: keys.yaml\n'),
    'users.yaml': DISABLED,
    'keys.yaml': KEYS,
    'table.yaml': `- { as: { login: alice }, request: 'GET ${SHORT}', expect: deny }\n`,
  });
}

function ask(folder: string, login: string, more: Partial<Question> = {}): Explanation {
  const config = loadConfig(`${folder}/framegate.yaml`, { env: {} });
  const identity = buildIdentity(config, { login, groups: ['operators'] });
  return explain(config, { identity, method: 'GET', path: SHORT, nowMs: Date.UTC(2026, 2, 2, 12), ...more });
}

describe('the version by whose routes explain judges', () => {
  it('is the strictest where none is set, and the output says so with a way out', async () => {
    const cwd = folderWith();
    expect(ask(cwd, 'alice')).toMatchObject({ table: 'strictest' });
    const { stdout } = await runCli(['explain', '--login', 'alice', '--path', SHORT], { cwd });
    expect(stdout).toMatch(/^version +the strictest, as upstreams\.grafana\.version is not set; --upstream-version N/m);
  });

  it('is the configured one, and the given one in its place', () => {
    const folder = folderWith(9);
    expect(ask(folder, 'alice')).toMatchObject({ table: 9, capability: 'unknown', decision: 'deny' });
    expect(ask(folder, 'alice', { upstreamVersion: 12 })).toMatchObject({ table: 12, capability: 'dashboard:read', decision: 'allow' });
  });

  it('is told with what is refused for everybody, too', () => {
    expect(ask(folderWith(9), 'alice', { path: '/d/x?auth_token=y' })).toMatchObject({ table: 9, decision: 'refused' });
  });

  it('is none for an upstream whose version does not matter', () => {
    expect(ask(folderWith(), 'alice', { path: '/lab/x', upstreamVersion: 12 })).not.toHaveProperty('table');
  });

  it.each([14, 8])('is never one that is not known (%d)', (upstreamVersion) => {
    const folder = folderWith();
    expect(() => ask(folder, 'alice', { upstreamVersion })).toThrow(/does not know this version of grafana. Known: 9, 10, 11, 12, 13/);
  });

  it('is asked for as a major version alone, exit code 2', async () => {
    const { code, stderr } = await runCli(['explain', '--login', 'alice', '--path', SHORT, '--upstream-version', '12.2'], {
      cwd: folderWith(),
    });
    expect({ code, says: stderr.includes('needs the major version alone, such as --upstream-version 12') }).toEqual({
      code: 2,
      says: true,
    });
  });
});

describe('the version by whose routes policy test judges', () => {
  it('is told with the outcome, and can be given', async () => {
    const cwd = folderWith(9);
    const test = (...args: string[]) => runCli(['policy', 'test', 'table.yaml', ...args], { cwd });
    expect(await test()).toMatchObject({ code: 0, stdout: 'The rules do as expected (1 expectation, by the routes of grafana 9).\n' });
    const newer = await test('--upstream-version', '12');
    expect(newer.code).toBe(1);
    expect(newer.stderr).toContain('1 of 1 expectation failed, by the routes of grafana 12');
  });
});

describe('explain about somebody who is switched off', () => {
  it.each(['dora', 'DORA'])('denies a disabled account in any case of letters, whatever the rules say (%s)', (login) => {
    const found = ask(folderWith(12), login);
    expect(found).toMatchObject({ decision: 'deny', status: 401, switchedOff: 'account-disabled', reasons: ['account-disabled'] });
    expect(found.rules?.some(({ miss }) => miss === undefined)).toBe(true);
  });

  it('says so in words', async () => {
    const { stdout } = await runCli(['explain', '--login', 'dora', '--path', SHORT], { cwd: folderWith(12) });
    expect(stdout).toMatch(/^decision +signs in by no way \(401\)/m);
    expect(stdout).toMatch(/^reasons +account-disabled$/m);
  });

  it.each([
    ['kiosk', 'key-expired'],
    ['wall', 'key-disabled'],
    ['hall', undefined],
    ['yard', undefined],
  ])('denies a machine whose keys are all off (%s: %s)', (login, fault) => {
    const found = ask(folderWith(12), login, { signInMethod: 'api-key' });
    expect(found.switchedOff).toBe(fault);
    expect(found.decision).toBe(fault === undefined ? 'allow' : 'deny');
  });
});
