// A Redis that goes away, stands still, refuses, or comes back with nothing in it.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/kernel/clock.ts';
import { Secret } from '../../src/kernel/secret.ts';
import type { StateStore } from '../../src/kernel/state-store.ts';
import type { RedisTarget } from '../../src/state/redis-client.ts';
import { createRedisStore } from '../../src/state/redis-store.ts';
import { hasRedis, TestRedis } from '../support/start-redis.ts';
import { type RecordedLog, recordLog } from './record-log.ts';
import { redisTarget } from './redis-target.ts';

const UNAVAILABLE = { code: 'FRAMEGATE_STORE_UNAVAILABLE', status: 503 };
const HEALS = { timeout: 6000, interval: 20 };
const later = (): number => systemClock.now() + 60_000;

describe.skipIf(!hasRedis)('Redis', () => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await TestRedis.start();
  });
  afterEach(async () => {
    redis.thaw();
    await redis.command('REPLICAOF', 'NO', 'ONE');
    await redis.command('CONFIG', 'SET', 'maxmemory', '0');
    await redis.command('FLUSHALL');
  });
  afterAll(() => redis.close());

  function connect(changes: Partial<RedisTarget> = {}, port = redis.port): { store: StateStore; log: RecordedLog } {
    const log = recordLog();
    const store = createRedisStore({ target: redisTarget(port, changes), clock: systemClock, log });
    onTestFinished(() => store.close());
    return { store, log };
  }

  /** Every method, with what it rejects with. */
  async function refusals(store: StateStore): Promise<unknown[]> {
    const calls = [
      () => store.get('v:1'),
      () => store.getMany(['v:1']),
      () => store.set('v:1', '', later()),
      () => store.add('v:1', '', later()),
      () => store.replace('v:1', '', later()),
      () => store.take('v:1'),
      () => store.count('v:1', 1, 1000),
      () => store.count('v:1', 0, 1000),
      () => store.entries('v:')[Symbol.asyncIterator]().next(),
      () => store.append('log', '', 1000),
      () => store.read('log'),
    ];
    return Promise.all(calls.map((call) => call().catch((error: unknown) => error)));
  }

  it('that is gone is unavailable to every call at once, told once, and heals by itself', async () => {
    const { store, log } = connect();
    await store.set('v:1', 'one', later());
    expect(store.isUp()).toBe(true);
    await redis.kill();
    await expect.poll(() => store.isUp()).toBe(false);
    const before = performance.now();
    for (const refusal of await refusals(store)) expect(refusal).toMatchObject(UNAVAILABLE);
    expect(performance.now() - before).toBeLessThan(500);
    expect(log.told('reason')).toEqual(['store.failed unreachable']);

    await redis.run();
    await expect.poll(() => store.isUp(), HEALS).toBe(true);
    expect(await store.get('v:1')).toBeUndefined();
    await store.set('v:1', 'two', later());
    expect(await store.get('v:1')).toBe('two');
    expect(log.lines.map(({ event }) => event)).toEqual(['store.failed', 'store.recovered']);
  });

  it('that stands still fails a call within 1 s and the next ones at once, and is not sent later what nobody waits for', async () => {
    const { store, log } = connect();
    await store.set('v:1', 'one', later());
    redis.freeze();
    await expect(store.get('v:1')).rejects.toMatchObject(UNAVAILABLE);
    const before = performance.now();
    for (const refusal of await refusals(store)) expect(refusal).toMatchObject(UNAVAILABLE);
    expect(performance.now() - before).toBeLessThan(500);
    expect(store.isUp()).toBe(false);
    expect(log.told('reason')).toEqual(['store.failed unreachable']);

    redis.thaw();
    await expect.poll(() => store.isUp(), HEALS).toBe(true);
    expect(await store.get('v:1')).toBe('one');
    expect((await store.count('v:1', 0, 1000)).count).toBe(0);
    expect((await store.read('log')).entries).toEqual([]);
  });

  it('that is not there at the start is waited for, without refusing the start', async () => {
    await redis.kill();
    const { store, log } = connect();
    expect(store.isUp()).toBe(false);
    await expect(store.get('v:1')).rejects.toMatchObject(UNAVAILABLE);
    expect(log.told('reason')).toEqual(['store.failed unreachable']);
    await redis.run();
    await expect.poll(() => store.isUp(), HEALS).toBe(true);
    expect(await store.add('v:1', '', later())).toBe(true);
  });

  it('is noticed to be gone although nobody asks anything', async () => {
    const { store } = connect();
    await store.get('v:1');
    redis.freeze();
    await expect.poll(() => store.isUp(), HEALS).toBe(false);
  });

  it('that ends a connection gets another', async () => {
    const { store } = connect();
    await store.set('v:1', 'one', later());
    await redis.command('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await expect.poll(() => store.get('v:1').catch(() => 'down'), HEALS).toBe('one');
  });

  it('wakes who watches when it is back, as something may have been appended meanwhile', async () => {
    const { store } = connect();
    await store.get('v:1');
    let wakes = 0;
    store.watch('log', () => wakes++);
    await redis.command('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await expect.poll(() => wakes, HEALS).toBe(1);
    await expect.poll(() => store.isUp(), HEALS).toBe(true);
    await connect().store.append('log', 'one', 60_000);
    await expect.poll(() => wakes, HEALS).toBe(2);
  });

  it('that lost everything has a log whose old cursors hide nothing', async () => {
    const { store } = connect();
    for (let index = 0; index < 3; index++) await store.append('log', `old ${index}`, 60_000);
    const { cursor } = await store.read('log');
    await redis.command('FLUSHALL');
    expect(await store.read('log', cursor)).toEqual({ entries: [], cursor });
    // Ids as they would be of a server whose clock goes an hour behind.
    const keys = ['framegate:log:log', 'framegate:generation:log'] as const;
    await redis.command('XADD', keys[0], `${systemClock.now() - 3_600_000}-0`, 'entry', 'new', 'until', String(later()));
    await redis.command('SET', keys[1], 'another');
    expect((await store.read('log', cursor)).entries).toEqual(['new']);
  });

  it('that takes no writes is still read, and gets another connection, which may lead to the new primary', async () => {
    const { store, log } = connect();
    await store.set('v:1', 'one', later());
    await redis.command('REPLICAOF', '127.0.0.1', '1');
    await expect(store.set('v:1', 'two', later())).rejects.toMatchObject(UNAVAILABLE);
    await expect(store.count('v:1', 1, 1000)).rejects.toMatchObject(UNAVAILABLE);
    expect(log.told('reason')).toContain('store.failed read-only');
    await expect.poll(() => store.get('v:1').catch(() => 'down'), HEALS).toBe('one');
    expect(store.isUp()).toBe(false);
    await redis.command('REPLICAOF', 'NO', 'ONE');
    await expect.poll(() => store.isUp(), HEALS).toBe(true);
    await store.set('v:1', 'two', later());
  });

  it('whose memory is full takes nothing more, is still read, and drops nothing', async () => {
    const { store, log } = connect();
    await store.set('v:1', 'one', later());
    await redis.command('CONFIG', 'SET', 'maxmemory', '1');
    await expect(store.set('v:2', 'two', later())).rejects.toMatchObject({ code: 'FRAMEGATE_BUSY', reason: 'store-full' });
    await expect(store.append('log', 'two', 1000)).rejects.toMatchObject({ code: 'FRAMEGATE_BUSY' });
    await expect(store.count('c:1', 1, 1000)).rejects.toMatchObject({ code: 'FRAMEGATE_BUSY' });
    expect(await store.get('v:1')).toBe('one');
    expect(store.isUp()).toBe(true);
    expect(log.lines).toEqual([]);
  });

  it('that may drop living keys is warned of', async () => {
    await redis.command('CONFIG', 'SET', 'maxmemory', '1gb');
    await redis.command('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
    onTestFinished(async () => void (await redis.command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction')));
    const { log } = connect();
    await expect.poll(() => log.told('policy')).toEqual(['store.evicts allkeys-lru']);
  });

  it('gets a user name and a password, which nothing tells', async () => {
    await redis.command('ACL', 'SETUSER', 'gate', 'on', '>canary-9f2c', '~framegate:*', '&framegate:*', '+@all');

    const right = connect({ username: 'gate', password: new Secret('canary-9f2c') });
    expect(await right.store.add('v:1', '', later())).toBe(true);
    const wrong = connect({ username: 'gate', password: new Secret('canary-0000') });
    const refusal = await wrong.store.get('v:1').catch((error: unknown) => error);
    expect(refusal).toMatchObject(UNAVAILABLE);
    expect(wrong.log.told('reason')).toEqual(['store.failed password-wrong']);
    expect(`${wrong.log.text()} ${right.log.text()} ${String(refusal)} ${JSON.stringify(refusal)}`).not.toContain('canary');
  });

  it('needs no more rights for its user than docs/recipes/scale-out.md shows', async () => {
    const recipe = readFileSync(join(import.meta.dirname, '../../docs/recipes/scale-out.md'), 'utf8');
    const [, rights = ''] = /^user framegate on >PASSWORD (.+)$/m.exec(recipe) ?? [];
    expect(rights).not.toBe('');
    await redis.command('ACL', 'SETUSER', 'framegate', 'on', '>PASSWORD', ...rights.split(' '));
    const { store, log } = connect({ username: 'framegate', password: new Secret('PASSWORD'), database: 1 });
    for (const refusal of await refusals(store)) expect(refusal).not.toBeInstanceOf(Error);
    expect(log.lines).toEqual([]);
  });

  it('that allows a user no channel still keeps the state, and only does not wake', async () => {
    await redis.command('ACL', 'SETUSER', 'mute', 'on', 'nopass', '~framegate:*', 'resetchannels', '+@all', '-info');

    const named = connect({ username: 'mute', password: new Secret('any') });
    await named.store.append('log', 'one', 60_000);
    expect((await named.store.read('log')).entries).toEqual(['one']);
    expect(named.log.told('store')).toEqual(['store.unwatched redis']);
    expect(named.store.isUp()).toBe(true);
  });

  it('that refuses a command of this user is unavailable to it, and heals when it is allowed', async () => {
    await redis.command('ACL', 'SETUSER', 'reader', 'on', 'nopass', '~*', '&*', '+@all', '-set');

    const { store, log } = connect({ username: 'reader', password: new Secret('any') });
    await expect(store.set('v:1', '', later())).rejects.toMatchObject(UNAVAILABLE);
    expect(log.told('reason')).toEqual(['store.failed not-permitted']);
    await redis.command('ACL', 'SETUSER', 'reader', '+set');
    await expect.poll(() => store.isUp(), HEALS).toBe(true);
  });

  it('keeps deployments apart by prefix and by database', async () => {
    const stores = [connect(), connect({ prefix: 'other:' }), connect({ database: 1 })].map(({ store }) => store);
    for (const [index, store] of stores.entries()) {
      expect(await store.add('v:1', String(index), later())).toBe(true);
      await store.count('v:1', 1, 1000);
      await store.append('log', String(index), 1000);
    }
    for (const [index, store] of stores.entries()) {
      expect(await store.get('v:1')).toBe(String(index));
      expect((await store.read('log')).entries).toEqual([String(index)]);
    }
    const names = (await redis.command('KEYS', '*')).split('\r\n').filter((line) => line.includes(':'));
    expect(names.length).toBeGreaterThan(0);
    expect(names.filter((name) => !/^(?:framegate|other):/.test(name))).toEqual([]);
  });

  it('keeps nothing without an end', async () => {
    const { store } = connect();
    await store.set('v:1', 'one', later());
    await store.count('v:1', 1, 1000);
    await store.append('log', 'one', 1000);
    const names = (await redis.command('KEYS', '*')).split('\r\n').filter((line) => line.startsWith('framegate:'));
    expect(names).toHaveLength(4);
    for (const name of names) expect(Number((await redis.command('PTTL', name)).slice(1)), name).toBeGreaterThan(0);
  });

  it('forgets entries of a log after their time', async () => {
    const { store } = connect();
    await store.append('log', 'old', 1);
    await expect
      .poll(async () => {
        await store.append('log', 'new', 60_000);
        return (await store.read('log')).entries;
      })
      .not.toContain('old');
  });

  it('is called no more once the store is closed', async () => {
    const { store } = connect();
    const last = store.add('v:1', '', later());
    await last;
    const pending = store.get('v:1');
    await store.close();
    expect(await pending.catch(() => 'refused')).toBe('');
    await expect(store.get('v:1')).rejects.toMatchObject(UNAVAILABLE);
    await store.close();
  });
});
