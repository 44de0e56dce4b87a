// What counts without making objects, and what bounds it.

import { describe, expect, it } from 'vitest';
import { Counts } from '../../src/observe/counts.ts';
import { DurationCounts } from '../../src/observe/duration-counts.ts';
import { UpstreamMeter } from '../../src/observe/meters.ts';

describe('Counts', () => {
  it('counts each pair by itself', () => {
    const counts = new Counts();
    for (const [first, second] of [
      ['a', 'x'],
      ['a', 'y'],
      ['b', 'x'],
      ['a', 'x'],
    ] as const)
      counts.add(first, second);
    expect([...counts.byTwo()]).toEqual([
      [['a', 'x'], 2],
      [['a', 'y'], 1],
      [['b', 'x'], 1],
    ]);
  });

  it('is bounded: what comes when it is full is counted together, what was known before by itself', () => {
    const counts = new Counts();
    for (let word = 0; word < 1000; word += 1) counts.add(`word ${word}`);
    counts.add('word 3');
    const all = [...counts.byOne()];
    expect(all).toHaveLength(201);
    expect(all).toContainEqual([['word 3'], 2]);
    expect(all.at(-1)).toEqual([['other'], 800]);
  });

  it('takes the names that objects have for words', () => {
    const counts = new Counts();
    counts.add('__proto__', 'constructor');
    expect([...counts.byTwo()]).toEqual([[['__proto__', 'constructor'], 1]]);
  });
});

describe('DurationCounts', () => {
  it('counts under each bound what is not above it, and all', () => {
    const counts = new DurationCounts([10, 100]);
    for (const ms of [0, 10, 11, 100, 101, -5]) counts.add(ms);
    expect(counts.cumulative()).toEqual([3, 5, 6]);
    expect(counts.sumMs).toBe(222);
  });
});

describe('UpstreamMeter', () => {
  it('counts requests by outcome and class of status, whatever the status', () => {
    const meter = new UpstreamMeter();
    for (const status of [101, 204, 299, 304, 404, 599, 0, 999]) meter.countRequest('allowed', status);
    meter.countRequest('denied', 403);
    expect(Object.fromEntries([...meter.requests()].map(([words, count]) => [words.join(' '), count]))).toEqual({
      'allowed 1xx': 2,
      'allowed 2xx': 2,
      'allowed 3xx': 1,
      'allowed 4xx': 1,
      'allowed 5xx': 2,
      'denied 4xx': 1,
    });
  });
});
