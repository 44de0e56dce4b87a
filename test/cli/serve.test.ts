import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, renameSync, statSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { CONFIG, makeFolder, runCli, startCli, USERS } from './run-cli.ts';

/** The first match in what the process prints from now on; by default on standard error. */
function waitFor(child: ChildProcess, pattern: RegExp, stream = child.stderr): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    let text = '';
    stream?.on('data', (chunk) => {
      text += String(chunk);
      const match = pattern.exec(text);
      if (match !== null) resolve(match);
    });
    child.once('close', () => reject(new Error(text)));
  });
}

describe('framegate serve', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('says where it listens, answers, and ends on %s with exit code 0', async (signal) => {
    const cwd = makeFolder({ 'framegate.yaml': CONFIG, 'users.yaml': USERS });
    const { child, outcome } = startCli(['serve'], { cwd });
    const [, adminUrl = ''] = await waitFor(child, /health and readiness at (http:\/\/127\.0\.0\.1:\d+)\n/);
    expect((await fetch(`${adminUrl}/healthz`)).status).toBe(200);
    child.kill(signal);
    const { code, stderr } = await outcome;
    expect(code).toBe(0);
    expect(stderr).toMatch(/framegate listens at http:\/\/127\.0\.0\.1:\d+; browsers come in by http:\/\/localhost:8000\n/);
    expect(stderr).toContain(`${signal}: shutting down`);
  });

  it('SEC-B21.5 reads the configuration again on SIGHUP, and goes on with the one before where there is a problem', async () => {
    const cwd = makeFolder({ 'framegate.yaml': CONFIG, 'users.yaml': USERS });
    const { child, outcome } = startCli(['serve'], { cwd });
    const seen = (pattern: RegExp) => waitFor(child, pattern, child.stdout);
    await waitFor(child, /health and readiness at /);
    writeFileSync(join(cwd, 'framegate.yaml'), CONFIG.replace('lab staff', 'staff of the lab'));
    child.kill('SIGHUP');
    expect((await seen(/"rulesAdded":\["([^"]*)"\]/))[1]).toBe('staff of the lab');
    writeFileSync(join(cwd, 'framegate.yaml'), CONFIG.replace('may: [everything]', 'may: [nothing]'));
    child.kill('SIGHUP');
    await seen(/"event":"config\.kept"/);
    child.kill('SIGTERM');
    expect((await outcome).code).toBe(0);
  });

  it.each(['SIGUSR2', 'SIGHUP'] as const)('opens the file of the audit log anew on %s', async (signal) => {
    const cwd = makeFolder({ 'framegate.yaml': `${CONFIG}\naudit: { to: file, file: audit.log }\n`, 'users.yaml': USERS });
    const { child, outcome } = startCli(['serve'], { cwd });
    await waitFor(child, /health and readiness at /);
    const path = join(cwd, 'audit.log');
    await vi.waitUntil(() => existsSync(path), 3000);
    renameSync(path, `${path}.1`);
    child.kill(signal);
    await vi.waitUntil(() => existsSync(path), 3000);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    child.kill('SIGTERM');
    expect((await outcome).code).toBe(0);
  });

  it('starts nothing when the configuration has a problem, exit code 2', async () => {
    const cwd = makeFolder({ 'framegate.yaml': CONFIG });
    const { code, stderr } = await runCli(['serve'], { cwd });
    expect(code).toBe(2);
    expect(stderr).toContain('problem: signIn.password.usersFile: names a file that does not exist');
    expect(stderr).toContain('1 problem; nothing started');
    expect(stderr).not.toContain('listens');
  });

  it('says that the port is taken, exit code 1', async () => {
    const taken = net.createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    try {
      const { port } = taken.address() as net.AddressInfo;
      const cwd = makeFolder({ 'framegate.yaml': CONFIG.replace('port: 0', `port: ${port}`), 'users.yaml': USERS });
      const { code, stderr } = await runCli(['serve'], { cwd });
      expect(code).toBe(1);
      expect(stderr).toContain(`cannot listen on 127.0.0.1:${port}`);
    } finally {
      taken.close();
    }
  });
});
