import { afterAll, beforeAll, describe } from 'vitest';
import { systemClock } from '../../src/kernel/clock.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { createRedisStore } from '../../src/state/redis-store.ts';
import { hasRedis, TestRedis } from '../support/start-redis.ts';
import { type Bench, describeStateStore } from './contract.ts';
import { redisTarget } from './redis-target.ts';

describe.skipIf(!hasRedis)('the Redis store', () => {
  let redis: TestRedis;
  let benches = 0;
  beforeAll(async () => {
    redis = await TestRedis.start();
  });
  afterAll(() => redis.close());

  describeStateStore(async (): Promise<Bench> => {
    // Odd as a prefix may be: it is no pattern.
    const target = redisTarget(redis.port, { prefix: `frame.gate-${benches++}:` });
    const create = () => createRedisStore({ target, clock: systemClock, log: silentLog });
    return { stores: [create(), create()], now: systemClock.now, pass() {} };
  });
});
