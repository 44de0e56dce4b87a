import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Connection, requestText } from '../load/connection.ts';
import { findFreePort } from '../process/free-port.ts';
import { findProgram, readVersion } from '../process/program.ts';
import { type Absent, type Contender, type ContenderInput, plainHeaders } from './contender.ts';

const PASSWORD = 'correct horse battery staple';

/** As a reverse proxy with a signed-in session in its cookie. It signs in by its htpasswd form, so no provider is asked. */
export async function startOauth2Proxy({ processes, folder, upstreamPort }: ContenderInput): Promise<Contender | Absent> {
  const program = findProgram('oauth2-proxy');
  if (program === undefined) return { absent: 'oauth2-proxy is not installed' };
  const port = await findFreePort();
  const htpasswd = join(folder, 'htpasswd');
  writeFileSync(htpasswd, `alice:{SHA}${createHash('sha1').update(PASSWORD).digest('base64')}\n`);
  const args = [
    `--http-address=127.0.0.1:${port}`,
    `--upstream=http://127.0.0.1:${upstreamPort}/`,
    `--htpasswd-file=${htpasswd}`,
    '--provider=github',
    '--client-id=bench',
    '--client-secret=bench',
    `--cookie-secret=${'c'.repeat(32)}`,
    '--cookie-secure=false',
    '--email-domain=*',
    '--request-logging=false',
    '--auth-logging=false',
  ];
  const { pid, stop } = await processes.start({ name: 'oauth2-proxy', program, args, port });
  const headers = plainHeaders(port);
  headers['Cookie'] = await signIn(port, headers['Host'] ?? '');
  return { id: 'oauth2-proxy', name: `oauth2-proxy ${readVersion(program, '--version')}`, port, headers, pids: [pid], stop };
}

async function signIn(port: number, host: string): Promise<string> {
  const connection = await Connection.open(port);
  const form = new URLSearchParams({ username: 'alice', password: PASSWORD, rd: '/' }).toString();
  const headers = { Host: host, 'Content-Type': 'application/x-www-form-urlencoded', Connection: 'keep-alive' };
  const { head } = await connection.exchange(requestText('POST /oauth2/sign_in', headers, form));
  connection.close();
  const cookies = [...head.matchAll(/^set-cookie: (_oauth2_proxy[^;=]*=[^;\r]+)/gim)].map((match) => match[1]);
  if (cookies.length === 0) throw new Error(`oauth2-proxy gives no session: ${head.split('\r\n', 1)[0]}`);
  return cookies.join('; ');
}
