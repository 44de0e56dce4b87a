// Keys in files change without a restart. Real files; the clock is moved by hand.

import { generateKeyPairSync, type KeyObject, randomBytes, sign as signBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseKeyFile } from '../../src/config/key-file.ts';
import { isFault } from '../../src/config/public-key.ts';
import type { KeyFileFormat } from '../../src/config/ticket-issuer.ts';
import type { LogFields } from '../../src/kernel/log.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { refusalOf } from './kit.ts';
import { ed25519, from, issuerWith, jwkOf, keySetOf, pemOf, setUp, signRaw } from './ticket-kit.ts';

const next = generateKeyPairSync('ed25519');

function setUpFiles(format: KeyFileFormat, contents: readonly (string | Buffer)[], algorithms = ['EdDSA']) {
  const folder = mkdtempSync(join(tmpdir(), 'framegate-keys-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const files = contents.map((content, index) => {
    const file = join(folder, `key-${index}`);
    writeFileSync(file, content);
    return file;
  });
  const keys = contents.flatMap((content) => {
    const parsed = parseKeyFile(format, Buffer.from(content), algorithms);
    if (isFault(parsed)) throw new Error(parsed.what);
    return parsed;
  });
  const lines: { event: string; fields: LogFields | undefined }[] = [];
  const record = (event: string, fields?: LogFields): void => void lines.push({ event, fields });
  const log = { ...silentLog, info: record, warn: record };
  const kit = setUp({ issuers: [issuerWith({ kind: 'files', format, files, keys }, algorithms)], log });
  const signBy = (key: KeyObject, kid?: string): string =>
    signRaw(JSON.stringify({ alg: 'EdDSA', typ: 'framegate-ticket+jwt', kid }), JSON.stringify(kit.claims()), (input) =>
      signBytes(null, input, key),
    );
  /** `in`, or why not. */
  const enter = (ticket: string): Promise<string> =>
    kit.signIn.verify(ticket, from).then(
      () => 'in',
      async () => (await refusalOf(kit.signIn.verify(ticket, from))).reason ?? '',
    );
  return { ...kit, folder, file: files[0] ?? '', files, lines, signBy, enter };
}

describe('a key set in a file', () => {
  const setOf = (...keys: [KeyObject, string][]) => JSON.stringify(keySetOf(...keys.map(([key, kid]) => jwkOf(key, kid))));

  it('changes a second later, without a restart: a new key counts, and one that was taken out does not', async () => {
    const { file, clock, enter, signBy, lines } = setUpFiles('key-set', [setOf([ed25519.publicKey, 'k1'])]);
    expect(await enter(signBy(ed25519.privateKey, 'k1'))).toBe('in');
    writeFileSync(file, setOf([next.publicKey, 'k2']));
    clock.advance(999);
    expect(await enter(signBy(next.privateKey, 'k2'))).toBe('kid-unknown');
    clock.advance(1);
    expect(await enter(signBy(next.privateKey, 'k2'))).toBe('in');
    expect(await enter(signBy(ed25519.privateKey, 'k1'))).toBe('kid-unknown');
    expect(lines).toEqual([{ event: 'ticket-keys.changed', fields: { issuer: 'https://host.test', keys: 1 } }]);
  });

  it('changes where the file is a link that is moved, as Kubernetes does, and where size and time stay the same', async () => {
    const kit = setUpFiles('key-set', [setOf([ed25519.publicKey, 'k1'])]);
    const { folder, file, clock, enter, signBy } = kit;
    await enter(signBy(ed25519.privateKey, 'k1'));
    for (const [name, key] of [
      ['a', ed25519],
      ['b', next],
    ] as const) {
      writeFileSync(join(folder, name), setOf([key.publicKey, 'k1']));
      utimesSync(join(folder, name), 1, 1);
    }
    unlinkSync(file);
    symlinkSync('a', file);
    clock.advance(1000);
    expect(await enter(signBy(ed25519.privateKey, 'k1'))).toBe('in');
    symlinkSync('b', `${file}.new`);
    renameSync(`${file}.new`, file);
    clock.advance(1000);
    expect(await enter(signBy(next.privateKey, 'k1'))).toBe('in');
    expect(await enter(signBy(ed25519.privateKey, 'k1'))).toBe('signature');
  });

  const bad = [
    { name: 'half of it', content: setOf([next.publicKey, 'k2']).slice(0, 50), says: 'is not JSON' },
    { name: 'nothing', content: '', says: 'is not JSON' },
    { name: 'SEC-B15.6 a private key', content: setOf([next.privateKey, 'k2']), says: 'is a private key' },
    {
      name: 'a key that the algorithms do not fit',
      content: setOf([generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey, 'k2']),
      says: 'does not fit',
    },
  ];

  it.each(bad)('keeps the last good keys while the file holds $name, says so once, and heals', async ({ content, says }) => {
    const { file, clock, enter, signBy, lines } = setUpFiles('key-set', [setOf([ed25519.publicKey, 'k1'])]);
    await enter(signBy(ed25519.privateKey, 'k1'));
    writeFileSync(file, content);
    for (let second = 1; second <= 3; second += 1) {
      clock.advance(1000);
      expect(await enter(signBy(ed25519.privateKey, 'k1'))).toBe('in');
    }
    expect(lines).toEqual([{ event: 'ticket-keys.failed', fields: expect.objectContaining({ problem: expect.stringContaining(says) }) }]);
    expect(JSON.stringify(lines)).not.toContain(String(next.privateKey.export({ format: 'jwk' }).d));
    writeFileSync(file, setOf([next.publicKey, 'k2']));
    clock.advance(1000);
    expect(await enter(signBy(next.privateKey, 'k2'))).toBe('in');
  });

  it('keeps the last good keys while the file is away', async () => {
    const { file, clock, enter, signBy, lines } = setUpFiles('key-set', [setOf([ed25519.publicKey, 'k1'])]);
    await enter(signBy(ed25519.privateKey, 'k1'));
    renameSync(file, `${file}.away`);
    for (let second = 1; second <= 2; second += 1) {
      clock.advance(1000);
      expect(await enter(signBy(ed25519.privateKey, 'k1'))).toBe('in');
    }
    expect(lines.map(({ event }) => event)).toEqual(['ticket-keys.failed']);
    writeFileSync(file, setOf([next.publicKey, 'k2']));
    chmodSync(file, 0o600);
    clock.advance(1000);
    expect(await enter(signBy(next.privateKey, 'k2'))).toBe('in');
  });

  it('is looked at once, however many tickets come at the same time', async () => {
    const { file, clock, enter, signBy, lines } = setUpFiles('key-set', [setOf([ed25519.publicKey, 'k1'])]);
    await enter(signBy(ed25519.privateKey, 'k1'));
    writeFileSync(file, setOf([next.publicKey, 'k2']));
    clock.advance(1000);
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => enter(signBy(next.privateKey, 'k2'))));
    expect(outcomes).toEqual(Array.from({ length: 20 }, () => 'in'));
    expect(lines).toHaveLength(1);
  });
});

