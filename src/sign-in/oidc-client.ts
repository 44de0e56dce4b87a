// One identity provider as openid-client sees it: addresses, keys, and framegate as a client of it.

import {
  // biome-ignore lint/suspicious/noDeprecatedImports: marked so that it stands out; used for issuers on loopback alone
  allowInsecureRequests,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  Configuration,
  clockSkew,
  clockTolerance,
  customFetch,
  None,
  type ServerMetadata,
} from 'openid-client';
import type { OidcProviderConfig } from '../config/oidc-provider.ts';
import { type Clock, systemClock } from '../kernel/clock.ts';
import { FramegateError } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import type { KeyFinder } from './key-finder.ts';
import { createGuardedFetch, isPlainHttp } from './oidc-fetch.ts';
import { createMetadata, type MetadataSource } from './oidc-metadata.ts';
import { providerUnavailable } from './oidc-refusal.ts';
import { createRemoteKeys } from './remote-keys.ts';

/** Age up to which keys are used while the provider cannot be reached, in milliseconds. */
const MAX_STALE_KEYS_MS = 60 * 60_000;
/** openid-client's own limit, in seconds; that of one request is shorter. */
const TIMEOUT_SECONDS = 10;

export interface OidcClient {
  readonly provider: OidcProviderConfig;
  readonly metadata: MetadataSource;
  /** The provider's signing keys. */
  readonly keys: KeyFinder;
  /** For one exchange: the difference of the clocks is that of now. @throws {FramegateError} FRAMEGATE_PROVIDER_UNAVAILABLE */
  configure(): Promise<Configuration>;
}

export function createOidcClient(provider: OidcProviderConfig, { clock, log }: { readonly clock: Clock; readonly log: Log }): OidcClient {
  const fetch = createGuardedFetch(provider);
  const metadata = createMetadata({ provider, fetch, clock, log });
  let source: { readonly url: string; readonly keys: KeyFinder } | undefined;

  const keyLog: Log = {
    ...log,
    warn: (_event, fields) => log.warn('oidc.keys-failed', { provider: provider.id, problem: fields?.['problem'] }),
  };

  async function find(kid: string | undefined) {
    const { jwks_uri: url = '' } = await metadata.get();
    if (source?.url !== url) {
      const { issuer, ca, allowPrivateAddress: allowPrivate } = provider;
      source = { url, keys: createRemoteKeys({ url, issuer, ca, allowPrivate, maxStaleMs: MAX_STALE_KEYS_MS, clock, log: keyLog }) };
    }
    try {
      return await source.keys.find(kid);
    } catch (error) {
      if (error instanceof FramegateError && error.code === 'FRAMEGATE_KEYS_UNAVAILABLE') throw providerUnavailable('unreachable');
      throw error;
    }
  }

  async function configure(): Promise<Configuration> {
    const server = await metadata.get();
    const client = {
      // The library asks the machine for the time.
      [clockSkew]: (clock.now() - systemClock.now()) / 1000,
      [clockTolerance]: provider.clockToleranceMs / 1000,
    };
    const configuration = new Configuration(server, provider.clientId, client, chooseAuth(provider, server));
    configuration.timeout = TIMEOUT_SECONDS;
    configuration[customFetch] = fetch;
    if (isPlainHttp(provider.issuer)) allowInsecureRequests(configuration);
    return configuration;
  }

  return { provider, metadata, keys: { needsKid: true, find }, configure };
}

/** `client_secret_basic` is what a provider takes that does not say (OpenID Connect Discovery 1.0, section 3). */
function chooseAuth({ clientSecret, clientAuth }: OidcProviderConfig, server: ServerMetadata): ClientAuth {
  if (clientSecret === undefined) return None();
  const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
  const isPost = clientAuth === 'auto' ? !methods.includes('client_secret_basic') : clientAuth === 'post';
  return (isPost ? ClientSecretPost : ClientSecretBasic)(clientSecret.revealText());
}
