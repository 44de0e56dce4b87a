import { join } from 'node:path';
import { findFreePort } from '../process/free-port.ts';
import { type Contender, type ContenderInput, plainHeaders } from './contender.ts';

export async function startTutorial({ built, processes, upstreamPort }: ContenderInput): Promise<Contender> {
  const port = await findFreePort();
  const { pid, stop } = await processes.start({
    name: 'tutorial',
    program: process.execPath,
    args: [join(built.programs, 'tutorial-program.js'), String(port), String(upstreamPort)],
    port,
  });
  return { id: 'tutorial', name: 'tutorial program (Express, http-proxy 1.18.1)', port, headers: plainHeaders(port), pids: [pid], stop };
}
