// The public keys that a host application serves by URL (SEC-B15, SEC-J3). jose fetches, parses and picks; when it
// fetches is decided here, so that neither tickets with made-up key ids nor a host application that is down cause more
// than a few requests, and keys that were good go on for an hour while their source is down.

import { createRemoteJWKSet, customFetch, errors, type FetchImplementation, type JWTVerifyGetKey } from 'jose';
import type { Clock } from '../kernel/clock.ts';
import { FramegateError } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import { checkKeySet } from './key-set.ts';

const TIMEOUT_MS = 5000;
const MAX_BYTES = 256 * 1024;
/** Keys are asked for again after this time; a key taken out of the set is refused from then on. */
const FRESH_MS = 10 * 60_000;
/** Age up to which keys are used while their source is down. */
const MAX_STALE_MS = 60 * 60_000;
/** Least time between two requests because of an unknown key id, and between two tries to renew old keys. */
const COOLDOWN_MS = 30_000;
/** Least time between two tries while there are no keys at all. */
const COLD_RETRY_MS = 5000;

export interface RemoteKeysOptions {
  readonly url: string;
  /** Names the source in the log. */
  readonly issuer: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** A key getter for `jwtVerify`; it throws FRAMEGATE_KEYS_UNAVAILABLE where there are no keys to judge with. */
export function createRemoteKeys({ url, issuer, clock, log }: RemoteKeysOptions): JWTVerifyGetKey {
  // jose's own schedule is off: it follows the machine's clock and knows no stale keys.
  const schedule = { cacheMaxAge: Number.POSITIVE_INFINITY, cooldownDuration: Number.POSITIVE_INFINITY };
  const remote = createRemoteJWKSet(new URL(url), { ...schedule, timeoutDuration: TIMEOUT_MS, [customFetch]: fetchKeySet });
  let loadedAtMs = Number.NEGATIVE_INFINITY;
  let failedAtMs = Number.NEGATIVE_INFINITY;
  let searchedAtMs = Number.NEGATIVE_INFINITY;
  let pending: Promise<boolean> | undefined;

  /** @returns whether the keys are new now; the old ones stay where they are not. */
  function load(): Promise<boolean> {
    pending ??= remote
      .reload()
      .then(
        () => {
          loadedAtMs = clock.now();
          return true;
        },
        (error: unknown) => {
          failedAtMs = clock.now();
          log.warn('ticket-keys.failed', { issuer, problem: describe(error) });
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
    const usable = ageMs < MAX_STALE_MS;
    const mayTry = pending !== undefined || clock.now() - failedAtMs >= (usable ? COOLDOWN_MS : COLD_RETRY_MS);
    if (mayTry && (await load())) return;
    if (!usable) throw new FramegateError('FRAMEGATE_KEYS_UNAVAILABLE', { reason: 'ticket-keys-unavailable' });
  }

  return async function getKey(header, token) {
    await renew();
    try {
      return await remote(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      // The key may be newer than our copy of the set: look once, then not again for a while.
      if (clock.now() - searchedAtMs < COOLDOWN_MS) throw error;
      searchedAtMs = clock.now();
      if (!(await load())) throw error;
      return remote(header, token);
    }
  };
}

/** Follows no redirect, reads at most 256 KiB, takes a checked key set only. */
const fetchKeySet: FetchImplementation = async (url, options) => {
  const response = await fetch(url, { ...options, redirect: 'error' });
  if (response.status !== 200 || response.body === null) {
    await response.body?.cancel();
    throw new Error(`The key set's address answered ${response.status}`);
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body) {
    size += chunk.byteLength;
    // Leaving the loop closes the connection.
    if (size > MAX_BYTES) throw new Error(`The key set is larger than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Response.json(checkKeySet(readJson(Buffer.concat(chunks).toString('utf8'))));
};

/** fetch says only "fetch failed"; its cause says why. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the text.
    throw new Error('The key set is not JSON');
  }
}
