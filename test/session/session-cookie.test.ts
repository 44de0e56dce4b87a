// The Cookie header is the client's to write: what is not exactly one session cookie that we signed is nobody's.

import { sign } from 'cookie-signature';
import { describe, expect, it } from 'vitest';
import { createSessionIdReader, findSessionCookies, readSessionId } from '../../src/session/session-cookie.ts';

const KEY = 'a'.repeat(64);
const signed = (id: string, key = KEY): string => encodeURIComponent(`s:${sign(id, key)}`);
const cookie = (id: string, key = KEY): string => `__Host-framegate=${signed(id, key)}`;

describe('readSessionId', () => {
  it('reads the id of a signed cookie, wherever it stands in the header', () => {
    expect(readSessionId(cookie('id-1'), [KEY])).toBe('id-1');
    expect(readSessionId(`a=b; ${cookie('id-1')}; c=d`, [KEY])).toBe('id-1');
    expect(readSessionId(`a=b;${cookie('id-1')}`, [KEY])).toBe('id-1');
  });

  it('SEC-D10.2 verifies with each of the keys', () => {
    expect(readSessionId(cookie('id-1', 'old'), ['new', 'old'])).toBe('id-1');
    expect(readSessionId(cookie('id-1', 'new'), ['new', 'old'])).toBe('id-1');
    expect(readSessionId(cookie('id-1', 'older'), ['new', 'old'])).toBeUndefined();
  });

  it.each([
    { name: 'no header', header: undefined },
    { name: 'an empty header', header: '' },
    { name: 'no session cookie', header: 'a=b' },
    { name: 'an empty value', header: '__Host-framegate=' },
    { name: 'no signature', header: '__Host-framegate=s%3Aid-1' },
    { name: 'no prefix of a signed value', header: `__Host-framegate=${encodeURIComponent(sign('id-1', KEY))}` },
    { name: 'a name in another case', header: cookie('id-1').replace('__Host-', '__host-') },
    { name: 'a name that only begins like ours', header: cookie('id-1').replace('framegate=', 'framegate-tx=') },
    { name: 'a percent-encoding that is none', header: '__Host-framegate=s%3' },
    { name: 'a name without a value', header: '__Host-framegate' },
  ])('SEC-B5.1 knows nobody by $name', ({ header }) => {
    expect(readSessionId(header, [KEY])).toBeUndefined();
  });

  it('SEC-B5.1 knows nobody by a cookie of which one character was changed', () => {
    const value = signed('id-1');
    for (let index = 0; index < value.length; index += 1) {
      const changed = value.slice(0, index) + (value[index] === 'x' ? 'y' : 'x') + value.slice(index + 1);
      expect(readSessionId(`__Host-framegate=${changed}`, [KEY]), changed).toBeUndefined();
    }
  });

  it.each([
    { name: 'both of ours', header: `${cookie('id-1')}; ${cookie('id-2')}` },
    { name: 'the same twice', header: `${cookie('id-1')}; ${cookie('id-1')}` },
    { name: 'a tossed one first', header: `__Host-framegate=tossed; ${cookie('id-1')}` },
    { name: 'a tossed one last', header: `${cookie('id-1')}; __Host-framegate=tossed` },
  ])('SEC-B5.2 two session cookies are nobody: $name', ({ header }) => {
    expect(readSessionId(header, [KEY])).toBeUndefined();
    expect(findSessionCookies(header)).toHaveLength(2);
  });

  it('SEC-B5.4, SEC-B19.1 cookies named __proto__ or constructor change nothing', () => {
    expect(readSessionId('__proto__=x; constructor=y', [KEY])).toBeUndefined();
    expect(readSessionId(`__proto__=x; ${cookie('id-1')}; constructor=y`, [KEY])).toBe('id-1');
  });
});

describe('createSessionIdReader', () => {
  /** Says what it hashes: what is remembered is not hashed again. */
  function createReader(keys = [KEY]) {
    const hashed: string[] = [];
    const read = createSessionIdReader(keys, (id) => {
      hashed.push(id);
      return `hash of ${id}`;
    });
    return { read, hashed };
  }

  it('verifies a cookie once, whatever stands beside it', () => {
    const { read, hashed } = createReader();
    for (const header of [cookie('id-1'), `a=b; ${cookie('id-1')}`, `a=b;${cookie('id-1')} ; c=d`])
      expect(read(header)).toBe('hash of id-1');
    expect(hashed).toEqual(['id-1']);
  });

  it('remembers no other spelling of a cookie, of which a client can make any number', () => {
    const { read, hashed } = createReader();
    const spelled = cookie('id-1').replace('id-1', '%69d-1');
    for (let round = 0; round < 3; round += 1) expect(read(spelled)).toBe('hash of id-1');
    expect(hashed).toEqual(['id-1', 'id-1', 'id-1']);
  });

  it('SEC-B5.1, SEC-B5.2 knows nobody by a changed one or by two, also after it has verified one', () => {
    const { read } = createReader();
    const valid = cookie('id-1');
    expect(read(valid)).toBe('hash of id-1');
    for (const header of [
      `${valid}x`,
      `${valid}; ${valid}`,
      `${valid}; __Host-framegate=tossed`,
      `__Host-framegate=tossed; ${valid}`,
      `${valid};__Host-framegate =tossed`,
      `x=${valid}`,
      `x${valid}`,
      undefined,
    ])
      expect(read(header), header).toBeUndefined();
  });

  it('is not confused by a cookie whose name begins like ours', () => {
    const { read } = createReader();
    expect(read(`__Host-framegate-tx=1; ${cookie('id-1')}`)).toBe('hash of id-1');
    expect(read(`${cookie('id-1')}; __Host-framegate-tx=1`)).toBe('hash of id-1');
  });
});
