// An identity provider as it is in force.

import type { Secret } from '../kernel/secret.ts';

/** Names of claims; a dot leads into an object where no claim has the whole name. */
interface OidcClaimNames {
  readonly login: string;
  readonly displayName: string;
  readonly email: string;
  readonly emailVerified: string;
  readonly groups: string;
}

export interface OidcProviderConfig {
  readonly id: string;
  readonly label: string;
  /** Compared whole with what the discovery document, the callback and the tokens say. */
  readonly issuer: string;
  readonly clientId: string;
  /** undefined: a public client. */
  readonly clientSecret: Secret | undefined;
  readonly clientAuth: 'auto' | 'basic' | 'post';
  readonly scopes: readonly string[];
  readonly claims: OidcClaimNames;
  readonly groupsFormat: 'list' | 'text' | 'words';
  readonly userInfo: boolean;
  /** Put before the login claim; empty for the first issuer unless set. */
  readonly loginPrefix: string;
  /** Of one family. */
  readonly algorithms: readonly string[];
  readonly clockToleranceMs: number;
  readonly endProviderSession: boolean;
  /** undefined: our own page for it. */
  readonly postLogoutUrl: string | undefined;
  /** Answers come to an address that is this provider's alone. */
  readonly ownCallback: boolean;
  /** PEM; in place of the public CAs. */
  readonly ca: string | undefined;
  readonly allowPrivateAddress: boolean;
}
