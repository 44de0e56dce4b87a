// Who a provider's claims say it is. Called with verified claims only.

import type { OidcProviderConfig } from '../config/oidc-provider.ts';
import type { Identity } from '../kernel/identity.ts';
import { parseLogin } from '../kernel/login.ts';
import { readDisplayName, readEmail, readGroups } from './attributes.ts';
import { readClaim } from './claim.ts';
import { refuseOidc } from './oidc-refusal.ts';

export type Claims = Readonly<Record<string, unknown>>;

/** OpenID Connect Core 2: at most 255 ASCII characters. */
const SUBJECT = /^[\x20-\x7e]{1,255}$/;

type ClaimOptions = Pick<OidcProviderConfig, 'issuer' | 'claims' | 'groupsFormat' | 'loginPrefix'>;

/**
 * The account is issuer and `sub` (SEC-R6); the login comes from the claim that the configuration names, behind the prefix.
 * @throws {FramegateError} FRAMEGATE_OIDC_REFUSED
 */
export function readIdentity(claims: Claims, { issuer, claims: names, groupsFormat, loginPrefix }: ClaimOptions): Identity {
  const { sub } = claims;
  if (typeof sub !== 'string' || !SUBJECT.test(sub)) throw refuseOidc('subject');
  const own = parseLogin(readClaim(claims, names.login));
  const login = own === undefined ? undefined : parseLogin(loginPrefix + own);
  if (login === undefined) throw refuseOidc('login');
  const email = readEmail(readClaim(claims, names.email));
  // Only `true` says so (SEC-R5): many providers let people write any address.
  const emailVerified = readClaim(claims, names.emailVerified) === true;
  // An address that anybody may claim to have must not become somebody's login.
  if (names.login === names.email && !(emailVerified && email !== undefined)) throw refuseOidc('email-not-verified');
  const groups = readGroups(listGroups(readClaim(claims, names.groups), groupsFormat));
  if (groups === undefined) throw refuseOidc('groups');
  const displayName = readDisplayName(readClaim(claims, names.displayName));
  return {
    issuer,
    subject: sub,
    login,
    ...(email === undefined ? {} : { email, emailVerified }),
    ...(displayName === undefined ? {} : { displayName }),
    groups,
  };
}

/** Names that the ID token says nothing about. */
export function listMissing(claims: Claims, { claims: names }: Pick<ClaimOptions, 'claims'>): readonly string[] {
  return [names.login, names.displayName, names.email, names.groups].filter((name) => readClaim(claims, name) === undefined);
}

/** As a list where the configuration says that it is written otherwise; anything else is left for `readGroups` to refuse. */
function listGroups(value: unknown, format: OidcProviderConfig['groupsFormat']): unknown {
  if (typeof value !== 'string' || format === 'list') return value;
  return format === 'text' ? [value] : value.split(' ').filter((word) => word !== '');
}
