// Who is asking, as a token that nobody but framegate can write: a short-lived JWT for one upstream (RFC 7519). It says
// what the identity headers say. `sub` is the login, which is one person's alone across all issuers.

import { SignJWT } from 'jose';
import type { SignedIdentityConfig } from '../config/signed-identity.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Identity } from '../kernel/identity.ts';
import type { UpstreamRole } from '../policy/rule.ts';

/** What the rule that let the request pass tells the upstream. */
export interface Grant {
  readonly role: UpstreamRole | undefined;
  readonly orgId: number | undefined;
}

export interface SignedIdentity {
  /**
   * The token for a person and a grant. Kept for half of its life and then made anew, so most requests cost no signature
   * and none gets a token that is about to end. No `jti`: a token serves several requests.
   */
  tokenFor(identity: Identity, grant: Grant): string | Promise<string>;
}

export interface SignedIdentityOptions {
  readonly config: SignedIdentityConfig;
  /** `iss`: the origin of publicUrl. */
  readonly issuer: string;
  readonly clock: Clock;
  /** Tokens kept; the oldest goes first. Default 10 000. */
  readonly maxKept?: number;
}

interface Kept {
  token: string | Promise<string>;
  readonly usedUntilMs: number;
}

const MAX_KEPT = 10_000;

/** Longest list of groups in a token, in bytes of JSON; a longer one is left out, as in the groups header. */
const MAX_GROUPS_BYTES = 4096;

export function createSignedIdentity({ config, issuer, clock, maxKept = MAX_KEPT }: SignedIdentityOptions): SignedIdentity {
  const kept = new Map<string, Kept>();
  const [key] = config.keys;

  function sign(claims: Record<string, unknown>, subject: string, nowMs: number): Promise<string> {
    const issuedAt = Math.floor(nowMs / 1000);
    return new SignJWT(claims)
      .setProtectedHeader({ alg: key.algorithm, typ: 'JWT', kid: key.kid })
      .setIssuer(issuer)
      .setSubject(subject)
      .setAudience(config.audience)
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + Math.floor(config.lifetimeMs / 1000))
      .sign(key.privateKey);
  }

  function make(name: string, claims: Record<string, unknown>, subject: string): Promise<string> {
    const nowMs = clock.now();
    const token = sign(claims, subject, nowMs);
    const entry: Kept = { token, usedUntilMs: nowMs + config.lifetimeMs / 2 };
    kept.delete(name);
    const oldest = kept.size >= maxKept ? kept.keys().next().value : undefined;
    if (oldest !== undefined) kept.delete(oldest);
    kept.set(name, entry);
    // As text it costs the requests after this one no turn of the loop. What failed is tried again.
    token.then(
      (text) => {
        entry.token = text;
      },
      () => kept.delete(name),
    );
    return token;
  }

  return {
    tokenFor(identity, grant) {
      const claims = buildClaims(identity, grant, config.claims);
      const name = JSON.stringify([identity.login, claims]);
      const entry = kept.get(name);
      return entry !== undefined && clock.now() < entry.usedUntilMs ? entry.token : make(name, claims, identity.login);
    },
  };
}

function buildClaims(identity: Identity, grant: Grant, names: SignedIdentityConfig['claims']): Record<string, unknown> {
  const values = {
    login: identity.login,
    name: identity.displayName,
    // Upstreams merge accounts by e-mail address, so an unproven one never leaves (SEC-R5).
    email: identity.emailVerified === false ? undefined : identity.email,
    groups: Buffer.byteLength(JSON.stringify(identity.groups)) <= MAX_GROUPS_BYTES ? identity.groups : undefined,
    role: grant.role,
    orgId: grant.orgId,
  };
  const claims: Record<string, unknown> = {};
  for (const field of ['login', 'name', 'email', 'groups', 'role', 'orgId'] as const) {
    const name = names[field];
    if (name !== undefined && values[field] !== undefined) claims[name] = values[field];
  }
  return claims;
}
