// Every way in and every way to fail, with texts that must never be seen again; then the log and all answers are
// searched for them (SEC-B16.2, SEC-D10.3).

import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { createLog } from '../../src/observe/log.ts';
import { serve } from '../../src/service.ts';
import { hashPassword } from '../../src/sign-in/argon2id.ts';
import { type RawAnswer, send } from '../support/raw-client.ts';
import { RecordingUpstream, replyThenReset } from '../support/recording-upstream.ts';
import { findFreePort } from '../support/start-gate.ts';

const SESSION_SECRET = 'canary-session-Kq3vX8w2Lr5tYz7';
const TICKET_SECRET = 'canary-ticket-Jm4nB9c6Hd1fGs0p';
const PASSWORD = 'canary-password-correct';
const ISSUER = 'https://host.test';

let folder = '';
let port = 0;
let upstream: RecordingUpstream;
let service: { close(): Promise<void> };
const lines: string[] = [];
const audit: string[] = [];
const answers: RawAnswer[] = [];
/** What was made on the way and must not be seen again: cookies, tokens, codes. */
const made: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'framegate-'));
  upstream = await RecordingUpstream.start();
  port = await findFreePort();
  await writeFile(
    join(folder, 'users.yaml'),
    JSON.stringify({ users: [{ name: 'pat', passwordHash: await hashPassword(PASSWORD), groups: [] }] }),
  );
  const config = loadConfig({
    publicUrl: `http://localhost:${port}`,
    listen: { host: '127.0.0.1', port },
    admin: false,
    upstreams: { main: { preset: 'grafana', url: `http://127.0.0.1:${upstream.port}` } },
    signIn: {
      password: { usersFile: join(folder, 'users.yaml') },
      tickets: [{ issuer: ISSUER, algorithms: ['HS256'], secret: TICKET_SECRET.padEnd(40, 'x7Q') }],
    },
    session: { secret: SESSION_SECRET.padEnd(40, 'x7Q') },
    embed: { hosts: [ISSUER] },
    access: { rules: [{ name: 'pat', who: { users: ['pat', 'alice'] }, may: ['everything'] }] },
  });
  service = await serve(config, {
    log: createLog('debug', { write: (line) => void lines.push(line) }),
    audit: (line) => void audit.push(line),
  });
});
afterAll(async () => {
  await service.close();
  await upstream.close();
  await rm(folder, { recursive: true });
});

async function ask(line: string, headers: readonly string[] = [], body = ''): Promise<RawAnswer> {
  const length = body === '' ? [] : [`Content-Length: ${body.length}`];
  const answer = await send(port, `${[`${line} HTTP/1.1`, `Host: localhost:${port}`, ...headers, ...length].join('\r\n')}\r\n\r\n${body}`);
  answers.push(answer);
  for (const cookie of answer.all('set-cookie'))
    if (/=[^;]/.test(cookie)) made.push(decodeURIComponent(cookie.split(';')[0]?.split('=')[1] ?? ''));
  return answer;
}

const FORM = 'Content-Type: application/x-www-form-urlencoded';
const JSON_ONLY = 'Accept: application/json';
const own = () => `Origin: http://localhost:${port}`;
const form = (fields: Record<string, string>) => new URLSearchParams(fields).toString();
const cookieOf = (answer: RawAnswer) =>
  `Cookie: ${answer
    .all('set-cookie')
    .map((line) => line.split(';')[0])
    .join('; ')}`;

async function signTicket(claims: Record<string, unknown> = {}): Promise<string> {
  const jti = `canary-jti-${randomUUID()}`;
  const ticket = await new SignJWT({ ...claims })
    .setProtectedHeader({ alg: 'HS256', typ: 'framegate-ticket+jwt', kid: 'k' })
    .setIssuer(ISSUER)
    .setAudience(`http://localhost:${port}`)
    .setSubject('alice')
    .setIssuedAt()
    .setExpirationTime('60s')
    .setJti(jti)
    .sign(Buffer.from(TICKET_SECRET.padEnd(40, 'x7Q')));
  made.push(ticket, ticket.split('.')[2] ?? '', jti);
  return ticket;
}

async function startLogin(): Promise<{ cookie: string; csrf: string }> {
  const page = await ask('GET /_gate/login', [JSON_ONLY]);
  const { csrf } = JSON.parse(page.body) as { csrf: string };
  made.push(csrf);
  return { cookie: cookieOf(page), csrf };
}

