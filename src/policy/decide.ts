// One question, one answer: may this person do this to that upstream?
// Pure: no clock, no I/O, no HTTP. The same inputs always give the same Decision, so `framegate explain` and
// the running gate cannot disagree. What no rule grants is denied.

import type { Identity } from '../kernel/identity.ts';
import type { Capability } from './capability.ts';
import type { Decision, Reason } from './decision.ts';
import type { Rule, Who } from './rule.ts';

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
  for (const rule of rules) {
    if (rule.upstream !== undefined && rule.upstream !== upstream) continue;
    if (builtInAdmin && !rule.who.users.includes(identity.login)) continue;
    const reason = matchWho(rule.who, identity);
    if (reason !== undefined) return { kind: 'allow', rule: rule.name, role: rule.role, reasons: [reason] };
  }
  return { kind: 'deny', reasons: [builtInAdmin ? 'built-in-administrator' : 'no-rule-matches'] };
}

// The e-mail address too: Grafana looks an unknown login up by it and hands over the account that has it.
function isBuiltInAdmin({ login, email }: Identity, builtInAdmins: readonly string[]): boolean {
  return builtInAdmins.includes(login.toLowerCase()) || (email !== undefined && builtInAdmins.includes(email.toLowerCase()));
}

/** Why the identity is one of `who`, or undefined. */
export function matchWho(who: Who, identity: Identity): Reason | undefined {
  if (who.everyone) return 'everyone-listed';
  if (who.users.includes(identity.login)) return 'user-listed';
  if (who.groups.some((group) => identity.groups.includes(group))) return 'group-listed';
  const address = usableEmail(identity);
  if (address === undefined) return undefined;
  if (who.emails.includes(address.full)) return 'email-listed';
  if (who.domains.includes(address.domain)) return 'domain-listed';
  return undefined;
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
