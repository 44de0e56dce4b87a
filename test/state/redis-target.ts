import type { RedisTarget } from '../../src/state/redis-client.ts';

/** A Redis of the test, as the configuration gives it. */
export function redisTarget(port: number, changes: Partial<RedisTarget> = {}): RedisTarget {
  return {
    kind: 'redis',
    host: '127.0.0.1',
    port,
    tls: false,
    ca: undefined,
    username: undefined,
    password: undefined,
    database: 0,
    prefix: 'framegate:',
    ...changes,
  };
}
