// One question, one answer: may this person do this to that upstream?
// Pure: no clock, no I/O, no HTTP. The same inputs always give the same Decision, so `framegate explain` and
// the running gate cannot disagree. Denials are asked first, then grants; what no rule grants is denied.

import type { Narrowing } from '../kernel/identity.ts';
import type { Asked, Asker } from './asker.ts';
import { isBuiltInAdmin } from './asker.ts';
import { expandCapabilities } from './bundles.ts';
import { type CompiledRule, findMiss } from './compiled-rule.ts';
import type { Decision, Match, Reason } from './decision.ts';
import { compileGrantLimits, findOutside } from './limits.ts';
import type { Rule } from './rule.ts';
import { indexRules, narrowCandidates, type Person, visitCandidates } from './rule-index.ts';

/**
 * A denial that holds decides, in whatever order the rules stand. Else the first rule that grants decides, and its `as` is
 * what the upstream is told; no rule: deny. A built-in administrator of the upstream is denied unless a rule's `who.users`
 * names it (grafana.md, fact 3).
 */
export function decide(asker: Asker, asked: Asked): Decision {
  // The upstream's own log-in and log-out would give a second identity beside ours (grafana.md 1.4): nobody's.
  if (asked.capability === 'auth') return { kind: 'deny', reasons: ['upstream-sign-in-is-closed'], final: true };
  const narrowed = findNarrowing(asker, asked);
  if (narrowed !== undefined) return { kind: 'deny', reasons: ['session-narrowed', narrowed], final: true };
  const denial = indexRules(asker.rules).hasDenials ? findFirst('deny', asker, asked, false) : undefined;
  if (denial !== undefined) return { kind: 'deny', rule: denial.compiled.rule.name, reasons: ['denied-by-rule', denial.match] };
  const builtInAdmin = isBuiltInAdmin(asker);
  const grant = findFirst('allow', asker, asked, builtInAdmin);
  if (grant === undefined) return builtInAdmin ? BUILT_IN_ADMINISTRATOR : { kind: 'deny', reasons: listMisses(asker, asked) };
  const { rule } = grant.compiled;
  const orgId = rule.orgId ?? asker.identity.orgId;
  const role = rule.role ?? asker.identity.role;
  return { kind: 'allow', rule: rule.name, role, ...(orgId === undefined ? {} : { orgId }), reasons: [grant.match] };
}

const BUILT_IN_ADMINISTRATOR: Decision = { kind: 'deny', reasons: ['built-in-administrator'], final: true };

interface Found {
  readonly compiled: CompiledRule;
  readonly match: Match;
}

/** The earliest rule that holds. A built-in administrator is granted only what it is named for as a user. */
function findFirst(effect: Rule['effect'], asker: Asker, asked: Asked, usersOnly: boolean): Found | undefined {
  let found: Found | undefined;
  const { identity, rules, upstream } = asker;
  visitCandidates(indexRules(rules).part(upstream, effect, asked.capability), { identity, effect, usersOnly }, (candidates, match) => {
    for (const list of narrowCandidates(candidates, effect, asked)) {
      for (const compiled of list) {
        if (found !== undefined && compiled.place >= found.compiled.place) break;
        if (findMiss(compiled, asker, asked) !== undefined) continue;
        found = { compiled, match };
        break;
      }
    }
  });
  return found;
}

/** Why no rule grants, each reason once: of the rules that are for the person and grant such a thing. */
function listMisses(asker: Asker, asked: Asked): readonly Reason[] {
  const { identity, rules, upstream } = asker;
  const index = indexRules(rules);
  const person: Person = { identity, effect: 'allow', usersOnly: false };
  const misses = new Set<Reason>();
  visitCandidates(index.part(upstream, 'allow', asked.capability), person, ({ all }) => {
    for (const compiled of all) {
      const miss = findMiss(compiled, asker, asked);
      if (miss !== undefined) misses.add(miss);
    }
  });
  if (misses.size > 0) return [...misses];
  let isNamed = false;
  visitCandidates(index.part(upstream, 'allow', undefined), person, () => {
    isNamed = true;
  });
  return [isNamed ? 'other-capability' : 'no-rule-matches'];
}

/** What the session is narrowed to is a limit beside the rules: it never gives what no rule grants (SEC-J6). */
function findNarrowing({ narrowing, upstream }: Asker, asked: Asked): Reason | undefined {
  if (narrowing === undefined) return undefined;
  if (narrowing.upstreams?.includes(upstream) === false) return 'other-upstream';
  const { capabilities, limits } = compileNarrowing(narrowing);
  if (capabilities?.has(asked.capability) === false) return 'other-capability';
  return limits === undefined ? undefined : findOutside(asked, limits);
}

type CompiledNarrowing = ReturnType<typeof buildNarrowing>;
const narrowings = new WeakMap<Narrowing, CompiledNarrowing>();

function compileNarrowing(narrowing: Narrowing): CompiledNarrowing {
  const known = narrowings.get(narrowing) ?? buildNarrowing(narrowing);
  narrowings.set(narrowing, known);
  return known;
}

function buildNarrowing({ may, dashboards }: Narrowing) {
  return {
    capabilities: may && expandCapabilities('allow', may),
    limits: dashboards && compileGrantLimits({ dashboards: dashboards.filter((uid) => !uid.includes('*')) }),
  };
}
