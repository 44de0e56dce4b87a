// Sign-in with identity providers by OpenID Connect: authorization code flow with PKCE, state and nonce (SEC-D6.1).
// Tokens stay here (SEC-D6.2): the browser sees a code that is worth nothing without the verifier.

import { authorizationCodeGrant, buildAuthorizationUrl, calculatePKCECodeChallenge, fetchUserInfo } from 'openid-client';
import type { OidcProviderConfig } from '../config/oidc-provider.ts';
import type { Clock } from '../kernel/clock.ts';
import { FramegateError } from '../kernel/errors.ts';
import type { Identity } from '../kernel/identity.ts';
import type { Log } from '../kernel/log.ts';
import type { StateStore } from '../kernel/state-store.ts';
import { addressKey } from './address-key.ts';
import type { LoginPolicy } from './login-policy.ts';
import { type Claims, listMissing, readIdentity } from './oidc-claims.ts';
import { createOidcClient, type OidcClient } from './oidc-client.ts';
import { acceptLogoutToken } from './oidc-logout-token.ts';
import type { OidcPerson, OidcSignIn, OidcStart, OidcTransaction } from './oidc-ports.ts';
import { refusalOf, refuseOidc } from './oidc-refusal.ts';
import { verifyToken } from './oidc-token.ts';
import { createTransactions } from './oidc-transactions.ts';

/** Sign-ins that one address may begin in a minute: each is remembered for ten. */
const MAX_STARTS = 300;
const STARTS_WINDOW_MS = 60_000;
/** Longest hint in an address, in characters; browsers and servers take 8 KB in all. */
const MAX_HINT_LENGTH = 6000;

export interface OidcSignInOptions {
  readonly providers: readonly OidcProviderConfig[];
  readonly admit: LoginPolicy['admit'];
  readonly state: StateStore;
  readonly clock: Clock;
  readonly log: Log;
  /** Keys that sign-ins under way are sealed with; the first seals, all are accepted. */
  readonly keys: readonly string[];
}

