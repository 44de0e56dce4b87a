import type { UpstreamRole } from './rule.ts';

/** Which part of a rule's `who` the person is. */
export type Match = 'user-listed' | 'everyone-listed' | 'group-listed' | 'email-listed' | 'domain-listed';

/** Why a rule does not decide. */
export type Miss =
  | 'other-upstream'
  | 'other-people'
  | 'other-capability'
  | 'outside-hours'
  | 'other-network'
  | 'other-sign-in-method'
  | 'other-issuer'
  | 'dashboard-not-listed'
  | 'folder-not-listed'
  | 'data-source-not-listed'
  | 'plugin-not-listed'
  | 'nothing-named'
  | 'goes-round-the-limit'
  | 'other-resources'
  | 'other-organisation'
  | 'built-in-administrator';

/** Why; a closed vocabulary that log, `explain` and tests share. docs/behaviour.md says what each means. */
export type Reason =
  | Match
  | Miss
  | 'denied-by-rule'
  | 'no-rule-matches'
  | 'session-narrowed'
  | 'upstream-sign-in-is-closed'
  | 'refused-for-everybody';

interface Allowed {
  readonly kind: 'allow';
  /** The first rule that grants. */
  readonly rule: string;
  /** What the upstream is told; undefined: nothing. */
  readonly role: UpstreamRole | undefined;
  readonly orgId?: number;
  readonly reasons: readonly Reason[];
}

interface DeniedDecision {
  readonly kind: 'deny';
  /** The rule that denies; undefined: none grants. */
  readonly rule?: string;
  readonly reasons: readonly Reason[];
  /** True where this is no matter of the rules, so that it holds with `access.mode: observe` too. */
  readonly final?: true;
}

export type Decision = Allowed | DeniedDecision;
