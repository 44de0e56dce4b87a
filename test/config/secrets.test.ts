import { randomBytes } from 'node:crypto';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findWeakness } from '../../src/config/weak-secret.ts';
import { BASE, check, checkInput, makeFolder, OTHER_SECRET, resolved, SECRET } from './base-config.ts';

const weaknessOf = (text: string): string | undefined => findWeakness(Buffer.from(text));

describe('findWeakness', () => {
  it.each([
    ['', 'is empty'],
    ['x9Kq2mVb7Zt4Rw1Yc8Lp5Nd3Hf6Jg0S', 'is shorter than 32 bytes (31)'],
    ['changeme', 'is a placeholder'],
    ['please-Change_Me-please-0123456789abcdef', 'is a placeholder'],
    ['keyboard cat keyboard dog keyboard mouse', 'is a placeholder'],
    ['this-is-an-example-of-a-session-secret-1', 'is a placeholder'],
    ['your-secret-goes-here-your-secret-goes-here', 'is a placeholder'],
    ['a'.repeat(64), 'has too few different characters'],
    ['abcabcabcabcabcabcabcabcabcabcabcabc', 'has too few different characters'],
    ['qX7!mB2zK9'.repeat(4), 'repeats a short piece'],
    ['0123456789abcdefghijklmnopqrstuvwxyz', 'is a row of neighbouring characters'],
    ['zyxwvutsrqponmlkjihgfedcba9876543210', 'is a row of neighbouring characters'],
  ])('SEC-J5 refuses %j', (text, says) => {
    expect(weaknessOf(text)).toContain(says);
  });

  it('SEC-J2 counts bytes, not characters', () => {
    expect(weaknessOf(SECRET.slice(0, 31))).toBe('is shorter than 32 bytes (31)');
    expect(weaknessOf(SECRET.slice(0, 32))).toBeUndefined();
  });

  it('takes random secrets in every usual form', () => {
    for (let round = 0; round < 200; round++) {
      const bytes = randomBytes(32);
      for (const form of [bytes, ...(['hex', 'base64', 'base64url'] as const).map((encoding) => Buffer.from(bytes.toString(encoding)))]) {
        expect(findWeakness(form), form.toString('hex')).toBeUndefined();
      }
      const short = Buffer.from(randomBytes(16).toString('hex'));
      expect(findWeakness(short), short.toString()).toBeUndefined();
    }
  });

  it('takes words, too', () => {
    expect(weaknessOf('a secret of the tests, 32 bytes or longer')).toBeUndefined();
  });
});

describe('session.secret', () => {
  it('SEC-J5 is random where none is configured: there is no default secret', () => {
    const [one] = resolved({ session: {} }).session.secrets;
    const [other] = resolved({ session: {} }).session.secrets;
    expect(one?.length).toBe(32);
    expect(other !== undefined && one?.equals(other)).toBe(false);
  });

  it('SEC-D10.2 can be a list, in its order', () => {
    const { secrets } = resolved({ session: { secret: [SECRET, OTHER_SECRET] } }).session;
    expect(secrets.map((secret) => secret.revealText())).toEqual([SECRET, OTHER_SECRET]);
    expect(check({ session: { secret: [SECRET, 'short'] } }).problems).toEqual([
      expect.stringMatching(/^session\.secret\[1\]: is shorter/),
    ]);
  });

  it.each([`${SECRET}\n`, `${SECRET}\r\n`, SECRET])('SEC-D10.1 is the text of its file %j without one line break at the end', (content) => {
    const cwd = makeFolder({ s: content });
    expect(resolved({ session: { secretFile: 's' } }, { cwd }).session.secrets[0]?.revealText()).toBe(SECRET);
  });

  it('is never decoded, and keeps all but one line break', () => {
    const cwd = makeFolder({ s: ` ${SECRET}=\n\n` });
    expect(resolved({ session: { secretFile: ['s'] } }, { cwd }).session.secrets[0]?.revealText()).toBe(` ${SECRET}=\n`);
  });

  it('cannot be given twice', () => {
    expect(check({ session: { secret: SECRET, secretFile: 's' } }).problems).toEqual([
      expect.stringMatching(/^session\.secretFile: stands beside session\.secret/),
    ]);
  });

  it('SEC-B21.1 warns about a secret in the file, but not in code or the environment', () => {
    const folder = makeFolder({ 'f.json': JSON.stringify(BASE), 'g.json': JSON.stringify({ ...BASE, session: {} }) });
    expect(checkInput(`${folder}/f.json`, { env: {} }).warnings).toEqual([
      expect.stringMatching(/^session\.secret: is a secret in the configuration file/),
    ]);
    expect(checkInput(`${folder}/g.json`, { env: { FRAMEGATE_SESSION_SECRET: SECRET } }).warnings).toEqual([]);
    expect(check().warnings).toEqual([]);
  });

  it.skipIf(process.platform === 'win32')('SEC-B21.3 warns about a secret file that everybody can read', () => {
    const cwd = makeFolder({ s: SECRET });
    expect(check({ session: { secretFile: 's' } }, { cwd }).warnings).toEqual([]);
    chmodSync(join(cwd, 's'), 0o644);
    expect(check({ session: { secretFile: 's' } }, { cwd }).warnings).toEqual([
      expect.stringContaining('every user of this machine can read'),
    ]);
  });

  it('SEC-D10.3 never shows what a weak file holds', () => {
    const cwd = makeFolder();
    writeFileSync(join(cwd, 's'), 'canary-7f3a91');
    const { problems } = check({ session: { secretFile: 's' } }, { cwd });
    expect(problems).toEqual([expect.stringMatching(/^session\.secretFile: is shorter than 32 bytes \(13\)/)]);
    expect(problems.join()).not.toContain('canary');
  });
});

describe('session lifetimes', () => {
  it('are milliseconds, more than zero, at most 30 days', () => {
    expect(resolved({ session: { ticketIdleTimeout: '2h' } }).session.ticketIdleTimeoutMs).toBe(7_200_000);
    expect(check({ session: { idleTimeout: '0m', absoluteTimeout: '31d' } }).problems).toEqual([
      expect.stringMatching(/^session\.idleTimeout: must be more than zero/),
      expect.stringMatching(/^session\.absoluteTimeout: is too long/),
    ]);
  });

  it('SEC-D2.1 warns about an idle limit that never acts', () => {
    expect(check({ session: { idleTimeout: '9h' } }).warnings).toEqual([expect.stringMatching(/^session\.idleTimeout: is longer/)]);
  });
});
