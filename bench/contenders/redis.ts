import { findFreePort } from '../process/free-port.ts';
import type { Processes } from '../process/processes.ts';
import { findProgram } from '../process/program.ts';

export interface SharedStore {
  readonly url: string;
  readonly pid: number;
}

/** A store that several gates could share, in memory only; undefined where neither Valkey nor Redis is installed. */
export async function startSharedStore(processes: Processes): Promise<SharedStore | undefined> {
  const program = findProgram('valkey-server') ?? findProgram('redis-server');
  if (program === undefined) return undefined;
  const port = await findFreePort();
  const { pid } = await processes.start({
    name: 'store',
    program,
    args: ['--bind', '127.0.0.1', '--port', String(port), '--save', '', '--appendonly', 'no'],
    port,
  });
  return { url: `redis://127.0.0.1:${port}`, pid };
}
