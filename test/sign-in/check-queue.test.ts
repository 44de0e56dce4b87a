import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createCheckQueue } from '../../src/sign-in/check-queue.ts';

/** Checks that end when told. */
function createChecks() {
  const ends: (() => void)[] = [];
  let running = 0;
  let most = 0;
  const check = async (): Promise<number> => {
    running += 1;
    most = Math.max(most, running);
    await new Promise<void>((resolve) => ends.push(resolve));
    running -= 1;
    return most;
  };
  const endAll = async (): Promise<void> => {
    await nextTurn();
    while (ends.length > 0) {
      ends.shift()?.();
      await nextTurn();
    }
  };
  return { check, endAll, started: () => ends.length, most: () => most };
}

describe('createCheckQueue', () => {
  it('SEC-B10.6 runs four checks at a time, lets 100 wait and refuses the next', async () => {
    const queue = createCheckQueue({ slots: 4, places: 100 });
    const checks = createChecks();
    const accepted = Array.from({ length: 104 }, (_, index) => queue.run(`key ${index}`, checks.check));
    await nextTurn();
    expect(checks.started()).toBe(4);
    await expect(queue.run('one more', checks.check)).rejects.toMatchObject({ code: 'FRAMEGATE_BUSY', status: 503 });
    await checks.endAll();
    await Promise.all(accepted);
    expect(checks.most()).toBe(4);
    const later = queue.run('one more', checks.check);
    await checks.endAll();
    await expect(later).resolves.toBe(4);
  });

  it('never runs two checks of one key at the same time, and keeps the other slots busy', async () => {
    const queue = createCheckQueue({ slots: 4, places: 100 });
    const order: string[] = [];
    let endFirst = (): void => {};
    const first = queue.run('a', () => new Promise<void>((resolve) => (endFirst = resolve)));
    const second = queue.run('a', async () => void order.push('a'));
    await queue.run('b', async () => void order.push('b'));
    expect(order).toEqual(['b']);
    endFirst();
    await Promise.all([first, second]);
    expect(order).toEqual(['b', 'a']);
  });

  it('gives the slot on when a check fails', async () => {
    const queue = createCheckQueue({ slots: 1, places: 1 });
    const failing = queue.run('a', () => Promise.reject(new Error('broken')));
    const next = queue.run('b', async () => 'ran');
    await expect(failing).rejects.toThrow('broken');
    await expect(next).resolves.toBe('ran');
  });
});
