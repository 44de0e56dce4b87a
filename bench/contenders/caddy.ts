import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findFreePort } from '../process/free-port.ts';
import { findProgram, readVersion } from '../process/program.ts';
import { type Absent, type Contender, type ContenderInput, plainHeaders } from './contender.ts';

/** Plain reverse_proxy: no sign-in, no TLS, no access log. */
export async function startCaddy({ processes, folder, upstreamPort }: ContenderInput): Promise<Contender | Absent> {
  const program = findProgram('caddy');
  if (program === undefined) return { absent: 'Caddy is not installed' };
  const port = await findFreePort();
  const file = join(folder, 'Caddyfile');
  writeFileSync(
    file,
    `{
  admin off
  auto_https off
}
http://:${port} {
  bind 127.0.0.1
  reverse_proxy 127.0.0.1:${upstreamPort}
}
`,
  );
  const { pid, stop } = await processes.start({ name: 'caddy', program, args: ['run', '--adapter', 'caddyfile', '--config', file], port });
  return { id: 'caddy', name: `Caddy ${readVersion(program, 'version')}`, port, headers: plainHeaders(port), pids: [pid], stop };
}
