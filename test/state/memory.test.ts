import { describe, expect, it } from 'vitest';
import { createMemoryStore } from '../../src/state/memory-store.ts';
import { type Bench, describeStateStore } from './contract.ts';

function createClock() {
  const clock = { nowMs: 1_700_000_000_000, now: () => clock.nowMs };
  return clock;
}

describe('the memory store', () => {
  describeStateStore(async (): Promise<Bench> => {
    const clock = createClock();
    const store = createMemoryStore({ clock });
    return {
      stores: [store, store],
      now: clock.now,
      pass(ms) {
        clock.nowMs += ms;
      },
    };
  });

  it('is of one process, and always up', () => {
    const store = createMemoryStore({ clock: createClock() });
    expect(store.isShared).toBe(false);
    expect(store.isUp()).toBe(true);
  });

  it('refuses what is more than its bound, kind by kind, and drops nothing that lives', async () => {
    const clock = createClock();
    const store = createMemoryStore({ clock, maxEntries: 2 });
    const end = clock.now() + 100;
    await store.set('v:1', 'one', end);
    await store.set('v:2', 'two', end);
    const busy = { code: 'FRAMEGATE_BUSY', reason: 'store-full' };
    await expect(store.set('v:3', 'three', end)).rejects.toMatchObject(busy);
    await expect(store.add('v:3', 'three', end)).rejects.toMatchObject(busy);
    expect(await store.getMany(['v:1', 'v:2', 'v:3'])).toEqual(['one', 'two', undefined]);
    await store.set('v:2', 'again', end);
    await store.set('w:1', 'of another kind', end);

    await store.count('v:1', 1, 100);
    await store.count('v:2', 1, 100);
    await expect(store.count('v:3', 1, 100)).rejects.toMatchObject(busy);
    expect((await store.count('v:3', 0, 100)).count).toBe(0);

    await store.append('log', 'one', 100);
    await store.append('log', 'two', 100);
    await expect(store.append('log', 'three', 100)).rejects.toMatchObject(busy);
    expect((await store.read('log')).entries).toEqual(['one', 'two']);

    clock.nowMs += 100;
    await store.set('v:3', 'three', end + 100);
    expect((await store.count('v:3', 1, 100)).count).toBe(1);
    await store.append('log', 'three', 100);
    expect((await store.read('log')).entries).toEqual(['three']);
    await store.close();
  });
});
