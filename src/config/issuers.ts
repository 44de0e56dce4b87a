// What holds between the issuers of different sign-in methods: each is one, and no two can make the same login (SEC-R6).

import type { HeaderSignInConfig, TicketIssuerConfig } from './config.ts';
import { type Findings, showValue } from './problem.ts';

/** Issuers of identities that are nobody else's word. */
const OWN_ISSUERS = ['password', 'host', 'api-key'];

export function checkIssuers(header: HeaderSignInConfig | undefined, tickets: readonly TicketIssuerConfig[], findings: Findings): void {
  if (header === undefined) return;
  const { issuer, loginPrefix } = header;
  const refuse = (key: string, value: string, what: string, wayOut: string): number =>
    findings.problems.push({ path: `signIn.header.${key}`, what, value: showValue(value), wayOut });
  if (OWN_ISSUERS.includes(issuer)) refuse('issuer', issuer, "is a name of framegate's own", 'Leave it out, or name the proxy');
  const same = tickets.findIndex((other) => other.issuer === issuer);
  if (same !== -1) refuse('issuer', issuer, `is the issuer of signIn.tickets[${same}] too`, 'Name the proxy in another way');
  const clash = tickets.findIndex((other) => couldMakeSameLogin(other.loginPrefix, loginPrefix));
  if (clash !== -1) {
    const what = `makes the same logins as that of signIn.tickets[${clash}] could`;
    refuse('loginPrefix', loginPrefix, what, 'Give one of them a prefix of its own, such as "p-"');
  }
}

/** Logins with a prefix are its issuer's alone, so one issuer may have none. */
export function couldMakeSameLogin(one: string, other: string): boolean {
  if (one === '' || other === '') return one === other;
  const [a, b] = [one.toLowerCase(), other.toLowerCase()];
  return a.startsWith(b) || b.startsWith(a);
}

/** An issuer of another sign-in method, and where it is configured. */
export interface NamedIssuer {
  readonly path: string;
  readonly issuer: string;
  readonly loginPrefix: string;
}

export function nameIssuers(header: HeaderSignInConfig | undefined, tickets: readonly TicketIssuerConfig[]): NamedIssuer[] {
  const named = tickets.map(({ issuer, loginPrefix }, index) => ({ path: `signIn.tickets[${index}]`, issuer, loginPrefix }));
  return header === undefined ? named : [...named, { path: 'signIn.header', issuer: header.issuer, loginPrefix: header.loginPrefix }];
}
