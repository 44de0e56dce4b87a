// Rules by whom they are for: a decision costs as much as the person has groups, not as there are rules. The first rule
// that grants decides, so for each name only its first place in the list matters.

import type { Rule } from './rule.ts';

/** First place of a rule for a name. */
type Places = ReadonlyMap<string, number>;

export interface RuleIndex {
  readonly everyone: number | undefined;
  readonly users: Places;
  readonly groups: Places;
  readonly emails: Places;
  readonly domains: Places;
}

const indexes = new WeakMap<readonly Rule[], Map<string, RuleIndex>>();

/** The index of the rules that hold on an upstream; made once for each list, which must not change afterwards. */
export function indexRules(rules: readonly Rule[], upstream: string): RuleIndex {
  let byUpstream = indexes.get(rules);
  if (byUpstream === undefined) {
    byUpstream = new Map();
    indexes.set(rules, byUpstream);
  }
  let index = byUpstream.get(upstream);
  if (index === undefined) {
    index = buildIndex(rules, upstream);
    byUpstream.set(upstream, index);
  }
  return index;
}

function buildIndex(rules: readonly Rule[], upstream: string): RuleIndex {
  const users = new Map<string, number>();
  const groups = new Map<string, number>();
  const emails = new Map<string, number>();
  const domains = new Map<string, number>();
  let everyone: number | undefined;
  for (const [place, rule] of rules.entries()) {
    if (rule.upstream !== undefined && rule.upstream !== upstream) continue;
    if (rule.who.everyone) everyone ??= place;
    note(users, rule.who.users, place);
    note(groups, rule.who.groups, place);
    note(emails, rule.who.emails, place);
    note(domains, rule.who.domains, place);
  }
  return { everyone, users, groups, emails, domains };
}

function note(places: Map<string, number>, names: readonly string[], place: number): void {
  for (const name of names) if (!places.has(name)) places.set(name, place);
}
