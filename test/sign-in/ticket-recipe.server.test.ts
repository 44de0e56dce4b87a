// The Python code of docs/recipes/tickets.md, run as it stands there: its tickets sign people in at a real gate.

import { execFile, spawnSync } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { HOST_PAGE, useGate } from '../support/start-gate.ts';

const PAIR_HOST = 'https://pair.test';
const secret = randomBytes(32).toString('base64url');
const pair = generateKeyPairSync('ed25519');
const folder = mkdtempSync(join(tmpdir(), 'framegate-recipe-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
writeFileSync(join(folder, 'ticket.secret'), `${secret}\n`, { mode: 0o600 });
writeFileSync(join(folder, 'app.jwks.json'), JSON.stringify({ keys: [{ ...pair.publicKey.export({ format: 'jwk' }), kid: 'key-1' }] }));

const gate = useGate({
  anonymous: true,
  signIn: {
    tickets: [
      { issuer: HOST_PAGE, algorithms: ['HS256'], secretFile: join(folder, 'ticket.secret') },
      { issuer: PAIR_HOST, jwksFile: join(folder, 'app.jwks.json'), loginPrefix: 'p-' },
    ],
  },
});

const recipe = readFileSync(join(import.meta.dirname, '../../docs/recipes/tickets.md'), 'utf8');
const [withSecret = '', withPair = ''] = [...recipe.matchAll(/^```python\n([\s\S]*?)^```/gm)].map(([, code]) => code);

/** A Python that has the module; undefined where there is none, which only CI takes for a failure. */
function findPython(module: string): string | undefined {
  const found = ['python3', '/usr/bin/python3'].find((program) => spawnSync(program, ['-c', `import ${module}`]).status === 0);
  if (found === undefined && process.env['CI'] === undefined) console.warn(`skipped: there is no python3 with the module ${module}`);
  return found;
}

const plain = findPython('hmac');
const withCryptography = findPython('cryptography');
const isSkipped = (python: string | undefined): boolean => python === undefined && process.env['CI'] === undefined;

/** @param key Python for the key, from what is `given` on standard input. */
async function runPython(python: string | undefined, code: string, key: string, given: Record<string, unknown>): Promise<string> {
  const call = `create_ticket(${key}, given["issuer"], given["audience"], "alice", **given["claims"])`;
  const script = `${code}\nimport sys\ngiven = json.loads(sys.stdin.buffer.read())\nprint(${call})\n`;
  const running = promisify(execFile)(python ?? 'python3', ['-c', script], { timeout: 10_000 });
  running.child.stdin?.end(JSON.stringify({ ...given, audience: gate.origin, claims }));
  return (await running).stdout.trim();
}

async function enter(ticket: string): Promise<{ status: number; session: unknown }> {
  const body = new URLSearchParams({ ticket, to: '/' }).toString();
  const headers = ['Content-Type: application/x-www-form-urlencoded', `Origin: ${HOST_PAGE}`, 'Sec-Fetch-Dest: iframe'];
  const entered = await gate.send('POST /_gate/enter', headers, body);
  const cookie = entered
    .all('set-cookie')
    .find((line) => line.startsWith('__Host-framegate='))
    ?.split(';')[0];
  const session = await gate.send('GET /_gate/session', [`Cookie: ${cookie}`, 'Accept: application/json']);
  return { status: entered.status, session: JSON.parse(Buffer.from(session.body, 'latin1').toString('utf8')) };
}

const claims = { groups: ['operators'], name: 'Alice \u00c5 \u{1F600}', email: 'alice@example.com' };
const expected = { displayName: claims.name, email: claims.email, groups: claims.groups, method: 'ticket' };

describe('the Python recipe', () => {
  it.skipIf(isSkipped(plain))('signs people in with the standard library and a shared secret', async () => {
    const key = 'open(given["file"], "rb").read().rstrip(b"\\r\\n")';
    const ticket = await runPython(plain, withSecret, key, { issuer: HOST_PAGE, file: join(folder, 'ticket.secret') });
    expect(await enter(ticket)).toEqual({ status: 303, session: expect.objectContaining({ login: 'alice', ...expected }) });
  });

  it.skipIf(isSkipped(withCryptography))('signs people in with a key pair', async () => {
    const jwk = { ...pair.privateKey.export({ format: 'jwk' }), kid: 'key-1' };
    const ticket = await runPython(withCryptography, withPair, 'given["jwk"]', { issuer: PAIR_HOST, jwk });
    expect(await enter(ticket)).toEqual({ status: 303, session: expect.objectContaining({ login: 'p-alice', ...expected }) });
  });
});
