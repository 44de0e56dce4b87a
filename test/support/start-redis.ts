// A real Redis (or Valkey) of the test's own, on a free port, which can be stopped, killed and started again.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { findFreePort } from './free-port.ts';

const PROGRAM = ['redis-server', 'valkey-server'].find((program) => spawnSync(program, ['--version']).status === 0);

/** Whether tests can have a Redis. Where everything has to be tested, one that is missing is an error. */
export const hasRedis: boolean = PROGRAM !== undefined;
if (!hasRedis) {
  if (process.env.CI) throw new Error('install redis-server: no test may be left out here');
  console.warn('tests with Redis are left out: redis-server is not installed');
}

export class TestRedis {
  readonly port: number;
  readonly #arguments: readonly string[];
  readonly #folder: string;
  #process: ChildProcess | undefined;

  private constructor(port: number, folder: string, options: readonly string[]) {
    this.port = port;
    this.#folder = folder;
    this.#arguments = ['--bind', '127.0.0.1', '--port', String(port), '--dir', folder, '--save', '', '--appendonly', 'no', ...options];
  }

  /** @param options Further arguments of redis-server. */
  static async start(options: readonly string[] = []): Promise<TestRedis> {
    const redis = new TestRedis(await findFreePort(), await mkdtemp(join(tmpdir(), 'framegate-redis-')), options);
    await redis.run();
    return redis;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Starts it, again after `kill`; without what it held. */
  async run(): Promise<void> {
    const child = spawn(PROGRAM ?? 'redis-server', [...this.#arguments], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#process = child;
    const lines: string[] = [];
    for await (const line of createInterface(child.stdout)) {
      lines.push(line);
      if (/Ready to accept connections/i.test(line)) break;
    }
    if (child.exitCode !== null) throw new Error(`redis-server did not start:\n${lines.join('\n')}`);
    child.stdout.resume();
  }

  /** Its connections stay open, and nothing answers. */
  freeze(): void {
    this.#process?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#process?.kill('SIGCONT');
  }

  /** Ends it at once. */
  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  /** Runs one command past the store that is tested. @returns the raw reply. */
  async command(...words: readonly string[]): Promise<string> {
    const socket = net.connect(this.port, '127.0.0.1');
    try {
      socket.write(`*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`);
      const [reply] = (await once(socket, 'data')) as [Buffer];
      return reply.toString();
    } finally {
      socket.destroy();
    }
  }

  async close(): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
