// The static server behind every contender: nginx where it is installed, as it costs the least beside them.

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nginxConfig } from '../contenders/nginx-config.ts';
import { findFreePort } from '../process/free-port.ts';
import type { Processes, Started } from '../process/processes.ts';
import { findProgram, readVersion } from '../process/program.ts';
import { SIZES } from './paths.ts';

export interface Upstream extends Started {
  /** With its version, for the report. */
  readonly name: string;
  readonly port: number;
}

/** @param folder Where its files and configuration are put. */
export async function startStaticUpstream(processes: Processes, folder: string): Promise<Upstream> {
  const nginx = findProgram('nginx');
  if (nginx === undefined) return startNodeUpstream(processes);
  const root = join(folder, 'static');
  for (const { path, bytes } of SIZES) {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    writeFileSync(join(root, path), 'x'.repeat(bytes));
  }
  const port = await findFreePort();
  const file = join(folder, 'upstream.conf');
  writeFileSync(
    file,
    nginxConfig({
      folder,
      name: 'upstream',
      http: `sendfile on; tcp_nopush on; open_file_cache max=100 inactive=1h; default_type application/json;
    server { listen 127.0.0.1:${port} backlog=4096; root ${root}; }`,
    }),
  );
  const started = await processes.start({ name: 'upstream nginx', program: nginx, args: ['-c', file], port });
  return { name: `nginx ${readVersion(nginx, '-v')}, static files`, port, ...started };
}

export function startNodeUpstream(processes: Processes): Promise<Upstream> {
  return startProgram(processes, fileURLToPath(new URL('node-upstream.ts', import.meta.url)));
}

/** The one that the browser's dashboard comes from. */
export function startDashboardUpstream(processes: Processes): Promise<Upstream> {
  return startProgram(processes, fileURLToPath(new URL('dashboard-upstream.ts', import.meta.url)));
}

async function startProgram(processes: Processes, program: string): Promise<Upstream> {
  const port = await findFreePort();
  const started = await processes.start({ name: `upstream node ${port}`, program: process.execPath, args: [program, String(port)], port });
  return { name: `Node ${process.versions.node}, node:http`, port, ...started };
}
