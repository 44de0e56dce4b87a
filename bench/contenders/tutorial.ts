import { fileURLToPath } from 'node:url';
import { findFreePort } from '../process/free-port.ts';
import { type Contender, type ContenderInput, plainHeaders } from './contender.ts';

const PROGRAM = fileURLToPath(new URL('tutorial-program.ts', import.meta.url));

export async function startTutorial({ processes, upstreamPort }: ContenderInput): Promise<Contender> {
  const port = await findFreePort();
  const { pid, stop } = await processes.start({
    name: 'tutorial',
    program: process.execPath,
    args: [PROGRAM, String(port), String(upstreamPort)],
    port,
  });
  return { id: 'tutorial', name: 'tutorial program (Express, http-proxy 1.18.1)', port, headers: plainHeaders(port), pids: [pid], stop };
}