describe('after every way in and every way to fail', () => {
  it('the ways are taken', async () => {
    // By password: right, wrong, without a token; as JSON, with a canary as user name's neighbour.
    const login = await startLogin();
    const right = await ask(
      'POST /_gate/login',
      [FORM, own(), JSON_ONLY, login.cookie],
      form({ username: 'pat', password: PASSWORD, csrf: login.csrf, returnTo: '/d/x' }),
    );
    expect(right.status).toBe(200);
    const pat = cookieOf(right);
    const again = await startLogin();
    expect(
      (
        await ask(
          'POST /_gate/login',
          [FORM, own(), JSON_ONLY, again.cookie],
          form({ username: 'pat', password: 'canary-password-wrong', csrf: again.csrf }),
        )
      ).status,
    ).toBe(401);
    expect(
      (await ask('POST /_gate/login', [FORM, own(), JSON_ONLY], form({ username: 'pat', password: PASSWORD, csrf: 'canary-csrf' }))).status,
    ).toBe(403);

    // By popup: the code of a challenge, redeemed, and redeemed again.
    const verifier = `canary-verifier-${randomBytes(24).toString('hex')}`;
    const challenge = createHash('sha256').update(verifier).digest('base64url');
    const popup = await startLogin();
    const withCode = await ask(
      'POST /_gate/login',
      [FORM, own(), JSON_ONLY, popup.cookie],
      form({ username: 'pat', password: PASSWORD, csrf: popup.csrf, challenge }),
    );
    const { code } = JSON.parse(withCode.body) as { code: string };
    made.push(code);
    expect((await ask('POST /_gate/redeem', [FORM, own(), JSON_ONLY], form({ code, verifier }))).status).toBe(200);
    expect((await ask('POST /_gate/redeem', [FORM, own(), JSON_ONLY], form({ code, verifier }))).status).toBe(401);

    // By ticket: right, used again, altered, in the address.
    const ticket = await signTicket();
    const enter = ['Origin: https://host.test', 'Sec-Fetch-Site: cross-site', FORM];
    expect((await ask('POST /_gate/enter', enter, form({ ticket, to: '/d/x?auth_token=canary-to' }))).status).toBe(303);
    expect((await ask('POST /_gate/enter', enter, form({ ticket }))).status).toBe(401);
    expect((await ask('POST /_gate/enter', enter, form({ ticket: `${ticket.slice(0, -4)}AAAA` }))).status).toBe(401);
    expect((await ask('POST /_gate/enter', enter, form({ ticket: await signTicket({ groups: 'canary-groups' }) }))).status).toBe(401);
    expect((await ask(`POST /_gate/enter?ticket=${await signTicket()}`, enter, form({ to: '/' }))).status).toBe(400);

    // The dashboards: credentials of the upstream in every place, answers that hold some, an upstream that fails.
    const secrets = [
      'Authorization: Bearer canary-bearer',
      'X-JWT-Assertion: canary-jwt',
      'X-Forwarded-For: canary-address',
      'User-Agent: canary\u001b[2J'.replace('\u001b', ''),
    ];
    expect((await ask('GET /d/x?code=canary-code&state=canary-state', [pat, ...secrets, 'Sec-Fetch-Dest: document'])).status).toBe(200);
    expect((await ask('GET /d/x?auth_token=canary-auth-token', [pat])).status).toBe(400);
    expect((await ask('GET /d/a/../x?canary-query', [pat])).status).toBe(400);
    expect((await ask('GET /d/x?canary-query=1', ['Cookie: __Host-framegate=canary-cookie'])).status).toBe(401);
    expect(
      (await ask('POST /api/ds/query', [pat, 'Origin: https://evil.test', 'Content-Type: application/json'], '{"password":"canary-body"}'))
        .status,
    ).toBe(403);
    upstream.script = replyThenReset('');
    expect((await ask('GET /d/x?canary-query=1', [pat, ...secrets])).status).toBe(502);
    expect((await ask('POST /_gate/logout', [own(), pat, FORM], form({ token: 'canary-form' }))).status).toBeLessThan(400);
    expect(lines.length).toBeGreaterThan(15);
  });

  it('SEC-D11.1 the audit log tells of each', () => {
    const told = audit.map((line) => JSON.parse(line) as { event: string; outcome: string });
    const kinds = new Set(told.map(({ event, outcome }) => `${event} ${outcome}`));
    const expected = ['sign-in ok', 'sign-in fail', 'hand-off ok', 'hand-off fail', 'hand-off replay', 'sign-out ok', 'session-end ok'];
    expect([...kinds]).toEqual(expect.arrayContaining([...expected, 'guard fail', 'origin fail']));
  });

  it('SEC-B16.2, SEC-D10.3, SEC-D11.2 nothing of it is in the log, nor in the audit log', () => {
    // The agent's own name is told in the audit log.
    const log = [...lines, ...audit.map((line) => JSON.stringify({ ...JSON.parse(line), ua: undefined }))].join('');
    expect(log.match(/.{0,60}canary.{0,60}/g) ?? []).toEqual([]);
    const seen = made.filter((text) => text.length > 8 && log.includes(text));
    expect(seen).toEqual([]);
    expect(log).not.toMatch(/eyJ[A-Za-z0-9_-]{10,}/);
    expect(log).not.toContain('$argon2');
  });

  it('SEC-B21.2 no error answer holds a secret, a cause or what was sent', () => {
    for (const answer of answers.filter(({ status }) => status >= 400)) {
      const text = `${answer.body}${JSON.stringify(answer.headers.filter(([name]) => name.toLowerCase() !== 'set-cookie'))}`;
      expect(text).not.toContain('canary');
      expect(text).not.toContain('127.0.0.1');
      expect(text).not.toMatch(/eyJ|ECONN|node:|\.ts\b|\$argon2/);
    }
  });
});
