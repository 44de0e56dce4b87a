// Requests come and go, and what is kept of those that are gone is bounded.

import { describe, expect, it } from 'vitest';
import type { Bagged } from '../../src/kernel/bag.ts';
import { SessionLoads } from '../../src/proxy/session-load.ts';

describe('what sessions have under way', () => {
  it('is kept apart, until the session has ended and it is over', () => {
    const loads = new SessionLoads<Bagged>();
    const connection = { place: -1 };
    loads.of('a').requests += 1;
    loads.of('b').add(connection);
    expect([loads.find('a')?.requests, loads.find('b')?.open, loads.find('c')]).toEqual([1, [connection], undefined]);
    loads.forget('a');
    loads.forget('b');
    expect(loads.size).toBe(2);
    loads.of('a').requests -= 1;
    loads.of('b').remove(connection);
    loads.forget('a');
    loads.forget('b');
    expect(loads.size).toBe(0);
  });

  it('of half a million sessions in turn is no half a million entries, and nothing under way is forgotten', () => {
    const loads = new SessionLoads<Bagged>();
    for (let index = 0; index < 500; index += 1) loads.of(`busy-${index}`).requests += 1;
    for (let index = 0; index < 500_000; index += 1) loads.of(`idle-${index}`);
    expect(loads.size).toBeLessThanOrEqual(131_072);
    for (let index = 0; index < 500; index += 1) expect(loads.find(`busy-${index}`)?.requests).toBe(1);
  });
});
