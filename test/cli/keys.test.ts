import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose';
import { describe, expect, it } from 'vitest';
import { checkConfig } from '../../src/config/load.ts';
import { findWeakness } from '../../src/config/weak-secret.ts';
import { verifyPassword } from '../../src/sign-in/argon2id.ts';
import { makeFolder, runCli } from './run-cli.ts';

const modeOf = (file: string): number => statSync(file).mode & 0o777;
const WHO = ['--issuer', 'https://app.example.com', '--audience', 'https://dash.example.com', '--subject', 'alice'];

describe('framegate keygen', () => {
  it.each(['EdDSA', 'ES256', 'RS256'])('makes a pair for %s, with which a ticket is signed and verified', async (algorithm) => {
    const cwd = makeFolder();
    const made = await runCli(['keygen', '--out', 'keys', '--algorithm', algorithm, '--kid', 'key-1'], { cwd });
    expect(made).toMatchObject({ code: 0, stderr: '' });
    expect(made.stdout).toContain(`algorithms: [${algorithm}]`);

    const privateFile = join(cwd, 'keys/ticket-key.private.json');
    const privateKey = JSON.parse(readFileSync(privateFile, 'utf8')) as { d: string };
    if (process.platform !== 'win32') expect(modeOf(privateFile)).toBe(0o600);
    expect(made.stdout).not.toContain(privateKey.d);
    const jwks = JSON.parse(readFileSync(join(cwd, 'keys/ticket-key.jwks.json'), 'utf8')) as JSONWebKeySet;
    expect(JSON.stringify(jwks)).not.toContain(privateKey.d);
    const tickets = [{ issuer: 'https://app.example.com', algorithms: [algorithm], jwksFile: 'keys/ticket-key.jwks.json' }];
    const { problems } = checkConfig(
      { publicUrl: 'https://dash.example.com', upstreams: { g: { url: 'http://g:1' } }, signIn: { tickets } } as never,
      { cwd },
    );
    expect(problems).toEqual([]);

    const signed = await runCli([
      'ticket',
      '--key',
      privateFile,
      ...WHO,
      '--name',
      'Alice A',
      '--email',
      'a@example.com',
      '--group',
      'operators',
      '--group',
      'night',
      '--lifetime',
      '90s',
    ]);
    expect(signed).toMatchObject({ code: 0, stderr: '' });
    const ticket = signed.stdout.trimEnd();
    expect(decodeProtectedHeader(ticket)).toEqual({ alg: algorithm, typ: 'framegate-ticket+jwt', kid: 'key-1' });
    const { payload } = await jwtVerify(ticket, createLocalJWKSet(jwks), {
      issuer: 'https://app.example.com',
      audience: 'https://dash.example.com',
    });
    expect(payload).toMatchObject({ sub: 'alice', name: 'Alice A', email: 'a@example.com', groups: ['operators', 'night'] });
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(90);
  });

  it('never overwrites, exit code 2', async () => {
    const cwd = makeFolder({ 'ticket-key.jwks.json': 'kept', secret: 'kept' });
    const [pair, secret] = await Promise.all([
      runCli(['keygen', '--out', '.'], { cwd }),
      runCli(['keygen', '--secret', '--out', 'secret'], { cwd }),
    ]);
    expect([pair.code, secret.code]).toEqual([2, 2]);
    expect(readFileSync(join(cwd, 'ticket-key.jwks.json'), 'utf8')).toBe('kept');
    expect(readFileSync(join(cwd, 'secret'), 'utf8')).toBe('kept');
    expect(() => statSync(join(cwd, 'ticket-key.private.json'))).toThrow(/ENOENT/);
  });

  it('SEC-D10.3 writes a secret to a file of its owner without printing it', async () => {
    const cwd = makeFolder();
    const { code, stdout, stderr } = await runCli(['keygen', '--secret', '--out', 'session.secret'], { cwd });
    expect(code).toBe(0);
    const file = join(cwd, 'session.secret');
    const secret = readFileSync(file, 'utf8').trimEnd();
    expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
    expect(findWeakness(Buffer.from(secret))).toBeUndefined();
    expect(stdout + stderr).not.toContain(secret);
    if (process.platform !== 'win32') expect(modeOf(file)).toBe(0o600);
  });

  it('prints a secret when asked to, and only then', async () => {
    const [asked, unasked] = await Promise.all([runCli(['keygen', '--secret', '--print']), runCli(['keygen', '--secret'])]);
    expect(asked.stdout).toMatch(/^[\w-]{43}\n$/);
    expect(unasked).toMatchObject({ code: 2, stdout: '' });
  });
});

describe('framegate ticket', () => {
  it('SEC-D10.3 says what is wrong without showing the key, exit code 2', async () => {
    const cwd = makeFolder({
      short: 'canary-7f3a91',
      broken: '{"kty":"OKP","d":"canary-7f3a91"',
      odd: '{"kty":"OKP","crv":"Ed25519","d":"canary-7f3a91"}',
    });
    for (const args of [['--key', 'short'], ['--key', 'broken'], ['--key', 'odd'], ['--key', 'nowhere'], []]) {
      const { code, stdout, stderr } = await runCli(['ticket', ...args, ...WHO], { cwd });
      expect({ code, stdout }, args.join(' ')).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(/^framegate ticket: /);
      expect(stderr).not.toContain('canary');
    }
  });

  it('signs with a shared secret, one line break at its end removed', async () => {
    const secret = 'w9Yx0Qf3vTzKq7RmJc2hLbN8sUeA4dGi';
    const cwd = makeFolder({ key: `${secret}\n` });
    const { stdout } = await runCli(['ticket', '--key', 'key', ...WHO], { cwd });
    await expect(jwtVerify(stdout.trimEnd(), Buffer.from(secret))).resolves.toMatchObject({ protectedHeader: { alg: 'HS256' } });
  });

  it('refuses what framegate would refuse, exit code 2', async () => {
    const cwd = makeFolder({ key: 'w9Yx0Qf3vTzKq7RmJc2hLbN8sUeA4dGi' });
    const long = await runCli(['ticket', '--key', 'key', ...WHO, '--lifetime', '1h'], { cwd });
    expect(long).toMatchObject({ code: 2, stdout: '' });
    expect(long.stderr).toContain('lifetime');
  });
});

describe('framegate hash-password', () => {
  it('hashes what comes in, without the line break at its end', async () => {
    const { code, stdout } = await runCli(['hash-password'], { input: ' correct horse battery staple \n' });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$\S+\n$/);
    expect(await verifyPassword(stdout.trimEnd(), ' correct horse battery staple ')).toBe(true);
  });

  it.each([
    ['too short', 'seven77'],
    ['too long', 'x'.repeat(1025)],
    ['empty', ''],
    ['not UTF-8', Buffer.from('ff41424344454647484950', 'hex')],
  ])('SEC-D9.2 refuses a password that is %s, exit code 2', async (_name, input) => {
    const { code, stdout, stderr } = await runCli(['hash-password'], { input });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    if (input.length > 0) expect(stderr).not.toContain(String(input));
  });
});
