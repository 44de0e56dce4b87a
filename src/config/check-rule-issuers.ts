// Whose word on groups and addresses a rule takes. Logins are kept apart by prefixes (issuers.ts); groups are not: any
// issuer can name any.

import type { SignInMethod } from '../kernel/identity.ts';
import type { Rule } from '../policy/rule.ts';
import type { Config } from './config.ts';
import { suggest } from './near-miss.ts';
import { type Findings, showValue } from './problem.ts';

interface Voucher {
  readonly issuer: string;
  readonly method: SignInMethod;
  /** What it says is somebody else's word, not that of the operator's own files. */
  readonly isOutside: boolean;
}

/** @param isService Else a host application's `identify` may name issuers of its own. */
export function checkRuleIssuers({ signIn, rules }: Pick<Config, 'signIn' | 'rules'>, findings: Findings, isService: boolean): void {
  const vouchers = listVouchers(signIn);
  for (const [index, rule] of rules.entries()) {
    const path = `access.rules[${index}].when.issuers`;
    if (rule.when?.issuers === undefined) warnOfAnybodysWord(rule, path, vouchers, findings);
    else if (isService) warnOfUnknown(rule.when.issuers, path, vouchers, findings);
  }
}

function listVouchers({ users, apiKeys, tickets, oidc, header }: Config['signIn']): readonly Voucher[] {
  const outside = (method: SignInMethod) => (issuer: string) => ({ issuer, method, isOutside: true });
  return [
    ...(users === undefined ? [] : [{ issuer: 'password', method: 'password', isOutside: false } as const]),
    ...(apiKeys === undefined ? [] : [{ issuer: 'api-key', method: 'api-key', isOutside: false } as const]),
    ...tickets.map(({ issuer }) => outside('ticket')(issuer)),
    ...oidc.map(({ issuer }) => outside('oidc')(issuer)),
    ...(header === undefined ? [] : [outside('header')(header.issuer)]),
  ];
}

function warnOfAnybodysWord({ name, effect, who, when }: Rule, path: string, vouchers: readonly Voucher[], { warnings }: Findings): void {
  if (effect === 'deny' || who.groups.length + who.emails.length + who.domains.length === 0) return;
  const believed = vouchers.filter(({ method, isOutside }) => isOutside && when?.methods?.includes(method) !== false);
  const issuers = [...new Set(believed.map(({ issuer }) => issuer))];
  if (issuers.length < 2) return;
  warnings.push({
    path,
    what: `is absent, so each of ${issuers.length} issuers is believed for the groups and addresses that this rule goes by`,
    value: showValue(name),
    wayOut: 'Name those whose word counts here, or all of them',
  });
}

function warnOfUnknown(issuers: readonly string[], path: string, vouchers: readonly Voucher[], { warnings }: Findings): void {
  const known = [...new Set(vouchers.map(({ issuer }) => issuer))];
  for (const [index, issuer] of issuers.entries()) {
    if (known.includes(issuer)) continue;
    warnings.push({
      path: `${path}[${index}]`,
      what: 'vouches for nobody here',
      value: showValue(issuer),
      wayOut: suggest(issuer, known, `Known: ${known.join(', ')}`),
    });
  }
}
