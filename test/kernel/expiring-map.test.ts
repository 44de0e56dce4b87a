import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ExpiringMap } from '../../src/kernel/expiring-map.ts';

function createMap(maxEntries = 10) {
  const clock = { nowMs: 0, now: () => clock.nowMs };
  const ended: string[] = [];
  const map = new ExpiringMap<string>(clock, maxEntries, (value) => ended.push(value));
  return { clock, ended, map };
}

describe('ExpiringMap', () => {
  it('forgets an entry at its end, not a moment earlier', () => {
    const { clock, map } = createMap();
    map.set('a', '1', 100);
    clock.nowMs = 99;
    expect(map.get('a')).toBe('1');
    clock.nowMs = 100;
    expect(map.get('a')).toBeUndefined();
  });

  it('tells of each entry that ended by time exactly once, when it is swept', () => {
    const { clock, ended, map } = createMap();
    map.set('a', '1', 100);
    map.set('b', '2', 200);
    clock.nowMs = 100;
    expect(map.get('a')).toBeUndefined();
    expect(ended).toEqual([]);
    map.sweep();
    map.sweep();
    expect(ended).toEqual(['1']);
    expect(map.size).toBe(1);
  });

  it('tells nothing of an entry that was deleted or taken', () => {
    const { clock, ended, map } = createMap();
    map.set('a', '1', 100);
    map.set('b', '2', 100);
    expect(map.delete('a')).toBe(true);
    expect(map.delete('a')).toBe(false);
    clock.nowMs = 100;
    expect(map.take('b')).toBe('2');
    expect(map.take('b')).toBeUndefined();
    map.sweep();
    expect(ended).toEqual([]);
  });

  it('refuses the next entry when it is full of living ones, and drops none of them', () => {
    const { map } = createMap(2);
    map.set('a', '1', 100);
    map.set('b', '2', 100);
    expect(map.set('c', '3', 100)).toBe(false);
    expect(map.get('c')).toBeUndefined();
    expect([...map.entries()]).toEqual([
      ['a', '1'],
      ['b', '2'],
    ]);
  });

  it('replaces an entry also when it is full', () => {
    const { map } = createMap(1);
    map.set('a', '1', 100);
    expect(map.set('a', '2', 200)).toBe(true);
    expect(map.get('a')).toBe('2');
  });

  it('makes room out of what has ended, and tells of it', () => {
    const { clock, ended, map } = createMap(1);
    map.set('a', '1', 100);
    clock.nowMs = 100;
    expect(map.set('b', '2', 200)).toBe(true);
    expect(ended).toEqual(['1']);
  });

  it('never holds more than its bound, and every living entry is found, whatever happens', () => {
    const step = fc.oneof(
      fc.record({
        do: fc.constant('set' as const),
        key: fc.constantFrom('a', 'b', 'c', 'd', '__proto__'),
        forMs: fc.integer({ min: 1, max: 20 }),
      }),
      fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 10 }) }),
      fc.record({ do: fc.constant('sweep' as const) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const { clock, map } = createMap(3);
        const expected = new Map<string, number>();
        for (const each of steps) {
          if (each.do === 'pass') clock.nowMs += each.ms;
          else if (each.do === 'sweep') map.sweep();
          else if (map.set(each.key, each.key, clock.nowMs + each.forMs)) expected.set(each.key, clock.nowMs + each.forMs);
          expect(map.size).toBeLessThanOrEqual(3);
          for (const [key, endMs] of expected) expect(map.get(key)).toBe(endMs > clock.nowMs ? key : undefined);
        }
      }),
    );
  });
});
