// A program of which the first words say where it can be reached.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** Milliseconds. */
const START_MS = 30_000;

export interface StartedProgram {
  /** The first group of the pattern. */
  readonly address: string;
  stop(): Promise<void>;
}

/** Starts it, and waits until what it prints matches. */
export async function startProgram(file: string, args: string[], pattern: RegExp, env: NodeJS.ProcessEnv = {}): Promise<StartedProgram> {
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  const address = await new Promise<string>((resolve, reject) => {
    let printed = '';
    const timer = setTimeout(() => reject(new Error(`${file} did not start: ${printed.slice(-500)}`)), START_MS);
    child.once('error', reject).once('exit', (code) => reject(new Error(`${file} ended with ${code}: ${printed.slice(-500)}`)));
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        printed += chunk.toString();
        const found = pattern.exec(printed)?.[1];
        if (found === undefined) return;
        clearTimeout(timer);
        resolve(found);
      });
  });
  return { address, stop: () => stopChild(child) };
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
  await ended;
  clearTimeout(timer);
}
