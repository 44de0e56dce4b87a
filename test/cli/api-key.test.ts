import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { command } from '../../src/cli/api-key.ts';
import { UsageError } from '../../src/cli/command.ts';
import { hashApiKey } from '../../src/config/api-key.ts';
import { checkConfig } from '../../src/config/load.ts';
import { runCli } from './run-cli.ts';

const create = (...args: string[]) => runCli(['api-key', 'create', ...args]);

/** What the gate makes of the printed entry. */
function readEntry(stdout: string) {
  const folder = mkdtempSync(join(tmpdir(), 'framegate-cli-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'keys.yaml');
  writeFileSync(file, `keys:\n${stdout.slice(stdout.indexOf('  - id:'))}\n`);
  const { config, problems, warnings } = checkConfig({
    publicUrl: 'https://dash.example.com',
    upstreams: { grafana: { url: 'http://grafana:3000' } },
    session: { secret: 'w9Yx0Qf3vTzKq7RmJc2hLbN8sUeA4dGi-P6oXyZ1BkM' },
    signIn: { apiKeysFile: file },
    access: { rules: [{ name: 'r', who: { groups: ['operators'] }, may: ['view'] }] },
  });
  const about = ({ path }: { path: string }): boolean => path.includes('keys');
  return { key: config?.signIn.apiKeys?.keys[0], problems, warnings: warnings.filter(about) };
}

describe('framegate api-key create', () => {
  it('prints a key and the entry that accepts it, with an end', async () => {
    const { code, stdout } = await create('--id', 'renderer-1', '--login', 'renderer', '--group', 'operators', '--may', 'view');
    expect(code).toBe(0);
    const [, printed = ''] = /^key {2}(fg_renderer-1_[A-Za-z0-9_-]{43}) /.exec(stdout) ?? [];
    const { key, problems, warnings } = readEntry(stdout);
    expect({ problems, warnings }).toEqual({ problems: [], warnings: [] });
    expect(key).toMatchObject({ id: 'renderer-1', login: 'renderer', groups: ['operators'], scope: { may: ['view'] }, disabled: false });
    expect(key?.hash.equals(hashApiKey(printed))).toBe(true);
    const days = ((key?.expiresAtMs ?? 0) - Date.now()) / (24 * 60 * 60 * 1000);
    expect(days).toBeGreaterThan(89);
    expect(days).toBeLessThan(91);
    expect(stdout.slice(stdout.indexOf('  - id:'))).not.toContain(printed);
  });

  it('makes another key each time', async () => {
    const [one, other] = [await create('--id', 'a', '--login', 'a'), await create('--id', 'a', '--login', 'a')];
    expect(one.stdout).not.toBe(other.stdout);
  });

  it('takes a day, or never, which the check warns of', async () => {
    const day = readEntry((await create('--id', 'a', '--login', 'a', '--expires', '2099-12-31')).stdout);
    expect(day.key?.expiresAtMs).toBe(Date.UTC(2100, 0, 1));
    const never = readEntry((await create('--id', 'a', '--login', 'a', '--expires', 'never', '--note', 'hall: "3"')).stdout);
    expect(never.key?.expiresAtMs).toBeUndefined();
    expect(never.warnings).toHaveLength(1);
  });

  it.each([
    { name: 'no action', args: [], says: 'needs "create"' },
    { name: 'no id', args: ['create', '--login', 'a'], says: 'needs --id' },
    { name: 'no login', args: ['create', '--id', 'a'], says: 'needs --login' },
    { name: 'an id with an underscore', args: ['create', '--id', 'a_b', '--login', 'a'], says: 'after --id' },
    { name: 'a login that is none', args: ['create', '--id', 'a', '--login', 'a b'], says: 'after --login' },
    { name: 'a capability that is none', args: ['create', '--id', 'a', '--login', 'a', '--may', 'veiw'], says: 'after --may' },
    { name: 'a time that is none', args: ['create', '--id', 'a', '--login', 'a', '--expires', 'soon'], says: 'after --expires' },
  ])('refuses $name', async ({ args, says }) => {
    await expect(command.run(args)).rejects.toThrow(UsageError);
    await expect(command.run(args)).rejects.toThrow(says);
  });

  it('ends with exit code 2 then, and prints nothing that could be taken for a key', async () => {
    const { code, stdout } = await create('--login', 'a');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });
});
