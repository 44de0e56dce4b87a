// Machine credentials: `Authorization: Bearer fg_ID_SECRET`. Found by id, compared by hash in constant time. The keys file
// is read again when it changes; what is taken away there ends here, connections included.

import { timingSafeEqual } from 'node:crypto';
import { unwatchFile, watchFile } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { type ApiKeyConfig, type ApiKeysFile, apiKeyId, hashApiKey } from '../config/api-key.ts';
import type { Clock } from '../kernel/clock.ts';
import { FramegateError } from '../kernel/errors.ts';
import type { Identity, Narrowing } from '../kernel/identity.ts';
import type { Log } from '../kernel/log.ts';
import { addressKey } from './address-key.ts';
import type { AttemptLimit } from './attempt-limit.ts';
import type { LoginPolicy, LoginRefusal } from './login-policy.ts';

/** How often the file and the ends of keys are looked at, in milliseconds; within the 2 s of SEC-B8.3. */
const WATCH_MS = 1000;

/** The same object for every request with the key, until the key changes. */
export interface VerifiedApiKey {
  readonly id: string;
  readonly identity: Identity;
  readonly narrowing: Narrowing | undefined;
  /** Milliseconds since the epoch; undefined: never. */
  readonly expiresAtMs: number | undefined;
}

export interface ApiKeysOptions {
  readonly file: ApiKeysFile;
  /** The keys of the file as it is now; undefined where it has problems, which were told then. */
  readonly reload: () => readonly ApiKeyConfig[] | undefined;
  readonly admit: LoginPolicy['admit'];
  /** Refused keys of an address. */
  readonly refusals: AttemptLimit;
  readonly clock: Clock;
  readonly log: Log;
  /** Told the id of a key that has changed, ended or gone, once. */
  readonly onEnd: (id: string) => void;
}

export interface ApiKeys {
  /**
   * Whose key the request carries; undefined: it carries none.
   * @throws {FramegateError} FRAMEGATE_KEY_REFUSED for a key that is not good, for whatever reason.
   */
  read(req: IncomingMessage): VerifiedApiKey | undefined;
  /**
   * Counts a refused key on the client's address.
   * @throws {FramegateError} FRAMEGATE_TOO_MANY once there were too many. A good key is never held up by bad ones:
   *   there is nothing to guess, and renderers share addresses.
   */
  countRefusal(address: string): Promise<void>;
  close(): void;
}

interface Entry {
  readonly config: ApiKeyConfig;
  readonly verified: VerifiedApiKey;
  readonly refusal: LoginRefusal | undefined;
}

/** Compared with where there is no key of the id, so that both take the same time. */
const NOBODY = Buffer.alloc(32);

/** The key in the Authorization header; other credentials there are none of ours. */
function presentedKey(req: IncomingMessage): string | undefined {
  return /^bearer +(fg_.*)$/i.exec(req.headers.authorization ?? '')?.[1];
}

/** Whether the request claims to be a machine's; whether its key is good is another question. */
export function presentsApiKey(req: IncomingMessage): boolean {
  return presentedKey(req) !== undefined;
}

export function createApiKeys(options: ApiKeysOptions): ApiKeys {
  const { file, clock, log } = options;
  let entries = createEntries(file.keys);
  let lookedAtMs = clock.now();

  function createEntries(keys: readonly ApiKeyConfig[]): Map<string, Entry> {
    return new Map(keys.map((config) => [config.id, createEntry(config)]));
  }

  function createEntry(config: ApiKeyConfig): Entry {
    const { id, login, groups, scope, expiresAtMs } = config;
    const admitted = options.admit({ issuer: 'api-key', subject: id, login, groups });
    const refusal = typeof admitted === 'string' ? admitted : undefined;
    if (refusal !== undefined) log.warn('api-key.unusable', { id, reason: refusal });
    const identity = typeof admitted === 'string' ? { issuer: 'api-key', subject: id, login, groups } : admitted;
    return { config, refusal, verified: { id, identity, narrowing: scope, expiresAtMs } };
  }

  function readAgain(): void {
    const keys = options.reload();
    if (keys === undefined) return;
    const before = entries;
    const given = new Map(keys.map((config) => [config.id, config]));
    entries = new Map(keys.map((config) => [config.id, unchanged(before.get(config.id), config) ?? createEntry(config)]));
    log.info('api-keys.loaded', { keys: entries.size });
    for (const [id, entry] of before) if (given.get(id) === undefined || entries.get(id) !== entry) options.onEnd(id);
  }

  /** A key whose time is over ends once: between the last look and this one. */
  function endExpired(): void {
    const since = lookedAtMs;
    lookedAtMs = clock.now();
    for (const [id, { config }] of entries) {
      const { expiresAtMs } = config;
      if (expiresAtMs !== undefined && expiresAtMs > since && expiresAtMs <= lookedAtMs) options.onEnd(id);
    }
  }

  function judge(presented: string): Entry | string {
    const id = apiKeyId(presented);
    const entry = id === undefined ? undefined : entries.get(id);
    const matches = timingSafeEqual(hashApiKey(presented), entry?.config.hash ?? NOBODY);
    if (id === undefined) return 'key-form';
    if (entry === undefined) return 'key-unknown';
    if (!matches) return 'key-wrong';
    if (entry.config.disabled) return 'key-disabled';
    const { expiresAtMs } = entry.config;
    if (expiresAtMs !== undefined && expiresAtMs <= clock.now()) return 'key-expired';
    return entry.refusal ?? entry;
  }

  // Polled, as events are not there on every file system, nor where a mounted secret is swapped by a link.
  watchFile(file.path, { persistent: false, interval: WATCH_MS }, readAgain);
  const ends = setInterval(endExpired, WATCH_MS).unref();

  return {
    read(req) {
      const presented = presentedKey(req);
      if (presented === undefined) return undefined;
      const verdict = judge(presented);
      if (typeof verdict === 'string') throw new FramegateError('FRAMEGATE_KEY_REFUSED', { reason: verdict });
      return verdict.verified;
    },

    async countRefusal(address) {
      const retryAfterSeconds = await options.refusals.count(addressKey(address));
      if (retryAfterSeconds !== undefined) throw new FramegateError('FRAMEGATE_TOO_MANY', { reason: 'refused-keys', retryAfterSeconds });
    },

    close() {
      unwatchFile(file.path, readAgain);
      clearInterval(ends);
    },
  };
}

/** The entry as it was, where nothing about the key has changed: its connections stay. */
function unchanged(entry: Entry | undefined, config: ApiKeyConfig): Entry | undefined {
  return entry !== undefined && JSON.stringify(entry.config) === JSON.stringify(config) ? entry : undefined;
}
