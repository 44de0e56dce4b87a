// Who is asking, as a sign-in method proved it. The key of an account is issuer + subject (SEC-R6):
// a login or an e-mail address is never one.

export type SignInMethod = 'password' | 'ticket' | 'oidc' | 'header' | 'api-key' | 'host';

export interface Identity {
  /**
   * Who vouches: `password` for the users file, a ticket's `iss`, an OIDC provider's issuer, `header` for the proxy in
   * front, `api-key`, `host` for the host application's function.
   */
  readonly issuer: string;
  /** The person within the issuer. */
  readonly subject: string;
  /** What X-WEBAUTH-USER carries. Verified by `parseLogin` before an Identity is made. */
  readonly login: string;
  readonly email?: string;
  /** False where the issuer said so; then the address is not used for domain rules (SEC-R5). */
  readonly emailVerified?: boolean;
  /** Free text; may hold any character and is never a reason to refuse a person. */
  readonly displayName?: string;
  readonly groups: readonly string[];
  /** What the issuer's claims ask the upstream to be told, where the configuration maps them; a rule's `as` is stronger. */
  readonly role?: 'Viewer' | 'Editor' | 'Admin' | 'None';
  readonly orgId?: number;
}

/**
 * What a session is narrowed to by who started it (a ticket's claims, a key's scope). Never widens what the rules grant
 * (SEC-J6): a request needs both.
 */
export interface Narrowing {
  /** Names of upstreams. */
  readonly upstreams?: readonly string[];
  /** Dashboard uids, exactly; a request whose dashboard is not known to be among them is denied. */
  readonly dashboards?: readonly string[];
  /** Capabilities or bundles. */
  readonly may?: readonly string[];
}

/** One string per account, unambiguous whatever the parts hold. */
export function identityKey(identity: Pick<Identity, 'issuer' | 'subject'>): string {
  return JSON.stringify([identity.issuer, identity.subject]);
}

/** Names people by what is given; all of it has to be theirs. */
interface IdentityFilter {
  /** In any case of letters: upstreams compare logins so, and one login is one person. */
  readonly login?: string;
  readonly issuer?: string;
  readonly subject?: string;
}

export function matchesIdentity(which: IdentityFilter, identity: Identity): boolean {
  return (
    (which.login === undefined || identity.login.toLowerCase() === which.login.toLowerCase()) &&
    (which.issuer === undefined || identity.issuer === which.issuer) &&
    (which.subject === undefined || identity.subject === which.subject)
  );
}
