import { expect, it } from 'vitest';
import { createLane } from '../../src/cache/lane.ts';

it('works on as many pieces as it is wide, in their order, also after one that failed', async () => {
  const lane = createLane(2);
  const order: number[] = [];
  let running = 0;
  let most = 0;
  const work = (id: number) => async () => {
    running += 1;
    most = Math.max(most, running);
    order.push(id);
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
    if (id === 1) throw new Error('failed');
  };
  const results = await Promise.allSettled([0, 1, 2, 3, 4, 5].map((id) => lane.run(work(id))));
  expect(order).toEqual([0, 1, 2, 3, 4, 5]);
  expect(most).toBe(2);
  expect(results.map(({ status }) => status).filter((status) => status === 'rejected')).toHaveLength(1);
});
