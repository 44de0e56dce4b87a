import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Connection, requestText } from '../load/connection.ts';
import { findFreePort } from '../process/free-port.ts';
import { findProgram, readVersion } from '../process/program.ts';
import type { Absent, Contender, ContenderInput } from './contender.ts';
import { plainHeaders } from './contender.ts';
import { nginxConfig } from './nginx-config.ts';

const KEEP_ALIVE = 'proxy_http_version 1.1; proxy_set_header Connection "";';
const ABSENT = { absent: 'nginx is not installed' };

/** Plain reverse proxy with upstream keep-alive. */
export async function startNginx(input: ContenderInput): Promise<Contender | Absent> {
  const program = findProgram('nginx');
  if (program === undefined) return ABSENT;
  const port = await findFreePort();
  const http = `${upstreamBlock('dashboards', input.upstreamPort)}
    server { listen 127.0.0.1:${port} backlog=4096;
      location / { proxy_pass http://dashboards; ${KEEP_ALIVE} } }`;
  const { pid, stop } = await startConfigured(program, 'nginx-plain', http, port, input);
  return { id: 'nginx', name: `nginx ${readVersion(program, '-v')}`, port, headers: plainHeaders(port), pids: [pid], stop };
}

/** The same, asking a small server on Node about every request. */
export async function startNginxWithAuth(input: ContenderInput): Promise<Contender | Absent> {
  const program = findProgram('nginx');
  if (program === undefined) return ABSENT;
  const authPort = await findFreePort();
  const auth = await input.processes.start({
    name: 'auth server',
    program: process.execPath,
    args: [join(input.built.programs, 'auth-server-program.js'), String(authPort)],
    port: authPort,
  });
  const port = await findFreePort();
  const http = `${upstreamBlock('dashboards', input.upstreamPort)} ${upstreamBlock('auth', authPort)}
    server { listen 127.0.0.1:${port} backlog=4096;
      location / { auth_request /auth; auth_request_set $login $upstream_http_x_user;
        proxy_pass http://dashboards; ${KEEP_ALIVE} proxy_set_header X-WEBAUTH-USER $login; }
      location = /auth { internal; proxy_pass http://auth; ${KEEP_ALIVE} proxy_pass_request_body off; proxy_set_header Content-Length ""; } }`;
  const nginx = await startConfigured(program, 'nginx-auth', http, port, input);
  const headers = { ...plainHeaders(port), Cookie: await signIn(authPort) };
  const stop = async () => {
    await Promise.all([nginx.stop(), auth.stop()]);
  };
  return {
    id: 'nginx-auth',
    name: `nginx ${readVersion(program, '-v')}, auth_request to Node`,
    port,
    headers,
    pids: [nginx.pid, auth.pid],
    stop,
  };
}

function upstreamBlock(name: string, port: number): string {
  return `upstream ${name} { server 127.0.0.1:${port}; keepalive 64; keepalive_requests 1000000000; keepalive_timeout 1h; }`;
}

function startConfigured(program: string, name: string, http: string, port: number, { folder, processes }: ContenderInput) {
  const file = join(folder, `${name}.conf`);
  writeFileSync(file, nginxConfig({ folder, name, http }));
  return processes.start({ name, program, args: ['-c', file], port });
}

async function signIn(authPort: number): Promise<string> {
  const connection = await Connection.open(authPort);
  const { head } = await connection.exchange(requestText('GET /sign-in', { Host: 'localhost' }));
  connection.close();
  return /^set-cookie: ([^;\r]*)/im.exec(head)?.[1] ?? '';
}
