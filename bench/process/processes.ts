// Everything that the benchmark starts, so that all of it is stopped in the end: after errors and Ctrl-C too.

import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** How long a program may take to listen, and to stop before it is killed, in milliseconds. */
const START_MS = 20_000;
const STOP_MS = 5000;
const POLL_MS = 25;

export interface StartOptions {
  /** Names the log file. */
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  /** The program is ready when this port of 127.0.0.1 accepts. */
  readonly port: number;
}

export interface Started {
  readonly pid: number;
  stop(): Promise<void>;
}

export class Processes {
  readonly #running = new Set<ChildProcess>();
  readonly #folder: string;

  /** @param folder For logs, and the home of the programs. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** @throws {Error} with the end of the program's log when it ends or does not listen in time. */
  async start({ name, program, args, port }: StartOptions): Promise<Started> {
    const logFile = join(this.#folder, `${name.replaceAll(/[^a-z0-9]+/gi, '-')}.log`);
    const log = openSync(logFile, 'w');
    // A group of its own: nginx's workers end with it even when it has to be killed, and Ctrl-C is ours to handle.
    // Only the search path is handed on: no FRAMEGATE_ or NODE_OPTIONS of the caller changes what is measured.
    const child = spawn(program, args, {
      cwd: this.#folder,
      env: { PATH: process.env['PATH'], HOME: this.#folder, XDG_DATA_HOME: this.#folder, XDG_CONFIG_HOME: this.#folder },
      stdio: ['ignore', log, log],
      detached: true,
    });
    closeSync(log);
    this.#running.add(child);
    child.once('exit', () => this.#running.delete(child));
    let failure: Error | undefined;
    child.once('error', (error) => {
      failure = error;
      this.#running.delete(child);
    });
    const deadline = performance.now() + START_MS;
    while (!(await accepts(port))) {
      if (failure !== undefined || child.exitCode !== null || performance.now() > deadline) {
        await this.#stop(child);
        throw new Error(`${name} does not listen: ${failure?.message ?? readEnd(logFile)}`);
      }
      await sleep(POLL_MS);
    }
    const { pid } = child;
    if (pid === undefined) throw new Error(`${name} has no process`);
    return { pid, stop: () => this.#stop(child) };
  }

  async stopAll(): Promise<void> {
    await Promise.all([...this.#running].map((child) => this.#stop(child)));
  }

  /** For the last moment of this process, when nothing can be awaited. */
  killAll(): void {
    for (const child of this.#running) signalGroup(child, 'SIGKILL');
  }

  async #stop(child: ChildProcess): Promise<void> {
    if (!this.#running.has(child)) return;
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    signalGroup(child, 'SIGTERM');
    const killer = setTimeout(() => signalGroup(child, 'SIGKILL'), STOP_MS);
    await ended;
    clearTimeout(killer);
  }
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // It has ended in the meantime.
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

function readEnd(file: string): string {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-5).join('\n') || 'no output';
}
