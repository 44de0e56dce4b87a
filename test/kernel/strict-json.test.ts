import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseStrictJson } from '../../src/kernel/strict-json.ts';

describe('parseStrictJson', () => {
  it.each([
    { name: 'equal keys', text: '{"a":1,"a":1}' },
    { name: 'equal keys in another spelling', text: '{"a":1,"\\u0061":2}' },
    { name: 'equal keys in a nested object', text: '{"a":{"b":1,"b":2}}' },
    { name: 'equal keys in a list', text: '{"a":[[{"b":1,"b":2}]]}' },
    { name: 'equal keys after a nested value', text: '{"a":{"b":1},"c":[1,"a"],"a":2}' },
    { name: 'equal keys __proto__', text: '{"__proto__":1,"__proto__":2}' },
    { name: 'equal empty keys', text: '{"":1,"":2}' },
    { name: 'equal keys with a quote inside', text: '{"\\"":1,"\\u0022":2}' },
  ])('SEC-B14.14 finds $name', ({ text }) => {
    expect(parseStrictJson(text).kind).toBe('duplicate-key');
  });

  it.each([
    '{"a":"a","b":"a"}',
    '{"a":{"a":1},"b":{"a":1}}',
    '{"a":["a","a","a"]}',
    '{"a":"\\"a\\":1,\\"a\\":2"}',
    '{"a":"{","b":"}"}',
    '{}',
  ])('takes %s', (text) => {
    expect(parseStrictJson(text)).toEqual({ kind: 'object', value: JSON.parse(text) });
  });

  it.each(['', '1', 'null', '[]', '"a"', '{', "{'a':1}", '{"a":1,}', `${'{"a":'.repeat(33)}1${'}'.repeat(33)}`])('refuses %j', (text) => {
    expect(parseStrictJson(text).kind).toBe('malformed');
  });

  it('takes whatever JSON.stringify writes, and finds any key of it that is put in twice', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 })), (value) => {
        const text = JSON.stringify(value);
        expect(parseStrictJson(text)).toEqual({ kind: 'object', value: JSON.parse(text) });
        const [key] = Object.keys(value);
        if (key === undefined) return;
        expect(parseStrictJson(text.replace('{', () => `{${JSON.stringify(key)}:0,`)).kind).toBe('duplicate-key');
      }),
      { numRuns: 200 },
    );
  });
});
