// Programs of the packed package as another user would run them: not root, in directories that nobody may write to.

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { chmod, chown, copyFile, lstat, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const CHECKOUT = fileURLToPath(new URL('../../', import.meta.url));
/** The user of the image; needs no entry in /etc/passwd. */
const USER = 65532;
const isRoot = process.getuid?.() === 0;
if (!isRoot) process.stdout.write('not root: the package is tried as this user, and its directories are made read-only for it\n');

const run = promisify(execFile);

/** Runs npm in a directory. @returns its standard output. */
export async function npm(cwd: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await run('npm', [...args, '--no-audit', '--no-fund', '--loglevel=error'], { cwd, maxBuffer: 64 * 1024 * 1024 });
  return stdout;
}

export interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Running {
  readonly out: () => string;
  /** Ends it with SIGTERM. @returns how it ended. */
  stop(): Promise<Outcome>;
}

/** A temporary place: `readOnly` is what the programs see, `writable` is all that they may write to. */
export class Sandbox {
  readonly root: string;
  /** A copy of the node that runs the tests: its own path may lie where the other user may not go. */
  readonly node: string;
  readonly writable: string;
  readonly #running = new Set<ChildProcess>();

  private constructor(root: string) {
    this.root = root;
    this.node = join(root, 'bin', 'node');
    this.writable = join(root, 'writable');
  }

  static async create(): Promise<Sandbox> {
    const sandbox = new Sandbox(await mkdtemp(join(tmpdir(), 'framegate-package-')));
    await chmod(sandbox.root, 0o755);
    await mkdir(join(sandbox.root, 'bin'));
    await copyFile(process.execPath, sandbox.node);
    await mkdir(sandbox.writable);
    if (isRoot) await chown(sandbox.writable, USER, USER);
    return sandbox;
  }

  /** Takes the right to write from everybody, below the directory and itself. */
  async seal(directory: string): Promise<void> {
    for (const entry of await readdir(directory, { withFileTypes: true })) {
      const path = join(directory, entry.name);
      if (entry.isDirectory()) await this.seal(path);
      else if (!entry.isSymbolicLink()) await chmod(path, (await lstat(path)).mode & 0o555);
    }
    await chmod(directory, 0o555);
  }

  #spawn(cwd: string, command: string, args: readonly string[], env: Readonly<Record<string, string>>): ChildProcess {
    const child = spawn(command, args, {
      cwd,
      env: { PATH: `${join(this.root, 'bin')}:/usr/bin:/bin`, HOME: this.writable, TMPDIR: this.writable, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(isRoot ? { uid: USER, gid: USER } : {}),
    });
    this.#running.add(child);
    child.once('close', () => this.#running.delete(child));
    return child;
  }

  /** Runs a program to its end. */
  run(cwd: string, command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
    return follow(this.#spawn(cwd, command, args, env)).ended;
  }

  /** Starts a program and waits until it has written the text. @throws with what it wrote, when it ends or does not in 15 s. */
  async start(
    cwd: string,
    command: string,
    args: readonly string[],
    until: string,
    env: Readonly<Record<string, string>> = {},
  ): Promise<Running> {
    const child = this.#spawn(cwd, command, args, env);
    const { ended, texts } = follow(child);
    const deadline = Date.now() + 15_000;
    while (!(texts.out + texts.err).includes(until)) {
      if (child.exitCode !== null || Date.now() > deadline)
        throw new Error(`${command} ${args.join(' ')} did not get ready: ${texts.out}${texts.err}`);
      await sleep(20);
    }
    return {
      out: () => texts.out,
      stop() {
        child.kill('SIGTERM');
        return ended;
      },
    };
  }

  async close(): Promise<void> {
    for (const child of this.#running) child.kill('SIGKILL');
    await rm(this.root, { recursive: true, force: true });
  }
}

function follow(child: ChildProcess): { readonly ended: Promise<Outcome>; readonly texts: { out: string; err: string } } {
  const texts = { out: '', err: '' };
  child.stdout?.on('data', (chunk: Buffer) => {
    texts.out += chunk.toString();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    texts.err += chunk.toString();
  });
  const ended = new Promise<Outcome>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, ...texts }));
  });
  return { ended, texts };
}

/** Paths below a directory, sorted. */
export async function listFiles(directory: string): Promise<string[]> {
  return (await readdir(directory, { recursive: true })).sort();
}
