// Rules by upstream, effect and capability, then by whom they are for, then by the resources they name: a decision costs
// as much as the person has groups, not as there are rules. What is left out here could not have decided.

import type { Identity } from '../kernel/identity.ts';
import { type Asked, addressFor } from './asker.ts';
import type { Capability } from './capability.ts';
import { type CompiledRule, compileRule } from './compiled-rule.ts';
import type { Match } from './decision.ts';
import { findKey, lookUpNames } from './limits.ts';
import type { ResourceKind } from './request.ts';
import type { Rule } from './rule.ts';

/** Rules for the same person, in the order of their places. */
export interface Candidates {
  readonly all: CompiledRule[];
  /** Without those in `byName`. */
  readonly open: CompiledRule[];
  readonly byName: Map<ResourceKind, { readonly all: CompiledRule[]; readonly rules: Map<string, CompiledRule[]> }>;
}

export interface PeopleIndex {
  everyone: Candidates | undefined;
  readonly users: Map<string, Candidates>;
  readonly groups: Map<string, Candidates>;
  readonly emails: Map<string, Candidates>;
  readonly domains: Map<string, Candidates>;
}

/** Of one list of rules; each part is made when it is first asked for. */
class RuleIndex {
  readonly compiled: readonly CompiledRule[];
  /** Most lists have none. */
  readonly hasDenials: boolean;
  readonly #parts = {
    allow: new Map<Capability | undefined, Map<string, PeopleIndex>>(),
    deny: new Map<Capability | undefined, Map<string, PeopleIndex>>(),
  };

  constructor(rules: readonly Rule[]) {
    this.compiled = rules.map(compileRule);
    this.hasDenials = rules.some(({ effect }) => effect === 'deny');
  }

  /** @param capability undefined: whatever the rules grant or deny. */
  part(upstream: string, effect: Rule['effect'], capability: Capability | undefined): PeopleIndex {
    let parts = this.#parts[effect].get(capability);
    if (parts === undefined) {
      parts = new Map();
      this.#parts[effect].set(capability, parts);
    }
    let part = parts.get(upstream);
    if (part === undefined) {
      const holds = this.compiled.filter(
        ({ rule, capabilities }) =>
          rule.effect === effect &&
          (capability === undefined || capabilities.has(capability)) &&
          (rule.upstream === undefined || rule.upstream === upstream),
      );
      part = indexPeople(holds, capability);
      parts.set(upstream, part);
    }
    return part;
  }
}

const indexes = new WeakMap<readonly Rule[], RuleIndex>();

/** The index of a list of rules; made once for each list, which must not change afterwards. */
export function indexRules(rules: readonly Rule[]): RuleIndex {
  let index = indexes.get(rules);
  if (index === undefined) {
    index = new RuleIndex(rules);
    indexes.set(rules, index);
  }
  return index;
}

/** Who is looked up in an index. */
export interface Person {
  readonly identity: Identity;
  readonly effect: Rule['effect'];
  /** Whether only rules count that name the login: so for grants to a built-in administrator. */
  readonly usersOnly: boolean;
}

/** Calls `visit` with the rules that are for the person, by what the person is in their `who`. */
export function visitCandidates(
  { everyone, users, groups, emails, domains }: PeopleIndex,
  { identity, effect, usersOnly }: Person,
  visit: (candidates: Candidates, match: Match) => void,
): void {
  const visitKnown = (candidates: Candidates | undefined, match: Match): void => {
    if (candidates !== undefined) visit(candidates, match);
  };
  visitKnown(users.get(identity.login), 'user-listed');
  if (usersOnly) return;
  visitKnown(everyone, 'everyone-listed');
  if (groups.size > 0) for (const group of identity.groups) visitKnown(groups.get(group), 'group-listed');
  if (emails.size === 0 && domains.size === 0) return;
  const address = addressFor(effect, identity);
  if (address === undefined) return;
  visitKnown(emails.get(address.full), 'email-listed');
  visitKnown(domains.get(address.domain), 'domain-listed');
}

/** Those of the candidates that could decide about what a request names; each list in the order of the rules. */
export function narrowCandidates(
  { all, open, byName }: Candidates,
  effect: Rule['effect'],
  { resources }: Asked,
): readonly (readonly CompiledRule[])[] {
  if (byName.size === 0) return [all];
  const lists: (readonly CompiledRule[])[] = [open];
  for (const [kind, keyed] of byName) {
    const names = lookUpNames(effect, resources[kind]);
    if (names === undefined) lists.push(keyed.all);
    else for (const name of names) lists.push(keyed.rules.get(name) ?? []);
  }
  return lists;
}

function indexPeople(rules: readonly CompiledRule[], capability: Capability | undefined): PeopleIndex {
  const index: PeopleIndex = { everyone: undefined, users: new Map(), groups: new Map(), emails: new Map(), domains: new Map() };
  for (const compiled of rules) {
    const { who } = compiled.rule;
    if (who.everyone) {
      index.everyone ??= createCandidates();
      add(index.everyone, compiled, capability);
    }
    for (const field of ['users', 'groups', 'emails', 'domains'] as const) {
      for (const name of new Set(who[field])) {
        const candidates = index[field].get(name) ?? createCandidates();
        index[field].set(name, candidates);
        add(candidates, compiled, capability);
      }
    }
  }
  return index;
}

function createCandidates(): Candidates {
  return { all: [], open: [], byName: new Map() };
}

function add({ all, open, byName }: Candidates, compiled: CompiledRule, capability: Capability | undefined): void {
  all.push(compiled);
  const key = capability === undefined ? undefined : findKey(compiled.rule.effect, capability, compiled.limits);
  if (key === undefined) {
    open.push(compiled);
    return;
  }
  const keyed = byName.get(key.kind) ?? { all: [], rules: new Map<string, CompiledRule[]>() };
  byName.set(key.kind, keyed);
  keyed.all.push(compiled);
  for (const name of key.names) {
    const rules = keyed.rules.get(name) ?? [];
    keyed.rules.set(name, rules);
    rules.push(compiled);
  }
}
