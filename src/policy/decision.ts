import type { UpstreamRole } from './rule.ts';

/** Why; a closed vocabulary that log, `explain` and tests share. */
export type Reason =
  | 'user-listed'
  | 'email-listed'
  | 'domain-listed'
  | 'group-listed'
  | 'everyone-listed'
  | 'no-rule-matches'
  | 'upstream-sign-in-is-closed'
  | 'refused-for-everybody'
  | 'built-in-administrator';

export type Decision =
  | { readonly kind: 'allow'; readonly rule: string; readonly role: UpstreamRole | undefined; readonly reasons: readonly Reason[] }
  | { readonly kind: 'deny'; readonly reasons: readonly Reason[] };
