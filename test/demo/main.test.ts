// npm run demo, as a person runs it.

import { spawn } from 'node:child_process';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { claimPorts, listPorts, PortsTakenError } from '../../examples/demo/ports.ts';

const MAIN = path.join(import.meta.dirname, '../../examples/demo/main.ts');

interface Run {
  readonly code: number | null;
  readonly output: string;
}

/** Runs the demo; `until` in its output makes it get a Ctrl-C. */
function run(args: readonly string[], until?: string): Promise<Run> {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let isStopped = false;
  function collect(chunk: Buffer): void {
    output += chunk.toString('utf8');
    if (until === undefined || isStopped || !output.includes(until)) return;
    isStopped = true;
    child.kill('SIGINT');
  }
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, output })));
}

/** The first of four free ports in a row, below those that the system gives to other tests meanwhile. */
async function findFirstPort(): Promise<number> {
  for (;;) {
    const first = 10_000 + Math.floor(Math.random() * 20_000);
    const free = await claimPorts(listPorts(first)).catch((error: unknown) => error);
    if (!(free instanceof Error)) return first;
    if (!(free instanceof PortsTakenError)) throw free;
  }
}

describe('npm run demo', () => {
  it('says what to open, and ends well on Ctrl-C', async () => {
    const first = await findFirstPort();
    const { code, output } = await run(['--port', String(first)], 'Ctrl-C stops everything');
    expect(output).toContain(`Open     http://localhost:${first + 1}`);
    expect(code).toBe(0);
  });

  it('prints the [auth.proxy] lines for a real Grafana, and starts no stand-in', async () => {
    const first = await findFirstPort();
    const { code, output } = await run(['--port', String(first), '--upstream', 'http://127.0.0.1:9'], 'Restart Grafana');
    expect(output).toContain('[auth.proxy]');
    expect(output).not.toContain('stands in for Grafana');
    expect(code).toBe(0);
  });

  it('says which port is taken and what to do', async () => {
    const blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
    const { port } = blocker.address() as AddressInfo;
    const { code, output } = await run(['--port', String(port)]);
    blocker.close();
    expect(output).toMatch(new RegExp(`^Port ${port}\\b.* taken\\. Stop the program that uses .*--port`));
    expect(output).not.toContain('    at ');
    expect(code).toBe(1);
  });

  it.each([
    { name: 'an unknown option', args: ['--prot', '1'], text: '--prot' },
    { name: 'a port that is none', args: ['--port', 'x'], text: '--port is not a port' },
    { name: 'a dashboard at another host', args: ['--dashboard', '//evil.example'], text: '--dashboard is not a path' },
  ])('refuses $name with exit code 2', async ({ args, text }) => {
    const { code, output } = await run(args);
    expect(output).toContain(text);
    expect(code).toBe(2);
  });

  it('refuses an upstream that is no address with exit code 2', async () => {
    const { code, output } = await run(['--port', String(await findFirstPort()), '--upstream', 'localhost:3000']);
    expect(output).toContain('upstreams.dashboards.url');
    expect(code).toBe(2);
  });
});
