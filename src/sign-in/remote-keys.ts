// The public keys that a host application serves by URL (SEC-B15). Neither tickets with made-up key ids nor a host
// application that is down cause more than a few requests, and keys that were good go on for a while without it.

import { parseKeySet } from '../config/key-set.ts';
import { isFault } from '../config/public-key.ts';
import type { VerificationKey } from '../config/ticket-issuer.ts';
import type { Clock } from '../kernel/clock.ts';
import { FramegateError } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import { sendGuarded } from './guarded-request.ts';
import type { KeyFinder } from './key-finder.ts';

/** Keys are asked for again after this time; a key taken out of the set is refused from then on. */
const FRESH_MS = 10 * 60_000;
/** Least time between two requests because of an unknown key id, and between two tries to renew old keys. */
const COOLDOWN_MS = 30_000;
/** Least time between two tries while there are no keys at all. */
const COLD_RETRY_MS = 5000;

export interface RemoteKeysOptions {
  readonly url: string;
  /** Age up to which keys are used while their source is down, in milliseconds. */
  readonly maxStaleMs: number;
  /** Whether the name may lead into a private network. */
  readonly allowPrivate: boolean;
  /** PEM; in place of the public CAs. */
  readonly ca?: string | undefined;
  /** Names the source in the log. */
  readonly issuer: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** `find` throws FRAMEGATE_KEYS_UNAVAILABLE where there are no keys to judge with. */
export function createRemoteKeys({ maxStaleMs, issuer, clock, log, ...source }: RemoteKeysOptions): KeyFinder {
  let keys: readonly VerificationKey[] = [];
  let loadedAtMs = Number.NEGATIVE_INFINITY;
  let failedAtMs = Number.NEGATIVE_INFINITY;
  let searchedAtMs = Number.NEGATIVE_INFINITY;
  let pending: Promise<boolean> | undefined;

  /** @returns whether the keys are new now; the old ones stay where they are not. */
  function load(): Promise<boolean> {
    pending ??= fetchKeys(source)
      .then(
        (loaded) => {
          keys = loaded;
          loadedAtMs = clock.now();
          log.debug('ticket-keys.loaded', { issuer, keys: keys.length });
          return true;
        },
        (error: unknown) => {
          failedAtMs = clock.now();
          log.warn('ticket-keys.failed', {
            issuer,
            problem: error instanceof Error ? `the key set: ${error.message}` : 'the key set cannot be read',
          });
          return false;
        },
      )
      .finally(() => {
        pending = undefined;
      });
    return pending;
  }

  async function renew(): Promise<void> {
    const ageMs = clock.now() - loadedAtMs;
    if (ageMs < FRESH_MS) return;
    const usable = ageMs < maxStaleMs;
    const mayTry = pending !== undefined || clock.now() - failedAtMs >= (usable ? COOLDOWN_MS : COLD_RETRY_MS);
    if (mayTry && (await load())) return;
    if (!usable) throw new FramegateError('FRAMEGATE_KEYS_UNAVAILABLE', { reason: 'ticket-keys-unavailable' });
  }

  const pick = (kid: string | undefined): readonly VerificationKey[] => keys.filter((key) => key.kid === kid);

  async function find(kid: string | undefined): Promise<readonly VerificationKey[]> {
    await renew();
    const found = pick(kid);
    if (found.length > 0) return found;
    // The key may be newer than our copy of the set: look once, then not again for a while.
    if (pending === undefined && clock.now() - searchedAtMs < COOLDOWN_MS) return [];
    searchedAtMs = clock.now();
    await load();
    return pick(kid);
  }

  return { needsKid: true, find };
}

async function fetchKeys(source: Pick<RemoteKeysOptions, 'url' | 'allowPrivate' | 'ca'>): Promise<readonly VerificationKey[]> {
  const { status, body } = await sendGuarded({ ...source, headers: { Accept: 'application/jwk-set+json, application/json' } });
  if (status !== 200) throw new Error(`its address answered ${status}`);
  const keys = parseKeySet(body.toString('utf8'), 'skip');
  if (isFault(keys)) throw new Error(keys.what);
  return keys;
}
