// Whether what a request names lies within a limit. Where that cannot be known, a grant does not count and a denial does.

import type { Asked } from './asker.ts';
import { CAPABILITY_FACTS } from './capability-facts.ts';
import type { Miss } from './decision.ts';
import { createDeniedNames, createGrantedNames, isIncomparable, type Names } from './names.ts';
import type { ResourceKind } from './request.ts';
import type { Limits, Rule } from './rule.ts';

const RESOURCE_KINDS = ['dashboards', 'folders', 'dataSources', 'plugins'] as const satisfies readonly ResourceKind[];

const NOT_LISTED: { readonly [kind in ResourceKind]: Miss } = {
  dashboards: 'dashboard-not-listed',
  folders: 'folder-not-listed',
  dataSources: 'data-source-not-listed',
  plugins: 'plugin-not-listed',
};

/** Limits ready to be compared with; each kind at most once, none for a rule without limits. */
export type CompiledLimits = readonly Limit[];

interface Limit {
  readonly kind: ResourceKind;
  readonly names: Names;
  /** True where the rule says nothing of the kind itself. */
  readonly implied: boolean;
}

/**
 * A request names a dashboard without its folder, so who is limited to some of the one has none of the other unless the
 * rule names those as well.
 */
export function compileGrantLimits(limits: Limits): CompiledLimits {
  const { dashboards, folders } = limits;
  const isPlaced = dashboards !== undefined || folders !== undefined;
  return compile(limits, isPlaced ? { dashboards: [], folders: [] } : {}, createGrantedNames);
}

/** For the same reason a denial of folders alone denies every dashboard: any may lie in them. */
export function compileDenialLimits(limits: Limits): CompiledLimits {
  return compile(limits, limits.folders === undefined ? {} : { dashboards: ['*'] }, createDeniedNames);
}

function compile(written: Limits, implied: Limits, createNames: (patterns: readonly string[]) => Names): CompiledLimits {
  return RESOURCE_KINDS.flatMap((kind) => {
    const patterns = written[kind] ?? implied[kind];
    return patterns === undefined ? [] : [{ kind, names: createNames(patterns), implied: written[kind] === undefined }];
  });
}

/** Why a grant with these limits does not count; undefined: it does. */
export function findOutside(asked: Asked, limits: CompiledLimits): Miss | undefined {
  const { resources, lists } = asked;
  const { scope } = CAPABILITY_FACTS[asked.capability];
  let isScoped = false;
  for (const { kind, names, implied } of limits) {
    const effect = scope[kind];
    if (effect === undefined || (effect === 'written' && implied)) continue;
    if (effect === 'unlimited-only') return 'goes-round-the-limit';
    const named = resources[kind] ?? [];
    for (const name of named) if (!names.has(name)) return NOT_LISTED[kind];
    if (named.length > 0 || lists?.includes(kind) === true) continue;
    if (effect === 'listed') return 'nothing-named';
    isScoped = true;
  }
  return isScoped && !namesScoped(asked) ? 'nothing-named' : undefined;
}

/** Whether a denial with these limits is about what is asked; one without limits always is. */
export function isInside(asked: Asked, limits: CompiledLimits): boolean {
  const { resources, lists } = asked;
  const { scope } = CAPABILITY_FACTS[asked.capability];
  for (const { kind, names, implied } of limits) {
    const effect = scope[kind];
    if (effect === undefined || (effect === 'written' && implied)) continue;
    if (effect === 'unlimited-only') return true;
    const named = resources[kind] ?? [];
    if (named.some((name) => names.has(name))) return true;
    // An answer that is cut down leaves out what is denied.
    if (named.length > 0 || lists?.includes(kind) === true) continue;
    // A whole folder may hold what is denied; a channel of a data source is no dashboard's.
    if (effect === 'listed' || !namesScoped(asked, kind === 'dashboards' ? 'folders' : undefined)) return true;
  }
  return limits.length === 0;
}

/** Whether it names anything that decides. */
function namesScoped({ capability, resources }: Asked, except?: ResourceKind): boolean {
  const { scope } = CAPABILITY_FACTS[capability];
  return RESOURCE_KINDS.some(
    (kind) => kind !== except && (scope[kind] === 'scoped' || scope[kind] === 'written') && (resources[kind]?.length ?? 0) > 0,
  );
}

/** Literal names of a kind that a rule can be looked up by. */
export interface Key {
  readonly kind: ResourceKind;
  readonly names: ReadonlySet<string>;
}

/**
 * By what a rule with these limits can be looked up where a request names something of that kind; undefined: by nothing.
 * A denial only where no other kind decides: one of any kind is enough for it, while a grant needs all.
 */
export function findKey(effect: Rule['effect'], capability: Asked['capability'], limits: CompiledLimits): Key | undefined {
  const { scope } = CAPABILITY_FACTS[capability];
  const deciding = limits.filter(({ kind }) => scope[kind] !== undefined);
  if (effect === 'deny' && deciding.length > 1) return undefined;
  for (const { kind, names } of deciding)
    if (scope[kind] === 'scoped' && names.literals !== undefined) return { kind, names: names.literals };
  return undefined;
}

/** Under which of those names to look; undefined: under all, as any rule may be about the request. */
export function lookUpNames(effect: Rule['effect'], named: readonly string[] | undefined): readonly string[] | undefined {
  if (named === undefined || named.length === 0) return undefined;
  // A grant has to list all that is named, so one will do.
  if (effect === 'allow') return named.slice(0, 1);
  return named.some(isIncomparable) ? undefined : named.map((name) => name.toLowerCase());
}
