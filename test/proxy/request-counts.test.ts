// Counts per session come and go with every request, and the memory of those that are gone does not stay.

import { describe, expect, it } from 'vitest';
import { RequestCounts } from '../../src/proxy/request-counts.ts';

describe('the requests under way', () => {
  it('are counted for each session', () => {
    const counts = new RequestCounts();
    for (const key of ['a', 'a', 'b']) counts.add(key);
    expect([counts.of('a'), counts.of('b'), counts.of('c')]).toEqual([2, 1, 0]);
    counts.remove('a');
    counts.remove('b');
    expect([counts.of('a'), counts.of('b')]).toEqual([1, 0]);
  });

  it('of a session that has ended leave nothing, once they are over', () => {
    const counts = new RequestCounts();
    counts.add('a');
    counts.forget('a');
    expect(counts.of('a')).toBe(1);
    counts.remove('a');
    counts.forget('a');
    expect(counts.size).toBe(0);
  });

  it('of half a million sessions in turn are no half a million entries, and none under way is forgotten', () => {
    const counts = new RequestCounts();
    for (let index = 0; index < 500; index += 1) counts.add(`open-${index}`);
    for (let index = 0; index < 500_000; index += 1) {
      counts.add(`s-${index}`);
      counts.remove(`s-${index}`);
    }
    expect(counts.size).toBeLessThanOrEqual(131_072);
    for (let index = 0; index < 500; index += 1) expect(counts.of(`open-${index}`)).toBe(1);
  });
});
