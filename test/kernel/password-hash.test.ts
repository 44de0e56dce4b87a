import { describe, expect, it } from 'vitest';
import { formatPasswordHash, isPasswordHash, needsRehash, parsePasswordHash } from '../../src/kernel/password-hash.ts';

const SALT = Buffer.alloc(16, 7).toString('base64').replace(/=+$/, '');
const TAG = Buffer.alloc(32, 9).toString('base64').replace(/=+$/, '');
const phc = (head: string, salt = SALT, tag = TAG): string => `${head}$${salt}$${tag}`;
const GOOD = phc('$argon2id$v=19$m=19456,t=2,p=1');

describe('parsePasswordHash', () => {
  it('reads cost, salt and tag, and writes the same text again', () => {
    const hash = parsePasswordHash(GOOD);
    expect(hash?.cost).toEqual({ memoryKib: 19456, passes: 2, lanes: 1 });
    expect(hash?.salt).toEqual(Buffer.alloc(16, 7));
    expect(hash?.tag).toEqual(Buffer.alloc(32, 9));
    expect(hash && formatPasswordHash(hash)).toBe(GOOD);
  });

  it.each([
    { name: 'argon2i', text: phc('$argon2i$v=19$m=19456,t=2,p=1') },
    { name: 'argon2d', text: phc('$argon2d$v=19$m=19456,t=2,p=1') },
    { name: 'bcrypt', text: '$2b$12$eImiTXuWVxfM37uY4JANjQ.eImiTXuWVxfM37uY4JANjQeImiTXu' },
    { name: 'version 16', text: phc('$argon2id$v=16$m=19456,t=2,p=1') },
    { name: 'no version', text: phc('$argon2id$m=19456,t=2,p=1') },
    { name: 'another order', text: phc('$argon2id$v=19$t=2,m=19456,p=1') },
    { name: 'a further parameter', text: phc('$argon2id$v=19$m=19456,t=2,p=1,keyid=x') },
    { name: 'a leading zero', text: phc('$argon2id$v=19$m=019456,t=2,p=1') },
    { name: 'too little memory', text: phc('$argon2id$v=19$m=7167,t=5,p=1') },
    { name: 'too much memory', text: phc('$argon2id$v=19$m=262145,t=2,p=1') },
    { name: 'no passes', text: phc('$argon2id$v=19$m=19456,t=0,p=1') },
    { name: 'too many passes', text: phc('$argon2id$v=19$m=19456,t=17,p=1') },
    { name: 'too many lanes', text: phc('$argon2id$v=19$m=19456,t=2,p=17') },
    { name: 'a short salt', text: phc('$argon2id$v=19$m=19456,t=2,p=1', 'AAAAAAAA') },
    { name: 'a short tag', text: phc('$argon2id$v=19$m=19456,t=2,p=1', SALT, 'AAAAAAAAAAAAAAAAAAAA') },
    { name: 'padding', text: phc('$argon2id$v=19$m=19456,t=2,p=1', `${SALT}==`) },
    { name: 'unused bits', text: phc('$argon2id$v=19$m=19456,t=2,p=1', `${SALT.slice(0, -1)}x`) },
    { name: 'space around', text: ` ${GOOD}` },
    { name: 'a line end', text: `${GOOD}\n` },
    { name: 'no tag', text: GOOD.slice(0, GOOD.lastIndexOf('$')) },
    { name: 'no text', text: undefined },
  ])('refuses $name', ({ text }) => {
    expect(parsePasswordHash(text)).toBeUndefined();
    expect(isPasswordHash(text)).toBe(false);
  });

  it.each([
    '$argon2id$v=19$m=47104,t=1,p=1',
    '$argon2id$v=19$m=12288,t=3,p=1',
    '$argon2id$v=19$m=7168,t=5,p=1',
    '$argon2id$v=19$m=65536,t=3,p=4',
  ])('takes what OWASP and RFC 9106 recommend: %s', (head) => {
    expect(isPasswordHash(phc(head))).toBe(true);
    expect(needsRehash(phc(head))).toBe(false);
  });

  it('SEC-D9.1 asks for a new hash where the cost is below what OWASP lists', () => {
    expect(needsRehash(phc('$argon2id$v=19$m=19456,t=1,p=1'))).toBe(true);
    expect(needsRehash(phc('$argon2id$v=19$m=7168,t=4,p=1'))).toBe(true);
    expect(needsRehash(GOOD)).toBe(false);
    expect(needsRehash('text')).toBe(false);
  });
});