export function createOidcSignIn({ providers, admit, state: store, clock, log, keys }: OidcSignInOptions): OidcSignIn {
  const clients = providers.map((provider) => createOidcClient(provider, { clock, log }));
  const transactions = createTransactions({ store, clock, keys });
  const clientOf = (id: string): OidcClient | undefined => clients.find(({ provider }) => provider.id === id);

  async function begin(start: OidcStart): Promise<string> {
    const client = clientOf(start.provider);
    if (client === undefined) throw new FramegateError('FRAMEGATE_NOT_FOUND', { reason: 'provider-unknown' });
    const { count, endsAtMs } = await store.count(`oidc-start:${addressKey(start.address)}`, 1, STARTS_WINDOW_MS);
    if (count > MAX_STARTS) {
      const retryAfterSeconds = Math.max(1, Math.ceil((endsAtMs - clock.now()) / 1000));
      throw new FramegateError('FRAMEGATE_TOO_MANY', { reason: 'oidc-starts', retryAfterSeconds });
    }
    const configuration = await client.configure();
    const { state, nonce, verifier } = await transactions.begin(start);
    const url = buildAuthorizationUrl(configuration, {
      redirect_uri: start.base + callbackOf(client.provider),
      scope: client.provider.scopes.join(' '),
      state,
      nonce,
      code_challenge: await calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      ...(start.again ? { prompt: 'login' } : {}),
    });
    return url.href;
  }

  const complete: OidcSignIn['complete'] = async (transaction, parameters, { base, path }) => {
    const client = clientOf(transaction.provider);
    // It may have been taken out of the configuration meanwhile.
    if (client === undefined) throw refuseOidc('provider-unknown');
    const { provider } = client;
    const issuers = parameters.getAll('iss');
    // The library compares too; the log then says what it was (RFC 9207, mix-up).
    if (issuers.some((issuer) => issuer !== provider.issuer)) throw refuseOidc('issuer-wrong');
    // A hostile provider may have sent the browser on to another one: that one's code must not reach it (RFC 9700 4.4).
    if (path !== callbackOf(provider)) throw refuseOidc('other-callback');
    if (issuers.length === 0 && clients.length > 1 && !provider.ownCallback) throw refuseOidc('issuer-missing');
    const { idToken, claims } = await exchange(client, transaction, parameters, base + path);
    const identity = admitPerson(readIdentity(claims, provider));
    const { sid } = claims;
    const keepsHint = provider.endProviderSession && client.metadata.known?.end_session_endpoint !== undefined;
    return {
      identity,
      provider: {
        id: provider.id,
        ...(typeof sid === 'string' && sid !== '' && sid.length <= 255 ? { sid } : {}),
        ...(keepsHint && idToken.length <= MAX_HINT_LENGTH ? { idToken } : {}),
      },
    };
  };

  async function exchange(client: OidcClient, transaction: OidcTransaction, parameters: URLSearchParams, redirectUri: string) {
    const { provider, keys } = client;
    const { state, nonce, verifier } = transaction;
    try {
      const configuration = await client.configure();
      const tokens = await authorizationCodeGrant(configuration, new URL(`${redirectUri}?${parameters}`), {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: verifier,
        idTokenExpected: true,
      });
      const idToken = tokens.id_token ?? '';
      const isType = (typ: string | undefined): boolean => typ === undefined || typ === 'jwt';
      const verified = await verifyToken(idToken, { provider, keys, clock, isType, requiredClaims: ['sub', 'iat', 'exp', 'nonce'] });
      if (verified['nonce'] !== nonce) throw refuseOidc('token-claims');
      if (verified['azp'] !== undefined && verified['azp'] !== provider.clientId) throw refuseOidc('authorized-party');
      const asks = provider.userInfo && configuration.serverMetadata().userinfo_endpoint !== undefined;
      const lacks = asks && listMissing(verified, provider).length > 0;
      const further = lacks ? await fetchUserInfo(configuration, tokens.access_token, verified.sub ?? '') : {};
      // What is signed wins.
      const claims: Claims = { ...further, ...verified };
      noteOverage(claims, provider);
      return { idToken, claims };
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal.code === 'FRAMEGATE_PROVIDER_UNAVAILABLE')
        log.error('oidc.exchange-failed', {
          provider: provider.id,
          reason: refusal.reason,
          problem: describeCause(refusal),
          hint: HINTS.get(refusal.reason ?? ''),
        });
      throw refusal;
    }
  }

  function noteOverage(claims: Claims, { id, claims: names }: OidcProviderConfig): void {
    const elsewhere = claims['_claim_names'];
    if (typeof elsewhere === 'object' && elsewhere !== null && Object.hasOwn(elsewhere, names.groups))
      log.warn('oidc.groups-left-out', {
        provider: id,
        hint: 'the person is in too many groups for a token; let the provider send only those of this application',
      });
  }

  function admitPerson(identity: Identity): Identity {
    const admitted = admit(identity);
    if (typeof admitted === 'string') throw new FramegateError('FRAMEGATE_IDENTITY_REFUSED', { reason: admitted });
    return admitted;
  }

  function findLogoutUrl(session: OidcPerson['provider'], ownPage: string): string | undefined {
    const client = clientOf(session.id);
    const { provider, metadata } = client ?? {};
    const endpoint = metadata?.known?.end_session_endpoint;
    if (provider === undefined || endpoint === undefined || !provider.endProviderSession) return undefined;
    const url = new URL(endpoint);
    url.searchParams.set('client_id', provider.clientId);
    url.searchParams.set('post_logout_redirect_uri', provider.postLogoutUrl ?? ownPage);
    if (session.idToken !== undefined) url.searchParams.set('id_token_hint', session.idToken);
    return url.href;
  }

  return {
    providers: providers.map(({ id, label }) => ({ id, label })),
    callbacks: [...new Set(providers.map(callbackOf))],
    async warmUp() {
      await Promise.allSettled(clients.map(({ metadata }) => metadata.get()));
    },
    begin,
    resume: (parameters, browser) => {
      const states = parameters.getAll('state');
      return transactions.take(states.length === 1 ? states[0] : undefined, browser);
    },
    complete,
    findLogoutUrl,
    logoutOrigins() {
      const endpoints = clients.map(({ provider, metadata }) =>
        provider.endProviderSession ? metadata.known?.end_session_endpoint : undefined,
      );
      return [...new Set(endpoints.filter((endpoint) => endpoint !== undefined).map((endpoint) => new URL(endpoint).origin))];
    },
    acceptLogout: (token, end) => acceptLogoutToken(token, end, { clients, store, clock }),
  };
}

/** Below our own routes. */
function callbackOf({ id, ownCallback }: OidcProviderConfig): string {
  return ownCallback ? `/oidc/callback/${id}` : '/oidc/callback';
}

/** What to do about a provider that does not do its part, by reason. */
const HINTS: ReadonlyMap<string, string> = new Map([
  [
    'provider-client-refused',
    'the provider does not know this client: compare clientId, clientSecret and clientAuth with what is registered there',
  ],
]);

function describeCause({ cause }: FramegateError): string | undefined {
  return cause instanceof Error ? cause.message : undefined;
}
