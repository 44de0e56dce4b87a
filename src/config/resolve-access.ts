// Rules as they are judged: literal names (SEC-R4), e-mails and domains in lower case, times in minutes.

import { domainToASCII } from 'node:url';
import { parseLogin } from '../kernel/login.ts';
import { isTimezone, WEEKDAYS } from '../policy/hours.ts';
import { parseNetwork } from '../policy/network.ts';
import type { Rule, When, Who } from '../policy/rule.ts';
import { isDomain, parseEmail } from './email.ts';
import { suggest } from './near-miss.ts';
import { type Findings, showValue } from './problem.ts';
import type { ParsedConfig } from './schema.ts';

type ParsedRule = ParsedConfig['access']['rules'][number];

/**
 * @param parsed Rules by their place in the list.
 * @param upstreamNames Every name written under `upstreams`, also of those with problems of their own.
 */
export function resolveRules(
  parsed: ReadonlyMap<number, ParsedRule>,
  upstreamNames: readonly string[],
  findings: Findings,
): Map<number, Rule> {
  const names = new Set<string>();
  const rules = new Map<number, Rule>();
  for (const [index, rule] of parsed) {
    const path = `access.rules[${index}]`;
    if (names.has(rule.name)) {
      findings.problems.push({
        path: `${path}.name`,
        what: 'is the name of an earlier rule',
        value: showValue(rule.name),
        wayOut: 'Name each rule differently; reasons and the audit log go by it',
      });
    }
    names.add(rule.name);
    const upstream = rule.on?.upstream;
    if (upstream !== undefined && !upstreamNames.includes(upstream)) {
      findings.problems.push({
        path: `${path}.on.upstream`,
        what: 'is not an upstream',
        value: showValue(upstream),
        wayOut: suggest(upstream, upstreamNames, `Known: ${upstreamNames.join(', ')}`),
      });
    }
    if (rule.deny !== undefined && rule.as !== undefined)
      findings.problems.push({
        path: `${path}.as`,
        what: 'stands in a rule that denies, which tells the upstream nothing',
        wayOut: 'Remove it',
      });
    rules.set(index, resolveRule(rule, path, findings));
  }
  return rules;
}

function resolveRule(rule: ParsedRule, path: string, findings: Findings): Rule {
  const { upstream, ...limits } = rule.on ?? {};
  return {
    name: rule.name,
    effect: rule.deny === undefined ? 'allow' : 'deny',
    who: resolveWho(rule.who, `${path}.who`, findings),
    capabilities: rule.deny ?? rule.may ?? [],
    upstream,
    limits: Object.fromEntries(Object.entries(limits).filter(([, patterns]) => patterns !== undefined)),
    when: rule.when && resolveWhen(rule.when, `${path}.when`, findings),
    role: rule.as?.role,
    orgId: rule.as?.orgId,
  };
}

function resolveWho(parsed: ParsedRule['who'], path: string, findings: Findings): Who {
  const each = (
    key: 'users' | 'emails' | 'domains' | 'groups',
    read: (text: string) => string | undefined,
    what: string,
    wayOut: (text: string) => string,
  ): string[] =>
    (parsed[key] ?? []).flatMap((text, index) => {
      const value = read(text);
      if (value !== undefined) return [value];
      findings.problems.push({ path: `${path}.${key}[${index}]`, what, value: showValue(text), wayOut: wayOut(text) });
      return [];
    });
  const who = {
    everyone: parsed.everyone === true,
    users: each(
      'users',
      parseLogin,
      'can never be a login',
      () => 'Use letters, digits and . _ @ + | : / = ~ - only; display names go nowhere here',
    ),
    emails: each('emails', parseEmail, 'is not an e-mail address', () => 'Write it as name@example.com'),
    domains: each('domains', parseDomain, 'is not a domain', suggestDomain),
    groups: each(
      'groups',
      (text) => (text.trim() === text ? text : undefined),
      'has spaces around it',
      (text) => `Write "${text.trim()}"`,
    ),
  };
  const lists = [who.users, who.emails, who.domains, who.groups];
  const anyWritten = [parsed.users, parsed.emails, parsed.domains, parsed.groups].some((list) => (list?.length ?? 0) > 0);
  if (!who.everyone && !anyWritten && lists.every((list) => list.length === 0)) {
    findings.warnings.push({ path, what: 'has empty lists only, so the rule is for nobody', wayOut: 'Name somebody, or remove the rule' });
  }
  return who;
}

function resolveWhen(parsed: NonNullable<ParsedRule['when']>, path: string, findings: Findings): When {
  const { after, before, weekdays, timezone, networks, methods, issuers } = parsed;
  const refuse = (key: string, what: string, value: string, wayOut: string): number =>
    findings.problems.push({ path: `${path}.${key}`, what, value: showValue(value), wayOut });
  const afterMinute = minutesOf(after ?? '0:00') % DAY_MINUTES;
  const beforeMinute = minutesOf(before ?? '24:00') || DAY_MINUTES;
  if (afterMinute === beforeMinute) refuse('before', 'is the time of `after`, so the rule never holds', before ?? '', 'Give a later time');
  if (!isTimezone(timezone)) refuse('timezone', 'is not a time zone', timezone, 'Write for example Europe/Berlin or UTC');
  for (const [index, network] of (networks ?? []).entries()) {
    if (parseNetwork(network) === undefined)
      refuse(`networks[${index}]`, 'is not an address or CIDR', network, 'Write for example 10.0.0.0/8, 192.0.2.7 or 2001:db8::/32');
  }
  const hasHours = after !== undefined || before !== undefined || weekdays !== undefined;
  const hours = hasHours ? { afterMinute, beforeMinute, weekdays: weekdays ?? WEEKDAYS, timezone } : undefined;
  return { hours, networks, methods, issuers };
}

const DAY_MINUTES = 24 * 60;

/** Of a time that the schema accepted. */
function minutesOf(time: string): number {
  const [hours, minutes] = time.split(':');
  return Number(hours) * 60 + Number(minutes);
}

const parseDomain = (text: string): string | undefined => (isDomain(text.toLowerCase()) ? text.toLowerCase() : undefined);

function suggestDomain(text: string): string {
  const bare = domainToASCII(text.replace(/^[@.*]+|\.$/g, ''));
  const subdomains = text.startsWith('.') || text.startsWith('*') ? '; each sub-domain is listed for itself' : '';
  return isDomain(bare) ? `Write ${bare}${subdomains}` : 'Write it as example.com';
}
