// The command line as people run it: a process, its exit code and what it printed.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

const LAUNCHER = join(import.meta.dirname, '../../src/cli/framegate.js');

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Buffer;
}

/** Starts `framegate ...` without any FRAMEGATE_ variable of the surroundings; ended with the test. */
export function startCli(
  args: readonly string[],
  { cwd = tmpdir(), env = {} }: RunOptions = {},
): { child: ChildProcess; outcome: Promise<Outcome> } {
  const clean = Object.entries(process.env).filter(([name]) => !name.startsWith('FRAMEGATE_'));
  const child = spawn(process.execPath, [LAUNCHER, ...args], { cwd, env: { ...Object.fromEntries(clean), ...env } });
  onTestFinished(() => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => (stdout += String(chunk)));
  child.stderr.on('data', (chunk) => (stderr += String(chunk)));
  const outcome = once(child, 'close').then(([code]): Outcome => ({ code: code as number | null, stdout, stderr }));
  return { child, outcome };
}

export function runCli(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const { child, outcome } = startCli(args, options);
  child.stdin?.end(options.input ?? '');
  return outcome;
}

/** A folder with these files, removed after the test. */
export function makeFolder(files: Readonly<Record<string, string>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'framegate-cli-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content, { mode: 0o600 });
  return folder;
}

/** A configuration on free ports of loopback. */
export const CONFIG = `
publicUrl: http://localhost:8000
listen: { host: 127.0.0.1, port: 0 }
admin: { port: 0 }
upstreams:
  grafana: { url: http://127.0.0.1:3000 }
  lab: { preset: generic, url: http://127.0.0.1:3001, mount: /lab }
signIn:
  password: { usersFile: users.yaml }
embed: { hosts: [https://app.example.com] }
access:
  rules:
    - { name: operators everywhere, who: { groups: [operators] }, may: [everything], as: { role: Viewer } }
    - { name: lab staff, who: { domains: [lab.example.com] }, may: [everything], on: { upstream: lab } }
`;

export const USERS = `
users:
  - name: alice
    passwordHash: $argon2id$v=19$m=19456,t=2,p=1$ZnJhbWVnYXRlLXRlc3QtMQ$uPqijxR46vV57nnuzX8I/owLOf6Y/RQfIYxs+d4Ktwc
    groups: [operators]
`;
