// One connection, watched. While it is down every call fails at once and nothing is queued; it comes back by itself.

import { ErrorReply } from '@redis/client';
import { FramegateError } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import { Outage, type Part } from './outage.ts';
import { awaitWithin, createRedisClient, discardClient, type RedisClient, type RedisTarget, TIMEOUT_MS } from './redis-client.ts';
import { readFailure } from './redis-failure.ts';
import type { RedisScript } from './redis-scripts.ts';

/** Pauses between attempts to connect, in milliseconds: doubled each time, less up to a half at random. */
const MIN_PAUSE_MS = 100;
const MAX_PAUSE_MS = 2000;
/** How often it is asked whether all is well, in milliseconds. */
const PROBE_MS = 2000;

export interface RedisConnectionOptions {
  readonly target: RedisTarget;
  readonly log: Log;
  /** Listened to on every connection. */
  readonly channel: string;
  readonly onMessage: (message: string) => void;
  /** Called whenever a connection stands. */
  readonly onReady: (client: RedisClient) => void;
  /** Written to find out whether writing works again. */
  readonly probeKey: string;
}

export class RedisConnection {
  readonly #options: RedisConnectionOptions;
  readonly #outage: Outage;
  readonly #probe: NodeJS.Timeout;
  /** Whoever calls during the start waits for the first attempt, and nobody after it. */
  readonly #firstAttempt: Promise<void>;
  #client: RedisClient | undefined;
  #attempts = 0;
  #retry: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: RedisConnectionOptions) {
    this.#options = options;
    this.#outage = new Outage(options.log, 'redis');
    this.#firstAttempt = this.#connect();
    this.#probe = setInterval(() => {
      // What fails is told of by the call itself.
      this.#ask().catch(() => {});
    }, PROBE_MS).unref();
  }

  get isUp(): boolean {
    return this.#client !== undefined && this.#outage.isOver;
  }

  /** @throws {FramegateError} FRAMEGATE_STORE_UNAVAILABLE, FRAMEGATE_BUSY where Redis is out of memory. */
  async call(part: Part, ...args: string[]): Promise<unknown> {
    if (this.#closed) throw unavailable('closed');
    await this.#firstAttempt;
    const client = this.#client;
    if (client === undefined) throw unavailable('unreachable');
    try {
      const reply = await awaitWithin(client.sendCommand<unknown>(args), TIMEOUT_MS);
      this.#outage.succeed(part);
      return reply;
    } catch (error) {
      throw this.#judge(client, part, error);
    }
  }

  /** Runs a script by its hash, and sends its text where this server does not know it yet. */
  async run(part: Part, { text, sha1 }: RedisScript, keys: readonly string[], args: readonly string[]): Promise<unknown> {
    const rest = [String(keys.length), ...keys, ...args];
    try {
      return await this.call(part, 'EVALSHA', sha1, ...rest);
    } catch (error) {
      if (!isUnknownScript(error)) throw error;
      return this.call(part, 'EVAL', text, ...rest);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#probe);
    clearTimeout(this.#retry);
    await this.#firstAttempt;
    const client = this.#client;
    this.#client = undefined;
    if (client === undefined) return;
    // What was called before gets its answer, where one comes.
    await awaitWithin(client.close(), TIMEOUT_MS).catch(() => {});
    discardClient(client);
  }

  async #connect(): Promise<void> {
    const { target, channel, onMessage, onReady, log } = this.#options;
    const client = createRedisClient(target);
    client.on('error', (error) => this.#lose(client, 'unreachable', error));
    const connecting = client.connect();
    try {
      await awaitWithin(connecting, TIMEOUT_MS);
      await awaitWithin(client.subscribe(channel, onMessage), TIMEOUT_MS).catch((error: unknown) => {
        if (!(error instanceof ErrorReply)) throw error;
        log.warn('store.unwatched', { store: 'redis', channel, error, hint: 'allow this user the channel (ACL &framegate:*)' });
      });
    } catch (error) {
      // A connection that was still being made when it was discarded would otherwise stay.
      connecting.then(() => discardClient(client)).catch(() => {});
      discardClient(client);
      if (this.#closed) return;
      this.#outage.fail('connection', readFailure(error).reason, error instanceof AggregateError ? error.errors[0] : error);
      this.#scheduleRetry();
      return;
    }
    if (this.#closed || !client.isReady) {
      discardClient(client);
      if (!this.#closed) this.#scheduleRetry();
      return;
    }
    this.#client = client;
    this.#attempts = 0;
    this.#outage.succeed('connection');
    onReady(client);
  }

  #scheduleRetry(): void {
    const pause = Math.min(MAX_PAUSE_MS, MIN_PAUSE_MS * 2 ** this.#attempts);
    this.#attempts++;
    this.#retry = setTimeout(() => void this.#connect(), pause * (1 - Math.random() / 2)).unref();
  }

  /** Nothing where another connection has taken its place. */
  #lose(client: RedisClient, reason: string, error: unknown): void {
    if (this.#client !== client) return;
    this.#outage.fail('connection', reason, error);
    this.#client = undefined;
    discardClient(client);
    this.#scheduleRetry();
  }

  #judge(client: RedisClient, part: Part, error: unknown): unknown {
    if (isUnknownScript(error)) return error;
    if (this.#closed) return unavailable('closed', error);
    const { reason, reconnect } = readFailure(error);
    if (reason === 'full') return new FramegateError('FRAMEGATE_BUSY', { reason: 'store-full', cause: error });
    if (error instanceof ErrorReply) this.#outage.fail(part, reason, error);
    if (reconnect) this.#lose(client, reason, error);
    return unavailable(reason, error);
  }

  async #ask(): Promise<void> {
    if (this.#client === undefined) return;
    if (this.#outage.isOver) {
      await this.call('read', 'PING');
      return;
    }
    const { probeKey } = this.#options;
    await this.call('write', 'SET', probeKey, '1', 'PX', String(PROBE_MS));
    await this.call('read', 'GET', probeKey);
  }
}

const isUnknownScript = (error: unknown): boolean => error instanceof ErrorReply && error.message.startsWith('NOSCRIPT');

function unavailable(reason: string, cause?: unknown): FramegateError {
  return new FramegateError('FRAMEGATE_STORE_UNAVAILABLE', { reason: `redis-${reason}`, cause });
}
