import { createClient } from '@redis/client';
import type { StoreConfig } from '../config/config.ts';

export type RedisTarget = Extract<StoreConfig, { kind: 'redis' }>;
export type RedisClient = ReturnType<typeof createRedisClient>;

/** Longest wait for an answer, in milliseconds. */
export const TIMEOUT_MS = 1000;
/** The client frees a connection that is still being made after this long, in milliseconds; nobody waits for it by then. */
const SOCKET_TIMEOUT_MS = 5000;
/** Parts that a wait is divided into. */
const STEPS = 10;
/** Most calls that wait for an answer. */
const MAX_PENDING = 10_000;

/** A client for one connection: its own reconnecting is off, as it would send again what nobody waits for any more. */
export function createRedisClient({ host, port, tls, ca, username, password, database }: RedisTarget) {
  const socket = { host, port, connectTimeout: SOCKET_TIMEOUT_MS, reconnectStrategy: false as const };
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

/** What the promise becomes within the time, by steps: a process that was held up for long has waited for one step only. */
export async function awaitWithin<T>(promise: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    let steps = 0;
    timer = setInterval(() => {
      steps++;
      if (steps === STEPS) reject(new Error(`no answer within ${ms} ms`));
    }, ms / STEPS);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearInterval(timer);
  }
}
