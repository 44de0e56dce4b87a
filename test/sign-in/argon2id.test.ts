import { describe, expect, it } from 'vitest';
import { isPasswordHash, parsePasswordHash } from '../../src/kernel/password-hash.ts';
import { createDummyHash, hashPassword, verifyPassword } from '../../src/sign-in/argon2id.ts';

describe('argon2id', () => {
  it('SEC-D9.1, SEC-F9 hashes with 19456 KiB, two passes, one lane, 16 bytes of salt and 32 of tag', async () => {
    const phc = await hashPassword('correct horse');
    expect(phc).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(isPasswordHash(phc)).toBe(true);
  });

  it('takes the right password and no other', async () => {
    const phc = await hashPassword('correct horse');
    expect(await verifyPassword(phc, 'correct horse')).toBe(true);
    expect(await verifyPassword(phc, 'correct horsf')).toBe(false);
    expect(await verifyPassword(phc, '')).toBe(false);
  });

  it('never makes the same hash twice', async () => {
    expect(await hashPassword('same')).not.toBe(await hashPassword('same'));
  });

  it('SEC-D9.2 changes nothing about the password: case, spaces and Unicode forms count', async () => {
    const phc = await hashPassword(' Caf\u00e9 ');
    expect(await verifyPassword(phc, ' Caf\u00e9 ')).toBe(true);
    expect(await verifyPassword(phc, 'Caf\u00e9')).toBe(false);
    expect(await verifyPassword(phc, ' caf\u00e9 ')).toBe(false);
    expect(await verifyPassword(phc, ' Cafe\u0301 ')).toBe(false);
  });

  it('takes a password of 1024 bytes whole', async () => {
    const phc = await hashPassword('x'.repeat(1024));
    expect(await verifyPassword(phc, 'x'.repeat(1024))).toBe(true);
    expect(await verifyPassword(phc, 'x'.repeat(1023))).toBe(false);
  });

  it('hashes bytes as the text that they spell', async () => {
    expect(await verifyPassword(await hashPassword(Buffer.from('caf\u00e9')), 'caf\u00e9')).toBe(true);
  });

  it('reads what the reference implementation wrote (its test.c: password, somesalt)', async () => {
    const phc = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';
    expect(await verifyPassword(phc, 'password')).toBe(true);
    expect(await verifyPassword(phc, 'Password')).toBe(false);
  });

  it('takes no password for a text that is not argon2id', async () => {
    expect(await verifyPassword('password', 'password')).toBe(false);
    expect(await verifyPassword('', '')).toBe(false);
  });

  it('SEC-R10 makes a dummy hash of the same cost that no password has', async () => {
    const like = '$argon2id$v=19$m=12288,t=3,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';
    expect(parsePasswordHash(createDummyHash([like]))?.cost).toEqual({ memoryKib: 12288, passes: 3, lanes: 1 });
    const stronger = like.replace('m=12288,t=3', 'm=65536,t=2');
    expect(parsePasswordHash(createDummyHash([like, stronger, like]))?.cost).toEqual({ memoryKib: 65536, passes: 2, lanes: 1 });
    expect(parsePasswordHash(createDummyHash([]))?.cost).toEqual({ memoryKib: 19456, passes: 2, lanes: 1 });
    expect(await verifyPassword(createDummyHash([]), '')).toBe(false);
  });
});
