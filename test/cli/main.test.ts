import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Command } from '../../src/cli/command.ts';
import { runCli } from './run-cli.ts';

const COMMANDS = ['serve', 'check', 'explain', 'hash-password', 'keygen', 'api-key', 'sessions', 'revoke', 'ticket'];

describe('framegate', () => {
  it('--help lists every command on standard output, exit code 0', async () => {
    const { code, stdout, stderr } = await runCli(['--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const name of COMMANDS) expect(stdout).toContain(`  ${name} `);
  });

  it('--version is that of the package', async () => {
    const text = readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8');
    expect((await runCli(['--version'])).stdout.trim()).toBe((JSON.parse(text) as { version: string }).version);
  });

  it('without a command says how it is called, exit code 2', async () => {
    expect((await runCli([])).code).toBe(2);
  });

  it('refuses an unknown command with a near miss, exit code 2', async () => {
    const { code, stdout, stderr } = await runCli(['srve']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('Did you mean "serve"?');
  });

  it('COMMAND --help prints what that command says of itself, exit code 0', async () => {
    const { command } = (await import('../../src/cli/check.ts')) as { command: Command };
    expect(await runCli(['check', '--help'])).toEqual({ code: 0, stdout: `${command.help}\n`, stderr: '' });
  });

  it.each(COMMANDS)('%s has help with an example', async (name) => {
    const { command } = (await import(`../../src/cli/${name}.ts`)) as { command: Command };
    expect(command.help).toMatch(new RegExp(`^framegate ${name}: .+\n\nUsage: framegate ${name}`));
    expect(command.help).toContain(`\nExample: `);
  });

  it('refuses unknown options, missing values and other arguments, and repeats none of the latter', async () => {
    const [unknown, missing, other] = await Promise.all([
      runCli(['check', '--confg', 'x']),
      runCli(['check', '--config']),
      runCli(['hash-password', 'canary-7f3a91']),
    ]);
    expect([unknown.code, missing.code, other.code]).toEqual([2, 2, 2]);
    expect(unknown.stderr).toContain('does not know --confg. Did you mean "config"?');
    expect(missing.stderr).toContain('needs a value after --config');
    expect(other.stdout + other.stderr).not.toContain('canary');
  });
});
