import { describe, expect, it } from 'vitest';
import { createSeal } from '../../src/kernel/seal.ts';

describe('createSeal', () => {
  const seal = createSeal(['first', 'second']);

  it('opens what it closed, at the same place', () => {
    expect(seal.open('a', seal.close('a', '{"x":"1.2\n3"}'))).toBe('{"x":"1.2\n3"}');
    expect(seal.open('a', seal.close('a', ''))).toBe('');
  });

  it('opens nothing at another place, however the two are cut', () => {
    expect(seal.open('b', seal.close('a', 'text'))).toBeUndefined();
    expect(seal.open('a', seal.close('ab', 'c').replace('.c', '.bc'))).toBeUndefined();
  });

  it('accepts every key, and seals with the first', () => {
    expect(seal.open('a', createSeal(['second']).close('a', 'text'))).toBe('text');
    expect(createSeal(['second']).open('a', seal.close('a', 'text'))).toBeUndefined();
  });

  it.each(['', '.', 'text', '.text', 'AAAA.text', `${'A'.repeat(43)}.text`])('opens nothing of %j', (sealed) => {
    expect(seal.open('a', sealed)).toBeUndefined();
  });

  it('needs a key', () => {
    expect(() => createSeal([])).toThrow('key');
  });
});
