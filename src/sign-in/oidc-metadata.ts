// What an identity provider says of itself (OpenID Connect Discovery 1.0): asked for when it is needed, kept while it is
// fresh, and for a while longer when the provider cannot be reached.

// biome-ignore lint/suspicious/noDeprecatedImports: marked so that it stands out; used for issuers on loopback alone
import { allowInsecureRequests, customFetch, discovery, type ServerMetadata } from 'openid-client';
import type { OidcProviderConfig } from '../config/oidc-provider.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import { isLoopbackHostname } from '../kernel/origin.ts';
import { RequestFailure } from './guarded-request.ts';
import { type GuardedFetch, isPlainHttp } from './oidc-fetch.ts';
import { providerUnavailable } from './oidc-refusal.ts';

const FRESH_MS = 60 * 60_000;
/** Addresses of a provider hardly ever change; its keys have a shorter life of their own. */
const MAX_STALE_MS = 24 * 60 * 60_000;
/** Least time between two tries while old metadata serve. */
const COOLDOWN_MS = 30_000;
/** Least time between two tries while there are none. */
const COLD_RETRY_MS = 2000;

const NEEDED = ['authorization_endpoint', 'token_endpoint', 'jwks_uri'] as const;
const OPTIONAL = ['userinfo_endpoint', 'end_session_endpoint'] as const;

export interface MetadataSource {
  /** @throws {FramegateError} FRAMEGATE_PROVIDER_UNAVAILABLE while nothing usable is known. */
  get(): Promise<ServerMetadata>;
  /** What is known by now, without asking. */
  readonly known: ServerMetadata | undefined;
}

interface MetadataOptions {
  readonly provider: OidcProviderConfig;
  readonly fetch: GuardedFetch;
  readonly clock: Clock;
  readonly log: Log;
}

export function createMetadata({ provider, fetch, clock, log }: MetadataOptions): MetadataSource {
  let known: ServerMetadata | undefined;
  let loadedAtMs = Number.NEGATIVE_INFINITY;
  let failedAtMs = Number.NEGATIVE_INFINITY;
  let pending: Promise<void> | undefined;

  async function load(): Promise<void> {
    try {
      known = checkMetadata(await discover(provider, fetch), provider);
      loadedAtMs = clock.now();
      log.info('oidc.provider-known', { provider: provider.id });
    } catch (error) {
      failedAtMs = clock.now();
      log.warn('oidc.provider-failed', { provider: provider.id, problem: describe(error) });
    }
  }

  return {
    get known() {
      return known;
    },
    async get() {
      const ageMs = clock.now() - loadedAtMs;
      if (known !== undefined && ageMs < FRESH_MS) return known;
      const usable = known !== undefined && ageMs < MAX_STALE_MS;
      if (pending !== undefined || clock.now() - failedAtMs >= (usable ? COOLDOWN_MS : COLD_RETRY_MS)) {
        pending ??= load().finally(() => {
          pending = undefined;
        });
        // Nobody has to wait for what would be as before.
        if (!usable) await pending;
      }
      if (known === undefined || clock.now() - loadedAtMs >= MAX_STALE_MS) throw providerUnavailable('unreachable');
      return known;
    },
  };
}

async function discover({ issuer, clientId }: OidcProviderConfig, fetch: GuardedFetch): Promise<ServerMetadata> {
  const execute = isPlainHttp(issuer) ? [allowInsecureRequests] : [];
  const found = await discovery(new URL(issuer), clientId, undefined, undefined, { execute, [customFetch]: fetch });
  return found.serverMetadata();
}

/** Exactly the issuer that was asked for (ASVS 10.5.3), and addresses that are as safe to ask as its own. */
function checkMetadata(metadata: ServerMetadata, { issuer }: OidcProviderConfig): ServerMetadata {
  if (metadata.issuer !== issuer) throw new Error('its document names another issuer; write the issuer exactly as it stands there');
  const missing = NEEDED.find((name) => !isEndpoint(metadata[name], issuer));
  if (missing !== undefined) throw new Error(`its document names no usable ${missing}`);
  const checked: { -readonly [Key in keyof ServerMetadata]: ServerMetadata[Key] } = { ...metadata };
  for (const name of OPTIONAL) if (!isEndpoint(metadata[name], issuer)) delete checked[name];
  return checked;
}

/** https; http or a loopback name only where the issuer itself is there. */
function isEndpoint(value: unknown, issuer: string): boolean {
  const url = typeof value === 'string' ? URL.parse(value) : null;
  if (url === null || url.username !== '' || url.password !== '') return false;
  if (isLoopbackHostname(url.hostname) && !isLoopbackHostname(new URL(issuer).hostname)) return false;
  return url.protocol === 'https:' || (isPlainHttp(issuer) && isPlainHttp(url.href));
}

/** openid-client says in general what happened; where a request failed, its cause says how. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return 'cannot be read';
  return error.cause instanceof RequestFailure ? error.cause.message : error.message;
}
