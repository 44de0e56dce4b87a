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

/** One grant. What no rule grants is denied. */
export interface Rule {
  readonly name: string;
  readonly who: Who;
  readonly may: readonly 'everything'[];
  /** Name of the one upstream it holds on; undefined: all. */
  readonly upstream: string | undefined;
  readonly role: UpstreamRole | undefined;
}
