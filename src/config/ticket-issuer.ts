// A host application whose tickets are accepted, as it is in force: its keys, and what its claims mean.

import type { KeyObject } from 'node:crypto';
import type { UpstreamRole } from '../policy/rule.ts';

/** A key that signatures of tickets are judged with, and with which algorithms alone (SEC-J1). */
export interface VerificationKey {
  /** undefined: the key stands for itself, so a ticket's `kid` is not compared. */
  readonly kid: string | undefined;
  /** JWA names (RFC 7518 3.1, RFC 8037, RFC 9864). */
  readonly algorithms: readonly string[];
  /** Public, or secret for HMAC. */
  readonly key: KeyObject;
}

export type KeyFileFormat = 'key-set' | 'pem' | 'secret';

/** Where the keys of one issuer come from. */
export type TicketKeys =
  | {
      readonly kind: 'url';
      readonly url: string;
      /** Age up to which keys are used while their source is down. */
      readonly maxStaleMs: number;
      /** Whether the name may lead to a private address (SEC-J3). */
      readonly allowPrivate: boolean;
    }
  | {
      readonly kind: 'files';
      readonly format: KeyFileFormat;
      /** Absolute paths, read again when they change; empty for keys that stand in the configuration itself. */
      readonly files: readonly string[];
      /** As they were when the configuration was read. */
      readonly keys: readonly VerificationKey[];
    };

/** Names of claims; a dot leads into an object where no claim has the whole name. */
export interface ClaimNames {
  readonly login: string;
  readonly displayName: string;
  readonly email: string;
  readonly groups: string;
  /** undefined: tickets say nothing of it. */
  readonly role: string | undefined;
  readonly orgId: string | undefined;
}

export interface TicketIssuerConfig {
  readonly issuer: string;
  readonly audience: string;
  readonly algorithms: readonly string[];
  readonly keys: TicketKeys;
  /** Put before the login; empty for the first issuer unless set. */
  readonly loginPrefix: string;
  readonly claims: ClaimNames;
  /** Upstream role by value of the role claim, the first match wins; undefined: the claim holds the role itself. */
  readonly roles: ReadonlyMap<string, UpstreamRole> | undefined;
  /** Whether its tickets may come in an address. */
  readonly allowInUrl: boolean;
}
