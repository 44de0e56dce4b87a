import { describe, expect, it } from 'vitest';
import { createDeniedNames, createGrantedNames } from '../../src/policy/names.ts';

describe('names that a grant is limited to', () => {
  const has = (patterns: string[], name: string) => createGrantedNames(patterns).has(name);

  it.each([
    [['plant-a'], 'plant-a', true],
    [['plant-a'], 'plant-A', false],
    [['plant-a'], 'plant-ab', false],
    [['plant-*'], 'plant-', true],
    [['plant-*'], 'plant-b-2', true],
    [['plant-*'], 'a-plant-b', false],
    [['*-a'], 'plant-a', true],
    [['p*t*a'], 'plant-a', true],
    [['p*t*a'], 'plana', false],
    [['a*a'], 'a', false],
    [['a*b*a'], 'aba', true],
    [['*x*'], 'axb', true],
    [['*'], 'anything', true],
    [[], 'anything', false],
    [['a.c'], 'abc', false],
    [['__proto__'], 'constructor', false],
    [['**/**/**/x'], 'a/b/c/x', true],
  ])('%j has %s: %s', (patterns, name, expected) => {
    expect(has(patterns, name)).toBe(expected);
  });

  it('have no id and no name of the upstream, which may be anything, save where everything is listed', () => {
    for (const alias of ['#7', 'name:prom']) {
      expect(has(['#7', 'name:prom', 'name*', '#*', '*m', '*7'], alias)).toBe(false);
      expect(has(['*'], alias)).toBe(true);
    }
  });

  it('SEC-N5, SEC-B20.2, SEC-B20.3 are compared in linear time, and never when they are longer than any uid', () => {
    const pattern = `${'*a'.repeat(60)}*b`;
    const startedMs = performance.now();
    for (let round = 0; round < 1000; round++) expect(has([pattern], 'a'.repeat(250))).toBe(false);
    expect(has(['a*'], 'a'.repeat(8192))).toBe(false);
    // A matcher that goes back and forth would take hours.
    expect(performance.now() - startedMs).toBeLessThan(2000);
  });
});

describe('names that a denial is limited to', () => {
  const has = (patterns: string[], name: string) => createDeniedNames(patterns).has(name);

  it.each(['hr', 'HR', 'Hr'])('SEC-P8 are compared without case: %s', (name) => {
    expect(has(['hR'], name)).toBe(true);
    expect(has(['h*'], name)).toBe(true);
  });

  it.each(['#7', 'name:plant', ' plant', 'plant ', 'pl\u00e4nt', '', 'x'.repeat(257), 'a\tb'])(
    'have whatever the upstream could take for one of them: %j',
    (name) => {
      expect(has(['hr'], name)).toBe(true);
    },
  );

  it('do not have others', () => {
    expect(has(['hr'], 'plant-a')).toBe(false);
    expect(has(['hr*'], 'plant-hr')).toBe(false);
    expect(has([], 'plant-a')).toBe(false);
  });
});
