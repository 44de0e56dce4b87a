// The stand-in for blocked storage, in a window of which only the storage is missing.

import { readFileSync } from 'node:fs';
import { createContext, runInContext, Script } from 'node:vm';
import { describe, expect, it } from 'vitest';

const text = readFileSync(new URL('../../public/storage.js', import.meta.url), 'utf8');
const script = new Script(text);

type StorageKind = 'blocked' | 'null' | 'works';

/** A window; `run` evaluates in it. */
function openWindow(kind: StorageKind) {
  const context = createContext({});
  const run = (code: string): unknown => runInContext(code, context);
  run(`
    var window = globalThis;
    class Storage { get length() { throw new TypeError('Illegal invocation'); } getItem() { throw new TypeError('Illegal invocation'); } }
    Object.defineProperty(Storage.prototype, Symbol.toStringTag, { value: 'Storage' });
    var real = { real: true };
    for (const name of ['localStorage', 'sessionStorage']) {
      Object.defineProperty(window, name, { configurable: true, get() {
        if ('${kind}' === 'blocked') throw new Error('SecurityError');
        return '${kind}' === 'null' ? null : real;
      } });
    }
  `);
  script.runInContext(context);
  return run;
}

describe('the storage stand-in', () => {
  it('is smaller than 3 kB', () => {
    expect(Buffer.byteLength(text)).toBeLessThan(3072);
  });

  it('changes nothing where storage works', () => {
    expect(openWindow('works')('localStorage === real && sessionStorage === real')).toBe(true);
  });

  it.each<StorageKind>(['blocked', 'null'])('stands in where storage is %s', (kind) => {
    const run = openWindow(kind);
    expect(run('localStorage.setItem("a", 1); localStorage.getItem("a")')).toBe('1');
    expect(run('sessionStorage.getItem("a")')).toBe(null);
  });

  it('is one per window and kind', () => {
    const run = openWindow('blocked');
    expect(run('localStorage === window.localStorage && localStorage !== sessionStorage')).toBe(true);
  });

  it.each<[name: string, code: string, result: unknown]>([
    ['keeps texts only', 'localStorage.setItem("a", { x: 1 }); localStorage.getItem("a")', '[object Object]'],
    ['gives null for what is not there', 'localStorage.getItem("a")', null],
    ['takes any key as a text', 'localStorage.setItem(null, undefined); localStorage.getItem("null")', 'undefined'],
    ['removes', 'localStorage.a = 1; localStorage.removeItem("a"); localStorage.getItem("a")', null],
    ['clears', 'localStorage.a = 1; localStorage.b = 1; localStorage.clear(); localStorage.length', 0],
    ['counts', 'localStorage.a = 1; localStorage.setItem("b", 2); localStorage.length', 2],
    [
      'gives keys by number',
      'localStorage.a = 1; localStorage.b = 1; [localStorage.key(1), localStorage.key(2), localStorage.key()].join()',
      'b,,a',
    ],
    ['has keys as properties', 'localStorage.a = 7; localStorage.a + localStorage["a"] + localStorage.getItem("a")', '777'],
    ['has no other properties', 'typeof localStorage.nothing', 'undefined'],
    ['deletes properties', 'localStorage.a = 1; delete localStorage.a; "a" in localStorage', false],
    [
      'knows its keys by `in`',
      'localStorage.a = 1; ["a" in localStorage, "b" in localStorage, "getItem" in localStorage, "length" in localStorage].join()',
      'true,false,true,true',
    ],
    ['lists keys', 'localStorage.b = 1; localStorage.a = 1; Object.keys(localStorage).join()', 'b,a'],
    ['lists entries', 'localStorage.a = 1; JSON.stringify(Object.entries(localStorage))', '[["a","1"]]'],
    [
      'is walked by for-in',
      'localStorage.a = 1; let names = ""; for (const name in localStorage) if (Object.hasOwn(localStorage, name)) names += name; names',
      'a',
    ],
    ['becomes JSON', 'localStorage.a = 1; JSON.stringify(localStorage)', '{"a":"1"}'],
    ['is a Storage', 'localStorage instanceof Storage && String(localStorage)', '[object Storage]'],
    [
      'keeps its methods whatever is stored',
      'localStorage.getItem = "x"; [localStorage.getItem("getItem"), typeof localStorage.getItem].join()',
      'x,function',
    ],
    [
      'SEC-B19.1 keeps __proto__ as a key like others',
      'localStorage.setItem("__proto__", "x"); [localStorage.getItem("__proto__"), localStorage.length, ({}).x].join()',
      'x,1,',
    ],
    ['is defined like a property', 'Object.defineProperty(localStorage, "a", { value: 3 }); localStorage.getItem("a")', '3'],
    ['ignores an assignment to itself', 'window.localStorage = null; typeof localStorage', 'object'],
  ])('%s', (_name, code, result) => {
    expect(openWindow('blocked')(code)).toBe(result);
  });

  it('says no to strict code that deletes or defines nothing wrongly', () => {
    expect(
      openWindow('blocked')('"use strict"; localStorage.a = 1; delete localStorage.a; delete localStorage.b; localStorage.length'),
    ).toBe(0);
  });
});
