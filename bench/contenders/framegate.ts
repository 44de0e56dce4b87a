// Our own gate as an operator runs it: the command of the package, a configuration file, a signed-in session.

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findFreePort } from '../process/free-port.ts';
import type { Absent, Contender, ContenderInput } from './contender.ts';
import { buildConfig, buildUsers, type FramegateVariant, newSecret } from './framegate-config.ts';
import { signInMany } from './sign-in.ts';

/** What `check` may say, in bytes. */
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

export interface FramegateInput extends ContenderInput, FramegateVariant {
  /** Tells several gates apart, in tables and file names. */
  readonly name: string;
  /** People who sign in. Default 10. */
  readonly sessions?: number;
  /** In place of the built one. */
  readonly command?: string;
  /** Options of Node itself. */
  readonly nodeOptions?: readonly string[];
  /** Processes that belong to it, such as a session store. */
  readonly besides?: readonly number[];
}

export interface RunningGate extends Contender {
  /** One Cookie header value per session. */
  readonly cookies: readonly string[];
}

/** @returns why not, where the configuration is refused: an engine or a store that this version does not know. */
export async function startFramegate(input: FramegateInput): Promise<RunningGate | Absent> {
  const { name, folder, processes, besides = [], command = input.built.command } = input;
  const port = await findFreePort();
  const ticketSecret = newSecret();
  const usersFile = join(folder, `${name.replaceAll(/[^a-z0-9]+/gi, '-')}-users.json`);
  const configFile = usersFile.replace('-users.json', '.json');
  writeFileSync(usersFile, buildUsers(input.users ?? 10), { mode: 0o600 });
  writeFileSync(configFile, JSON.stringify(buildConfig({ ...input, port, ticketSecret, usersFile })), { mode: 0o600 });
  const refusal = findRefusal(command, configFile);
  if (refusal !== undefined) return { absent: `${name}: the configuration is refused: ${refusal}` };

  const args = [...(input.nodeOptions ?? []), command, 'serve', '--config', configFile];
  const { pid, stop } = await processes.start({ name, program: process.execPath, args, port });
  const cookies = await signInMany({ port, ticketSecret, count: input.sessions ?? 10 });
  const headers = { Host: `localhost:${port}`, Accept: 'application/json', Cookie: cookies[0] ?? '' };
  return { id: name, name, port, headers, pids: [pid, ...besides], cookies, stop };
}

/** What `framegate check` says first; undefined when it has nothing against the file. */
function findRefusal(command: string, configFile: string): string | undefined {
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, 'check', '--config', configFile], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] },
    // Ten thousand rules may have as many warnings.
    maxBuffer: MAX_OUTPUT_BYTES,
  });
  if (status === 0) return undefined;
  return `${stderr}${stdout}`.trim().split('\n', 1)[0] || `exit code ${status}`;
}
