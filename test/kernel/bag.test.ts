import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Bag, type Bagged } from '../../src/kernel/bag.ts';

class Item implements Bagged {
  place = -1;
  readonly name: number;

  constructor(name: number) {
    this.name = name;
  }
}

describe('a bag', () => {
  it('holds what a Set would, whatever is put in and taken out', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat(9))), (steps) => {
        const items = Array.from({ length: 10 }, (_, name) => new Item(name));
        const bag = new Bag<Item>();
        const set = new Set<Item>();
        for (const [isAdded, index] of steps) {
          const item = items[index] ?? new Item(index);
          if (isAdded && !set.has(item)) {
            bag.add(item);
            set.add(item);
          } else if (!isAdded) {
            bag.remove(item);
            set.delete(item);
          }
          expect(bag.size).toBe(set.size);
          expect(new Set(bag.items)).toEqual(set);
        }
      }),
    );
  });
});
