// Two instances over one store, with one clock.

import { type Log, silentLog } from '../../src/kernel/log.ts';
import { createSharedStore, type KitOptions, MovableClock, type SessionKit, type SharedStore, startSessions } from './kit.ts';

export interface Pair {
  readonly clock: MovableClock;
  readonly state: SharedStore;
  readonly a: SessionKit;
  readonly b: SessionKit;
  /** Names of log lines of both. */
  readonly logged: string[];
}

export async function startPair(options: KitOptions = {}): Promise<Pair> {
  const clock = new MovableClock();
  const state = createSharedStore(clock);
  const logged: string[] = [];
  const log: Log = { ...silentLog, warn: (event) => logged.push(event), info: (event) => logged.push(event) };
  const [a, b] = await Promise.all([1, 2].map(() => startSessions({ clock, state, log, ...options })));
  if (a === undefined || b === undefined) throw new Error('two were started');
  return { clock, state, a, b, logged };
}

export const readLogin = async (kit: SessionKit, cookie: string) => (await kit.sessions.read(cookie, false))?.identity.login;
export const keysOf = async (state: SharedStore, prefix: string): Promise<[string, string][]> => {
  const found: [string, string][] = [];
  for await (const [key, value] of state.entries(prefix)) found.push([key, value]);
  return found;
};
export const counted = (state: SharedStore, method: 'get' | 'replace') => {
  const original = state[method] as (...args: unknown[]) => Promise<unknown>;
  const calls: unknown[][] = [];
  (state as unknown as Record<string, unknown>)[method] = (...args: unknown[]) => {
    calls.push(args);
    return original(...args);
  };
  return calls;
};
