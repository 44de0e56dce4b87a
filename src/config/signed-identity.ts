// How an upstream is told who is asking in a way that nobody else can write: as it is in force.

import type { KeyObject } from 'node:crypto';
import type { JWK } from 'jose';

export interface IdentitySigningKey {
  readonly kid: string;
  /** JWA name (RFC 7518 3.1, RFC 8037). */
  readonly algorithm: string;
  readonly privateKey: KeyObject;
  /** The public half with `kid`, `alg` and `use`, as it is published. */
  readonly publicJwk: JWK;
}

/** Names of claims; what has none is not sent. */
export interface SignedClaimNames {
  readonly login?: string;
  readonly name?: string;
  readonly email?: string;
  readonly groups?: string;
  readonly role?: string;
  readonly orgId?: string;
}

export interface SignedIdentityConfig {
  readonly header: string;
  /** The first signs; all are published. */
  readonly keys: readonly [IdentitySigningKey, ...IdentitySigningKey[]];
  readonly audience: string;
  readonly lifetimeMs: number;
  readonly claims: SignedClaimNames;
}
