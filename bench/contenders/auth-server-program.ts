// The small server that nginx asks by auth_request: a session cookie, checked by HMAC, looked up in a map.
// Arguments: PORT.

import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';

const KEY = 'the auth server of the benchmark';
const sessions = new Map([['bench', { login: 'alice' }]]);

/** The Cookie header of the one session: id, dot, HMAC. */
const server = createServer((req, res) => {
  if (req.url === '/sign-in') {
    res.writeHead(200, { 'Set-Cookie': `session=bench.${sign('bench')}`, 'Content-Length': 0 }).end();
    return;
  }
  const [id = '', signature = ''] = (/(?:^|; *)session=([^;]*)/.exec(req.headers.cookie ?? '')?.[1] ?? '').split('.');
  const session = isSame(signature, sign(id)) ? sessions.get(id) : undefined;
  res.writeHead(session === undefined ? 401 : 204, session === undefined ? {} : { 'X-User': session.login }).end();
});

function sign(id: string): string {
  return createHmac('sha256', KEY).update(id).digest('base64url');
}

function isSame(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}

server.keepAliveTimeout = 3_600_000;
server.listen(Number(process.argv[2]), '127.0.0.1');
