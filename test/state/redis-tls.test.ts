import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/kernel/clock.ts';
import type { RedisTarget } from '../../src/state/redis-client.ts';
import { createRedisStore } from '../../src/state/redis-store.ts';
import { findFreePort } from '../support/free-port.ts';
import { hasRedis, TestRedis } from '../support/start-redis.ts';
import { recordLog } from './record-log.ts';
import { redisTarget } from './redis-target.ts';

const FIXTURES = join(import.meta.dirname, '../fixtures/tls');
const certificate = (name: string): string => readFileSync(join(FIXTURES, `${name}.pem`), 'utf8');

describe.skipIf(!hasRedis)('rediss://', () => {
  let redis: TestRedis;
  let port: number;
  beforeAll(async () => {
    port = await findFreePort();
    const files = ['--tls-cert-file', join(FIXTURES, 'address.pem'), '--tls-key-file', join(FIXTURES, 'address-key.pem')];
    redis = await TestRedis.start(['--tls-port', String(port), ...files, '--tls-auth-clients', 'no']);
  });
  afterAll(() => redis.close());

  function connect(changes: Partial<RedisTarget>) {
    const log = recordLog();
    const store = createRedisStore({ target: redisTarget(port, { tls: true, ...changes }), clock: systemClock, log });
    onTestFinished(() => store.close());
    return { store, log };
  }

  it('is spoken to when its certificate is signed by the CA of session.storeCaFile', async () => {
    const { store } = connect({ ca: certificate('ca') });
    expect(await store.add('v:1', 'one', systemClock.now() + 60_000)).toBe(true);
    expect(await store.get('v:1')).toBe('one');
  });

  it.each([
    ['another CA', { ca: certificate('other-ca') }],
    ['no CA of its own', { ca: undefined }],
    ['a name that is not in the certificate', { ca: certificate('ca'), host: 'localhost' }],
  ])('is not spoken to with %s', async (_name, changes) => {
    const { store, log } = connect(changes);
    await expect(store.get('v:1')).rejects.toMatchObject({ code: 'FRAMEGATE_STORE_UNAVAILABLE' });
    expect(log.told('reason')).toEqual(['store.failed unreachable']);
  });
});
