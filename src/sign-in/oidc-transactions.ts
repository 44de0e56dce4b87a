// Sign-ins that are under way at a provider: bound to the browser that began them, for ten minutes, once (SEC-D1.3).
// They are state that instances share, so that one can begin a sign-in and another end it; and sealed, so that who can
// write to the store cannot send people elsewhere.

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../kernel/clock.ts';
import { createSeal } from '../kernel/seal.ts';
import type { StateStore } from '../kernel/state-store.ts';
import type { OidcStart, OidcTransaction } from './oidc-ports.ts';
import { refuseOidc } from './oidc-refusal.ts';

const LIFETIME_MS = 10 * 60_000;
/** Of `state`, `nonce` and the PKCE verifier each. */
const RANDOM_BYTES = 32;

/** 43 characters of base64url, as all of them are made here. */
const random = z.string().regex(/^[A-Za-z0-9_-]{43}$/);

const stored = z.strictObject({
  provider: z.string(),
  returnTo: z.string(),
  challenge: random.optional(),
  beganAtMs: z.number(),
  /** SHA-256 of the cookie, so that who reads the store cannot be the browser. */
  browser: random,
  nonce: random,
  verifier: random,
  /** Judged by our clock as well: that of a store may be late. */
  untilMs: z.number(),
});

export interface Transactions {
  begin(start: OidcStart): Promise<OidcTransaction>;
  /** @throws {FramegateError} FRAMEGATE_OIDC_REFUSED unless this browser began it, not too long ago, and has not come back before. */
  take(state: string | undefined, browser: string | undefined): Promise<OidcTransaction>;
}

export interface TransactionsOptions {
  readonly store: StateStore;
  readonly clock: Clock;
  /** Keys that transactions are sealed with; the first seals, all are accepted. */
  readonly keys: readonly string[];
}

export function createTransactions({ store, clock, keys }: TransactionsOptions): Transactions {
  const seal = createSeal(keys);
  // The state itself is a key to the transaction, so the store holds its hash only.
  const keyOf = (state: string): string => `oidc:${sha256(state)}`;

  async function begin({ provider, returnTo, challenge, beganAtMs, browser }: OidcStart): Promise<OidcTransaction> {
    const journey = { provider, returnTo, beganAtMs, ...(challenge === undefined ? {} : { challenge }) };
    const secrets = { nonce: makeRandom(), verifier: makeRandom() };
    const state = makeRandom();
    const untilMs = clock.now() + LIFETIME_MS;
    const value: z.infer<typeof stored> = { ...journey, ...secrets, browser: sha256(browser), untilMs };
    const key = keyOf(state);
    await store.set(key, seal.close(key, JSON.stringify(value)), untilMs);
    return { ...journey, ...secrets, state };
  }

  async function take(state: string | undefined, browser: string | undefined): Promise<OidcTransaction> {
    if (state === undefined || !random.safeParse(state).success) throw refuseOidc('state-missing');
    if (browser === undefined) throw refuseOidc('browser-unknown');
    // Looked at first: somebody else's browser must not use it up.
    const key = keyOf(state);
    const found = open(key, await store.get(key));
    if (!timingSafeEqual(Buffer.from(found.browser), Buffer.from(sha256(browser)))) throw refuseOidc('other-browser');
    const { provider, returnTo, challenge, beganAtMs, nonce, verifier, untilMs } = open(key, await store.take(key));
    if (untilMs <= clock.now()) throw refuseOidc('state-unknown');
    return { provider, returnTo, ...(challenge === undefined ? {} : { challenge }), beganAtMs, state, nonce, verifier };
  }

  /** Without a part, PKCE or the nonce would not be checked at all (CVE-2023-48228). */
  function open(key: string, sealed: string | undefined): z.infer<typeof stored> {
    if (sealed === undefined) throw refuseOidc('state-unknown');
    const parsed = stored.safeParse(parseJson(seal.open(key, sealed) ?? ''));
    if (!parsed.success) throw refuseOidc('transaction-invalid');
    return parsed.data;
  }

  return { begin, take };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const makeRandom = (): string => randomBytes(RANDOM_BYTES).toString('base64url');

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
