// A provider's word that a session of its own has ended (OpenID Connect Back-Channel Logout 1.0, 2.4 and 2.6).

import { createHash } from 'node:crypto';
import type { Clock } from '../kernel/clock.ts';
import type { StateStore } from '../kernel/state-store.ts';
import type { OidcClient } from './oidc-client.ts';
import type { OidcLogout } from './oidc-ports.ts';
import { refuseOidc } from './oidc-refusal.ts';
import { readUnverifiedIssuer, verifyToken } from './oidc-token.ts';

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
/** Oldest that a token may be, in seconds: its `jti` is remembered for as long, and for the clock's tolerance. */
const MAX_AGE_SECONDS = 300;
const MAX_TEXT = 255;

interface VerifiedLogout extends OidcLogout {
  readonly jti: string;
}

interface LogoutOptions {
  readonly clients: readonly OidcClient[];
  readonly store: StateStore;
  readonly clock: Clock;
}

/** See `OidcSignIn.acceptLogout`. */
export async function acceptLogoutToken(
  token: string | undefined,
  end: (logout: OidcLogout) => Promise<void>,
  { clients, store, clock }: LogoutOptions,
): Promise<void> {
  if (token === undefined || token === '') throw refuseOidc('token-form');
  const issuer = readUnverifiedIssuer(token);
  const client = clients.find(({ provider }) => provider.issuer === issuer);
  if (client === undefined) throw refuseOidc('issuer-wrong');
  const { jti, ...logout } = await verifyLogout(token, client, clock);
  const hash = createHash('sha256')
    .update(JSON.stringify([logout.issuer, jti]))
    .digest('base64url');
  const key = `oidc-logout:${hash}`;
  const untilMs = clock.now() + (MAX_AGE_SECONDS + 1) * 1000 + 2 * client.provider.clockToleranceMs;
  if (!(await store.add(key, '1', untilMs))) throw refuseOidc('token-replayed');
  try {
    await end(logout);
  } catch (error) {
    // The provider will say it again, and must be heard then.
    await store.take(key).catch(() => undefined);
    throw error;
  }
}

async function verifyLogout(token: string, { provider, keys }: OidcClient, clock: Clock): Promise<VerifiedLogout> {
  const claims = await verifyToken(token, {
    provider,
    keys,
    clock,
    // Providers from before the final text send `JWT` or nothing; `events` then tells it from an ID token.
    isType: (typ) => typ === undefined || typ === 'jwt' || typ === 'logout+jwt',
    requiredClaims: ['iss', 'aud', 'iat', 'jti', 'events'],
    maxAgeSeconds: MAX_AGE_SECONDS,
  });
  const { events, sub, sid, jti } = claims;
  // An ID token must never end a session; it has a nonce and no such event.
  if (claims['nonce'] !== undefined || !isLogoutEvent(events)) throw refuseOidc('token-claims');
  if (!isText(jti) || !isOptionalText(sub) || !isOptionalText(sid)) throw refuseOidc('token-claims');
  if (sub === undefined && sid === undefined) throw refuseOidc('token-claims');
  return {
    provider: provider.id,
    issuer: provider.issuer,
    jti,
    ...(sub === undefined ? {} : { subject: sub }),
    ...(sid === undefined ? {} : { providerSid: sid }),
  };
}

function isLogoutEvent(events: unknown): boolean {
  if (typeof events !== 'object' || events === null || !Object.hasOwn(events, EVENT)) return false;
  const event = (events as Record<string, unknown>)[EVENT];
  return typeof event === 'object' && event !== null && !Array.isArray(event);
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '' && value.length <= MAX_TEXT;
const isOptionalText = (value: unknown): value is string | undefined => value === undefined || isText(value);
