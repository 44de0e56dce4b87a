import { createClient } from '@redis/client';
import type { StoreConfig } from '../config/config.ts';

export type RedisTarget = Extract<StoreConfig, { kind: 'redis' }>;
export type RedisClient = ReturnType<typeof createRedisClient>;

/** Longest wait for a connection, and for an answer, in milliseconds. */
export const TIMEOUT_MS = 1000;
/** Most calls that wait for an answer. */
const MAX_PENDING = 10_000;

/** A client for one connection: its own reconnecting is off, as it would send again what nobody waits for any more. */
export function createRedisClient({ host, port, tls, ca, username, password, database }: RedisTarget) {
  const socket = { host, port, connectTimeout: TIMEOUT_MS, reconnectStrategy: false as const };
  return createClient({
    RESP: 3,
    name: 'framegate',
    database,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password: password.revealText() }),
    socket: tls ? { ...socket, tls: true, ...(ca === undefined ? {} : { ca }) } : socket,
    disableOfflineQueue: true,
    commandsQueueMaxLength: MAX_PENDING,
    // A timer for each call is the connection's own.
    commandOptions: { timeout: 0 },
    maintNotifications: 'disabled',
  });
}

/** Ends the connection at once, in whatever state it is. */
export function discardClient(client: RedisClient): void {
  if (client.isOpen) client.destroy();
}

/** What the promise becomes within the time. A process that was held up hears the answer first that came meanwhile. */
export async function awaitWithin<T>(promise: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => setImmediate(() => reject(new Error(`no answer within ${ms} ms`))), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
