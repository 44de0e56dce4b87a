// Host applications whose tickets are accepted: whom they speak for, and by which keys.

import type { PublicUrl } from './config.ts';
import { type ConfigProblem, type Findings, showValue } from './problem.ts';
import type { SecretContext } from './resolve-secret.ts';
import { resolveTicketKeys } from './resolve-ticket-keys.ts';
import type { ParsedConfig } from './schema.ts';
import type { ClaimNames, TicketIssuerConfig } from './ticket-issuer.ts';

type ParsedIssuer = ParsedConfig['signIn']['tickets'][number];

export interface TicketContext extends SecretContext {
  readonly publicUrl: PublicUrl | undefined;
}

/** Issuers of identities that are not tickets; a ticket of that name would be their account (SEC-R6). */
const OWN_ISSUERS = ['password', 'host', 'header', 'api-key'];

/** @param parsed Issuers by their place in the list. */
export function resolveTickets(parsed: ReadonlyMap<number, ParsedIssuer>, context: TicketContext): TicketIssuerConfig[] {
  const seen = new Map<string, number>();
  checkPrefixes(parsed, context.findings);
  return [...parsed].flatMap(([index, issuer]) => {
    const path = `signIn.tickets[${index}]`;
    checkIssuer(issuer.issuer, `${path}.issuer`, seen.get(issuer.issuer), context.findings);
    if (!seen.has(issuer.issuer)) seen.set(issuer.issuer, index);
    const keys = resolveTicketKeys(issuer, path, context);
    const roles = resolveRoles(issuer, path, context.findings);
    if (issuer.allowInUrl) context.findings.warnings.push(inUrlWarning(path));
    const audience = issuer.audience ?? context.publicUrl?.origin;
    if (keys === undefined || audience === undefined) return [];
    const { algorithms, loginPrefix = '', allowInUrl } = issuer;
    const claims: ClaimNames = { role: undefined, orgId: undefined, ...issuer.claims };
    return [{ issuer: issuer.issuer, audience, algorithms: [...new Set(algorithms)], keys, loginPrefix, claims, roles, allowInUrl }];
  });
}

function resolveRoles({ roles, claims }: ParsedIssuer, path: string, findings: Findings): TicketIssuerConfig['roles'] {
  if (roles === undefined) return undefined;
  if (claims.role === undefined) {
    const wayOut = 'Name it in claims.role, such as `role: groups`';
    findings.problems.push({ path: `${path}.roles`, what: 'maps a claim that is not named', wayOut });
  }
  return new Map(Object.entries(roles));
}

const inUrlWarning = (path: string): ConfigProblem => ({
  path: `${path}.allowInUrl`,
  what: 'takes tickets from addresses, which histories and the logs of proxies keep',
  wayOut: 'Where the host can, post them: embed.js does',
});

/**
 * What goes upstream is the login, so two issuers that both know a `bob` must not make one person of them (SEC-R6). A
 * prefix that begins another one would: `b` with `ob`, and `bo` with `b`.
 */
function checkPrefixes(parsed: ReadonlyMap<number, ParsedIssuer>, findings: Findings): void {
  const all = [...parsed].map(([index, { loginPrefix = '' }]) => ({ index, loginPrefix }));
  for (const [place, { index, loginPrefix }] of all.entries()) {
    const path = `signIn.tickets[${index}].loginPrefix`;
    const wayOut = 'Give every issuer but the first a prefix of its own, such as "b-"';
    if (place > 0 && loginPrefix === '')
      findings.problems.push({ path, what: 'is missing: logins of two issuers could be the same', wayOut });
    const other = all.slice(0, place).find((earlier) => isPrefixOfOther(earlier.loginPrefix, loginPrefix));
    if (other !== undefined) {
      const what = `begins as that of signIn.tickets[${other.index}] does, so two logins could be the same`;
      findings.problems.push({ path, what, value: showValue(loginPrefix), wayOut });
    }
  }
}

function isPrefixOfOther(one: string, other: string): boolean {
  if (one === '' || other === '') return false;
  const [a, b] = [one.toLowerCase(), other.toLowerCase()];
  return a.startsWith(b) || b.startsWith(a);
}

function checkIssuer(issuer: string, path: string, other: number | undefined, findings: Findings): void {
  const refuse = (what: string, wayOut: string): number => findings.problems.push({ path, what, value: showValue(issuer), wayOut });
  if (OWN_ISSUERS.includes(issuer)) refuse("is a name of framegate's own", "Write the host application's URL");
  if (other !== undefined)
    refuse(`is the issuer of signIn.tickets[${other}] too`, 'List an issuer once; several keys go into one jwksFile or jwksUrl');
}