describe('public keys in PEM files', () => {
  it('are each tried, so that two hold while one replaces the other', async () => {
    const { enter, signBy } = setUpFiles('pem', [pemOf(ed25519.publicKey), pemOf(next.publicKey)]);
    expect(await enter(signBy(ed25519.privateKey))).toBe('in');
    expect(await enter(signBy(next.privateKey, 'any'))).toBe('in');
    expect(await enter(signBy(generateKeyPairSync('ed25519').privateKey))).toBe('signature');
  });

  it('all stay in force when one of them becomes bad', async () => {
    const { files, clock, enter, signBy } = setUpFiles('pem', [pemOf(ed25519.publicKey), pemOf(next.publicKey)]);
    await enter(signBy(ed25519.privateKey));
    writeFileSync(files[0] ?? '', pemOf(generateKeyPairSync('ed25519').publicKey));
    writeFileSync(files[1] ?? '', 'nonsense');
    clock.advance(1000);
    expect([await enter(signBy(ed25519.privateKey)), await enter(signBy(next.privateKey))]).toEqual(['in', 'in']);
  });
});

describe('shared secrets in files', () => {
  const sign = (kit: { claims: () => Record<string, unknown> }, secret: Buffer): Promise<string> =>
    new SignJWT(kit.claims()).setProtectedHeader({ alg: 'HS256', typ: 'framegate-ticket+jwt' }).sign(secret);
  const makeSecret = (): string => randomBytes(32).toString('base64url');

  it('change without a restart, and two hold for a while', async () => {
    const [old, fresh] = [makeSecret(), makeSecret()];
    const kit = setUpFiles('secret', [`${old}\n`, fresh], ['HS256']);
    const inBy = async (secret: string): Promise<string> => kit.enter(await sign(kit, Buffer.from(secret)));
    expect([await inBy(old), await inBy(fresh)]).toEqual(['in', 'in']);
    const last = makeSecret();
    writeFileSync(kit.file, `${last}\r\n`);
    kit.clock.advance(1000);
    expect([await inBy(old), await inBy(fresh), await inBy(last)]).toEqual(['signature', 'in', 'in']);
  });

  it('SEC-J2 never become one below 32 bytes', async () => {
    const secret = makeSecret();
    const kit = setUpFiles('secret', [secret], ['HS256']);
    await kit.enter(await sign(kit, Buffer.from(secret)));
    writeFileSync(kit.file, 'canary-secret');
    kit.clock.advance(1000);
    expect(await kit.enter(await sign(kit, Buffer.from(secret)))).toBe('in');
    expect(JSON.stringify(kit.lines)).toContain('is shorter than 32 bytes');
    expect(JSON.stringify(kit.lines)).not.toContain('canary');
  });
});
