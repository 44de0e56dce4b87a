import { describe, expect, it } from 'vitest';
import { findPrototypeKeys, parseConfigDocument } from '../../src/config/document.ts';

const CANARY = 'canary-7f3a91';

function problemsOf(text: string, name = 'framegate.yaml'): string[] {
  const result = parseConfigDocument(text, name);
  return 'problems' in result ? result.problems.map((problem) => `${problem.path}: ${problem.what}`) : [];
}

describe('parseConfigDocument', () => {
  it('reads YAML 1.2, where "yes" is text', () => {
    expect(parseConfigDocument('a: yes\nb: [1, true, null]\n', 'f.yaml')).toEqual({ value: { a: 'yes', b: [1, true, null] } });
  });

  it('reads JSON by extension, indented with tabs or not', () => {
    expect(parseConfigDocument('{\n\t"a": [1]\n}', 'f.json')).toEqual({ value: { a: [1] } });
  });

  it('takes an empty file for an empty configuration', () => {
    expect(parseConfigDocument('# nothing\n', 'f.yaml')).toEqual({ value: {} });
  });

  it.each([
    { name: 'a key twice', text: 'a: 1\nb: 2\na: 3\n', says: 'framegate.yaml line 3, column 1: has the same key twice' },
    { name: 'several documents', text: 'a: 1\n---\na: 2\n', says: 'framegate.yaml line 2, column 1: holds more than one document' },
    { name: 'another YAML version', text: '%YAML 1.1\n---\na: yes\n', says: 'framegate.yaml: asks for another YAML version' },
    { name: 'a custom tag', text: 'a: !secret x\n', says: 'framegate.yaml line 1, column 12: has a tag' },
    { name: 'binary data', text: 'a: !!binary aGk=\n', says: 'framegate.yaml line 1, column 13: has a tag' },
    { name: 'a code tag', text: 'a: !!js/function x\n', says: 'framegate.yaml line 1, column 18: has a tag' },
    { name: 'a key that is a list', text: '? [a]\n: 1\n', says: 'framegate.yaml line 1, column 3: has a key that is not text' },
  ])('refuses $name', ({ text, says }) => {
    expect(problemsOf(text)).toEqual([says]);
  });

  it.each(['__proto__', 'constructor', 'prototype'])('SEC-B19.1 refuses the key %s at any depth, in YAML and JSON', (key) => {
    expect(problemsOf(`a:\n  - b:\n      ${key}: { isAdmin: true }\n`)).toEqual([`framegate.yaml line 3, column 7: has the key "${key}"`]);
    expect(problemsOf(`{"a":{"${key}":{"isAdmin":true}}}`, 'f.json')).toHaveLength(1);
    expect(({} as Record<string, unknown>)['isAdmin']).toBeUndefined();
  });

  it('SEC-B19.1 finds such keys in an object given in code', () => {
    const input: unknown = JSON.parse('{"upstreams":{"a":[{"__proto__":{}}]}}');
    expect(findPrototypeKeys(input).map((problem) => problem.path)).toEqual(['upstreams.a[0].__proto__']);
    expect(findPrototypeKeys({ upstreams: { a: {} } })).toEqual([]);
  });

  it('refuses a duplicate key in JSON too, where JSON.parse would take the last', () => {
    expect(problemsOf('{"a":1,"a":2}', 'f.json')).toHaveLength(1);
  });

  it('refuses anchors that expand without end or without measure', () => {
    expect(problemsOf('a: &a { b: *a }\n')[0]).toMatch(/anchor/);
    const rows = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let row = 1; row < 9; row++)
      rows.push(
        `a${row}: &a${row} [${Array(10)
          .fill(`*a${row - 1}`)
          .join(', ')}]`,
      );
    expect(problemsOf(rows.join('\n'))[0]).toMatch(/anchor/);
  });

  it('refuses more than 1 MiB', () => {
    expect(problemsOf(`a: ${'x'.repeat(1024 * 1024)}`)).toEqual(['framegate.yaml: is larger than 1 MiB']);
  });

  it.each([
    `session: { secret: "${CANARY}\n`,
    `session:\n  secret: *${CANARY}\n`,
    `session:\n  secret: !${CANARY} x\n`,
    `session:\n\tsecret: ${CANARY}\n`,
    `session: { secret: ${CANARY}`,
    `secret: ${CANARY}: ${CANARY}\n`,
    `secret: @${CANARY}\n`,
  ])('SEC-B21.2 never quotes the line that it cannot read: %j', (text) => {
    const result = parseConfigDocument(text, 'f.yaml');
    expect(result).toHaveProperty('problems');
    expect(JSON.stringify(result)).not.toContain(CANARY);
  });

  it('SEC-B21.2 never quotes JSON that it cannot read', () => {
    const result = parseConfigDocument(`{"secret": ${CANARY}}`, 'f.json');
    expect(result).toHaveProperty('problems');
    expect(JSON.stringify(result)).not.toContain(CANARY);
  });
});
