// One question, one answer: may this person do this to that upstream?
// Pure: no clock, no I/O, no HTTP. The same inputs always give the same Decision, so `framegate explain` and
// the running gate cannot disagree. What no rule grants is denied.

import type { Identity } from '../kernel/identity.ts';
import type { Capability } from './capability.ts';
import type { Decision, Reason } from './decision.ts';
import type { Rule } from './rule.ts';
import { indexRules, type RuleIndex } from './rule-index.ts';

export interface DecisionInput {
  readonly identity: Identity;
  readonly capability: Capability;
  /** Name of the upstream. */
  readonly upstream: string;
  readonly rules: readonly Rule[];
  /** Lower-case logins of the upstream's built-in administrators. */
  readonly builtInAdmins: readonly string[];
}

/**
 * The first rule that grants decides (its `role` is what the upstream is told); no rule: deny.
 * A built-in administrator of the upstream is denied unless a rule's `who.users` names it (grafana.md, fact 3).
 */
export function decide(input: DecisionInput): Decision {
  const { identity, capability, upstream, rules } = input;
  // The upstream's own log-in and log-out would give a second identity beside ours (grafana.md 1.4): nobody's.
  if (capability === 'auth') return { kind: 'deny', reasons: ['upstream-sign-in-is-closed'] };
  const builtInAdmin = isBuiltInAdmin(identity, input.builtInAdmins);
  const match = findFirst(indexRules(rules, upstream), identity, builtInAdmin);
  const rule = match === undefined ? undefined : rules[match.place];
  if (match === undefined || rule === undefined)
    return { kind: 'deny', reasons: [builtInAdmin ? 'built-in-administrator' : 'no-rule-matches'] };
  return { kind: 'allow', rule: rule.name, role: rule.role, reasons: [match.reason] };
}

interface Match {
  readonly place: number;
  readonly reason: Reason;
}

/** The earliest rule that is for the identity. A built-in administrator counts only where it is named as a user. */
function findFirst(index: RuleIndex, identity: Identity, builtInAdmin: boolean): Match | undefined {
  let match: Match | undefined;
  const consider = (place: number | undefined, reason: Reason): void => {
    if (place !== undefined && (match === undefined || place < match.place)) match = { place, reason };
  };
  consider(index.users.get(identity.login), 'user-listed');
  if (builtInAdmin) return match;
  consider(index.everyone, 'everyone-listed');
  for (const group of identity.groups) consider(index.groups.get(group), 'group-listed');
  if (index.emails.size === 0 && index.domains.size === 0) return match;
  const address = usableEmail(identity);
  if (address === undefined) return match;
  consider(index.emails.get(address.full), 'email-listed');
  consider(index.domains.get(address.domain), 'domain-listed');
  return match;
}

// The e-mail address too: Grafana looks an unknown login up by it and hands over the account that has it.
function isBuiltInAdmin({ login, email }: Identity, builtInAdmins: readonly string[]): boolean {
  return builtInAdmins.includes(login.toLowerCase()) || (email !== undefined && builtInAdmins.includes(email.toLowerCase()));
}

/**
 * The address in lower case, if it may decide anything: exactly one `@`, at most 254 ASCII characters, and not
 * marked as unverified (SEC-R5: `attacker@evil.com@company.com` is nobody's).
 */
function usableEmail(identity: Identity): { full: string; domain: string } | undefined {
  const { email } = identity;
  if (email === undefined || identity.emailVerified === false) return undefined;
  const match = /^[\x21-\x3f\x41-\x7e]{1,64}@([\x21-\x3f\x41-\x7e]{1,253})$/.exec(email);
  if (match === null || email.length > 254) return undefined;
  return { full: email.toLowerCase(), domain: (match[1] ?? '').toLowerCase() };
}
