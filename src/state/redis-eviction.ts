import type { Log } from '../kernel/log.ts';
import { awaitWithin, type RedisClient, TIMEOUT_MS } from './redis-client.ts';

/** Warns of a Redis that drops living keys when its memory is full: a used ticket could then be used again. */
export async function warnOfEviction(client: RedisClient, log: Log): Promise<void> {
  // A user who may not ask is no failure of the store.
  const facts = await awaitWithin(client.sendCommand<unknown>(['INFO', 'memory']), TIMEOUT_MS).catch(() => '');
  const policy = /^maxmemory_policy:(.*)$/m.exec(String(facts))?.[1]?.trim();
  const bound = /^maxmemory:(\d+)/m.exec(String(facts))?.[1];
  if (policy === undefined || policy === 'noeviction' || bound === '0') return;
  log.warn('store.evicts', {
    store: 'redis',
    policy,
    hint: 'set maxmemory-policy to noeviction: a used ticket that is dropped can be used again',
  });
}
