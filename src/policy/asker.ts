// Who asks, from where and when: the same for all that one request, or one message of a socket, asks for.

import type { Identity, Narrowing, SignInMethod } from '../kernel/identity.ts';
import type { Match } from './decision.ts';
import type { Classification, Resources } from './request.ts';
import type { Rule, Who } from './rule.ts';

/** In place of an identity's issuer, where a question about somebody leaves it open; nobody who signs in has it. */
export const UNKNOWN_ISSUER = '';

export interface Asker {
  readonly identity: Identity;
  /** How the person signed in; undefined: not known, so no grant that asks for it counts, and every denial. */
  readonly method?: SignInMethod | undefined;
  readonly narrowing?: Narrowing | undefined;
  /** The client's address; undefined as above. */
  readonly address?: string | undefined;
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
  /** Name of the upstream. */
  readonly upstream: string;
  /** Lower-case logins of the upstream's built-in administrators. */
  readonly builtInAdmins: readonly string[];
  /** Must not change afterwards: what is worked out for a list is kept with it. */
  readonly rules: readonly Rule[];
}

/** What is asked for: of a request, of its body, of a message on a socket. */
export type Asked = Pick<Classification, 'capability' | 'resources' | 'lists'>;

/** The same with what the body names besides. */
export function addResources(asked: Asked, more: Resources): Asked {
  const resources: Record<string, readonly (string | number)[]> = { ...asked.resources };
  for (const [kind, names] of Object.entries(more)) resources[kind] = [...new Set([...(resources[kind] ?? []), ...names])];
  return { ...asked, resources: resources as Resources };
}

/** True for a built-in administrator, by login or e-mail address: Grafana looks an unknown login up by the address, too. */
export function isBuiltInAdmin({ identity: { login, email }, builtInAdmins }: Asker): boolean {
  return builtInAdmins.includes(login.toLowerCase()) || (email !== undefined && builtInAdmins.includes(email.toLowerCase()));
}

export interface Address {
  readonly full: string;
  readonly domain: string;
}

/**
 * The e-mail address in lower case, if it may decide anything: exactly one `@`, at most 254 ASCII characters
 * (SEC-R5: `attacker@evil.com@company.com` is nobody's). One that is marked as unverified counts for denials only.
 */
export function addressFor(effect: Rule['effect'], { email, emailVerified }: Identity): Address | undefined {
  if (email === undefined || (emailVerified === false && effect === 'allow')) return undefined;
  const match = /^[\x21-\x3f\x41-\x7e]{1,64}@([\x21-\x3f\x41-\x7e]{1,253})$/.exec(email);
  if (match === null || email.length > 254) return undefined;
  return { full: email.toLowerCase(), domain: (match[1] ?? '').toLowerCase() };
}

/** By which part of `who` a rule is for the identity; undefined: it is not. */
export function matchWho(who: Who, { login, groups }: Identity, address: Address | undefined): Match | undefined {
  if (who.users.includes(login)) return 'user-listed';
  if (who.everyone) return 'everyone-listed';
  if (who.groups.some((group) => groups.includes(group))) return 'group-listed';
  if (address === undefined) return undefined;
  if (who.emails.includes(address.full)) return 'email-listed';
  return who.domains.includes(address.domain) ? 'domain-listed' : undefined;
}
