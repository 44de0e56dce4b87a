// Rules beside each other: those that can never decide, and those that tell the upstream different things of one person.

import { expandCapabilities } from '../policy/bundles.ts';
import { createGrantedNames } from '../policy/names.ts';
import type { Limits, Rule, Who } from '../policy/rule.ts';
import { type Findings, showValue } from './problem.ts';

/** Rules that one rule is compared with at most: those for the same people, the nearest first. */
const MAX_COMPARED = 50;

interface Placed {
  readonly path: string;
  readonly rule: Rule;
}

/** @param placed In the order of their places; those for nobody are said elsewhere. */
export function compareRules(placed: readonly Placed[], builtInAdmins: ReadonlySet<string>, findings: Findings): void {
  const byName = new Map<string, Placed[]>();
  const denials = placed.filter(({ rule }) => rule.effect === 'deny');
  for (const each of placed) {
    const names = listNames(each.rule.who);
    if (each.rule.effect === 'allow' && names.length > 0) {
      const [first = ''] = names;
      const earlier = [...(byName.get('everyone') ?? []), ...(byName.get(first) ?? [])].slice(-MAX_COMPARED);
      warnAbout(each, earlier, denials.slice(0, MAX_COMPARED), builtInAdmins, findings);
    }
    if (each.rule.effect === 'allow') for (const name of names) byName.set(name, [...(byName.get(name) ?? []).slice(-MAX_COMPARED), each]);
  }
}

function warnAbout(
  { path, rule }: Placed,
  earlier: readonly Placed[],
  denials: readonly Placed[],
  builtInAdmins: ReadonlySet<string>,
  findings: Findings,
): void {
  const warn = (what: string, other: Rule, wayOut: string): number =>
    findings.warnings.push({ path, what, value: `${showValue(rule.name)}, ${showValue(other.name)}`, wayOut });
  const contradiction = denials.find(({ rule: denial }) => isEmpty(denial.limits) && covers(denial, rule, builtInAdmins));
  if (contradiction !== undefined) {
    warn('never grants anything, as another rule denies all of it', contradiction.rule, 'Remove one of the two');
    return;
  }
  const shadow = earlier.find(
    ({ rule: other }) => other.orgId === rule.orgId && coversLimits(other, rule) && covers(other, rule, builtInAdmins),
  );
  if (shadow !== undefined) {
    warn('never decides, as an earlier rule grants all of it to the same people', shadow.rule, 'Remove it, or put it first');
    return;
  }
  const other = earlier.find(
    ({ rule: { role, upstream, when } }) =>
      role !== undefined &&
      rule.role !== undefined &&
      role !== rule.role &&
      (upstream === rule.upstream || !upstream || !rule.upstream) &&
      mayBothHold(when?.issuers, rule.when?.issuers),
  );
  if (other !== undefined)
    warn(
      'tells the upstream another role of the same people, so that it changes from request to request',
      other.rule,
      'Give both the same role',
    );
}

/** True where `wide` is for everybody and everything that `narrow` is for, limits aside. */
function covers(wide: Rule, narrow: Rule, builtInAdmins: ReadonlySet<string>): boolean {
  if (wide.when !== undefined || (wide.upstream !== undefined && wide.upstream !== narrow.upstream)) return false;
  const capabilities = expandCapabilities(wide.effect, wide.capabilities);
  for (const capability of expandCapabilities(narrow.effect, narrow.capabilities)) if (!capabilities.has(capability)) return false;
  // A grant for everybody is none for a built-in administrator.
  const isNamed = wide.effect === 'allow' && narrow.who.users.some((user) => builtInAdmins.has(user.toLowerCase()));
  return wide.who.everyone ? !isNamed : coversPeople(wide.who, narrow.who);
}

const mayBothHold = (some: readonly string[] | undefined, others: readonly string[] | undefined): boolean =>
  some === undefined || others === undefined || some.some((each) => others.includes(each));

function coversPeople(wide: Who, narrow: Who): boolean {
  const isListed = (email: string): boolean => wide.emails.includes(email) || wide.domains.includes(email.split('@')[1] ?? '');
  return (
    !narrow.everyone &&
    narrow.users.every((user) => wide.users.includes(user)) &&
    narrow.groups.every((group) => wide.groups.includes(group)) &&
    narrow.domains.every((domain) => wide.domains.includes(domain)) &&
    narrow.emails.every(isListed)
  );
}

function coversLimits({ limits: wide }: Rule, { limits: narrow }: Rule): boolean {
  if (isEmpty(wide)) return true;
  // Dashboards and folders limit each other (policy/limits.ts).
  if (
    (wide.dashboards === undefined) !== (narrow.dashboards === undefined) ||
    (wide.folders === undefined) !== (narrow.folders === undefined)
  )
    return false;
  return (['dashboards', 'folders', 'dataSources', 'plugins'] as const).every((kind) => {
    const patterns = wide[kind];
    if (patterns === undefined) return true;
    const names = createGrantedNames(patterns);
    return (
      narrow[kind]?.every(
        (pattern) => patterns.includes(pattern) || patterns.includes('*') || (!pattern.includes('*') && names.has(pattern)),
      ) ?? false
    );
  });
}

const isEmpty = (limits: Limits): boolean => Object.keys(limits).length === 0;

const listNames = ({ everyone, ...lists }: Who): string[] => [
  ...(everyone ? ['everyone'] : []),
  ...Object.entries(lists).flatMap(([field, names]) => names.map((name) => `${field} ${name}`)),
];
