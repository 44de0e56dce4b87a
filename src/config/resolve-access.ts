// Rules as they are judged: literal names (SEC-R4), e-mails and domains in lower case.

import { domainToASCII } from 'node:url';
import { parseLogin } from '../kernel/login.ts';
import type { Rule, Who } from '../policy/rule.ts';
import { isDomain, parseEmail } from './email.ts';
import { suggest } from './near-miss.ts';
import { type Findings, showValue } from './problem.ts';
import type { ParsedConfig } from './schema.ts';

type ParsedRule = ParsedConfig['access']['rules'][number];

/**
 * @param parsed Rules by their place in the list.
 * @param upstreamNames Every name written under `upstreams`, also of those with problems of their own.
 */
export function resolveRules(parsed: ReadonlyMap<number, ParsedRule>, upstreamNames: readonly string[], findings: Findings): Rule[] {
  const names = new Set<string>();
  return [...parsed].map(([index, rule]) => {
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
    const who = resolveWho(rule.who, `${path}.who`, findings);
    if (who.everyone && rule.may.includes('everything')) {
      findings.warnings.push({
        path,
        what: 'lets everybody who is signed in do everything',
        value: showValue(rule.name),
        wayOut: 'Name users, groups or domains',
      });
    }
    return { name: rule.name, who, may: rule.may, upstream, role: rule.as?.role };
  });
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

const parseDomain = (text: string): string | undefined => (isDomain(text.toLowerCase()) ? text.toLowerCase() : undefined);

function suggestDomain(text: string): string {
  const bare = domainToASCII(text.replace(/^[@.*]+|\.$/g, ''));
  const subdomains = text.startsWith('.') || text.startsWith('*') ? '; each sub-domain is listed for itself' : '';
  return isDomain(bare) ? `Write ${bare}${subdomains}` : 'Write it as example.com';
}
