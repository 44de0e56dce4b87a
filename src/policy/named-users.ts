import type { Rule } from './rule.ts';

/** Logins that a grant spells out: the one way for a built-in administrator of the upstream to be let in. */
export function listNamedUsers(rules: readonly Rule[]): ReadonlySet<string> {
  return new Set(rules.flatMap(({ effect, who }) => (effect === 'allow' ? who.users : [])));
}
