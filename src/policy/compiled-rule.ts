// A rule ready to be judged, and the judgement itself: one function for the running gate and for `explain`.

import { type Asked, type Asker, UNKNOWN_ISSUER } from './asker.ts';
import { expandCapabilities } from './bundles.ts';
import type { Capability } from './capability.ts';
import type { Miss } from './decision.ts';
import { isWithinHours } from './hours.ts';
import { type CompiledLimits, compileDenialLimits, compileGrantLimits, findOutside, isInside } from './limits.ts';
import { isWithin, type Network, parseNetwork } from './network.ts';
import type { Rule } from './rule.ts';

/** What a request names where nothing else is said: the organisation that a new Grafana has. */
const FIRST_ORGANISATION = 1;

export interface CompiledRule {
  readonly rule: Rule;
  /** In the list of rules, from 0. */
  readonly place: number;
  readonly capabilities: ReadonlySet<Capability>;
  readonly limits: CompiledLimits;
  readonly networks: readonly Network[] | undefined;
}

export function compileRule(rule: Rule, place: number): CompiledRule {
  return {
    rule,
    place,
    capabilities: expandCapabilities(rule.effect, rule.capabilities),
    limits: rule.effect === 'allow' ? compileGrantLimits(rule.limits) : compileDenialLimits(rule.limits),
    networks: rule.when?.networks?.map(parseNetwork).filter((network) => network !== undefined),
  };
}

/**
 * Why a rule that is for the person, the upstream and the capability does not hold for what is asked; undefined: it holds.
 * What is not known counts against the person: for a grant it is not met, for a denial it is.
 */
export function findMiss(compiled: CompiledRule, asker: Asker, asked: Asked): Miss | undefined {
  const { rule, limits } = compiled;
  const missed = rule.when === undefined ? undefined : findUnmet(compiled, asker);
  if (missed !== undefined) return missed;
  if (rule.effect === 'deny') return isInside(asked, limits) ? undefined : 'other-resources';
  const outside = limits.length === 0 ? undefined : findOutside(asked, limits);
  if (outside !== undefined) return outside;
  return isOwnOrganisation(compiled, asker, asked) ? undefined : 'other-organisation';
}

function findUnmet({ rule, networks }: CompiledRule, { nowMs, address, method, identity: { issuer } }: Asker): Miss | undefined {
  const { hours, methods, issuers } = rule.when ?? {};
  const isUnknownMet = rule.effect === 'deny';
  if (hours !== undefined && !isWithinHours(hours, nowMs)) return 'outside-hours';
  if (networks !== undefined) {
    const from = address === undefined ? undefined : readAddress(address);
    if (from === undefined ? !isUnknownMet : !networks.some((network) => isWithin(from, network))) return 'other-network';
  }
  if (methods !== undefined && (method === undefined ? !isUnknownMet : !methods.includes(method))) return 'other-sign-in-method';
  if (issuers !== undefined && (issuer === UNKNOWN_ISSUER ? !isUnknownMet : !issuers.includes(issuer))) return 'other-issuer';
  return undefined;
}

/** SEC-P12: the rule's organisation and no other; whoever may switch organisations may name any, unless the rule has one. */
function isOwnOrganisation({ rule, capabilities }: CompiledRule, { identity }: Asker, { resources: { orgIds } }: Asked): boolean {
  if (orgIds === undefined || orgIds.length === 0) return true;
  const own = rule.orgId ?? identity.orgId;
  if (own === undefined && capabilities.has('org:switch')) return true;
  return orgIds.every((orgId) => orgId === (own ?? FIRST_ORGANISATION));
}

/** One request asks about one address several times. */
let last: { readonly text: string; readonly address: Network | undefined } = { text: '', address: undefined };

function readAddress(text: string): Network | undefined {
  if (last.text !== text) last = { text, address: text.includes('/') ? undefined : parseNetwork(text) };
  return last.address;
}
