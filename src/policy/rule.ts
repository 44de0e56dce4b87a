import type { SignInMethod } from '../kernel/identity.ts';
import type { CapabilityWord } from './bundles.ts';
import type { Hours } from './hours.ts';
import type { ResourceKind } from './request.ts';

/** Whom a rule is for; one match is enough. */
export interface Who {
  readonly everyone: boolean;
  readonly users: readonly string[];
  /** Lower case. */
  readonly emails: readonly string[];
  /** Lower case, without a dot at either end. */
  readonly domains: readonly string[];
  readonly groups: readonly string[];
}

export type UpstreamRole = 'Viewer' | 'Editor' | 'Admin' | 'None';

/** Names by kind, `*` for any characters. A kind that is absent is not limited; an empty list limits it to nothing. */
export type Limits = { readonly [kind in ResourceKind]?: readonly string[] };

/** Under which circumstances a rule holds; all that is given has to be met. */
export interface When {
  readonly hours: Hours | undefined;
  /** CIDRs that the client's address has to be in one of. */
  readonly networks: readonly string[] | undefined;
  /** How the person signed in. */
  readonly methods: readonly SignInMethod[] | undefined;
  /** Who vouches for the person, so for groups and e-mail address as well. */
  readonly issuers: readonly string[] | undefined;
}

/** One grant or denial. What no rule grants is denied, and a denial is stronger than any grant. */
export interface Rule {
  readonly name: string;
  readonly effect: 'allow' | 'deny';
  readonly who: Who;
  /** What it grants or denies, as written. */
  readonly capabilities: readonly CapabilityWord[];
  /** Name of the one upstream it holds on; undefined: all. */
  readonly upstream: string | undefined;
  readonly limits: Limits;
  readonly when: When | undefined;
  /** What the upstream is told; undefined: what the identity brings along. */
  readonly role: UpstreamRole | undefined;
  /**
   * The organisation that the upstream is told, and the only one that a request may name (SEC-P12). undefined: that of
   * the identity, else the first, unless the rule lets people switch organisations.
   */
  readonly orgId: number | undefined;
}
