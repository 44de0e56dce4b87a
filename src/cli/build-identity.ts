// The person that a question is about, as far as it says, and as far as the configuration leaves no choice.

import type { Config } from '../config/config.ts';
import type { Identity, SignInMethod } from '../kernel/identity.ts';
import { parseLogin } from '../kernel/login.ts';
import { UNKNOWN_ISSUER } from '../policy/asker.ts';
import { UsageError } from './command.ts';

export interface AskedPerson {
  readonly login: string;
  /** Default: those of the users file. */
  readonly groups?: readonly string[] | undefined;
  /** Default: that of the users file. */
  readonly email?: string | undefined;
  /** Default: the users file for a login that is in it, else the only one that there is, else not known. */
  readonly issuer?: string | undefined;
}

/** @throws {UsageError} for a text that can be nobody's login. */
export function buildIdentity(config: Config, person: AskedPerson, method?: SignInMethod): Identity {
  const login = parseLogin(person.login);
  if (login === undefined) throw new UsageError('needs a login of letters, digits and . _ @ + | : / = ~ -, so nobody can have this one');
  const account = config.signIn.users?.find((user) => user.name === login);
  const email = person.email ?? account?.email;
  return {
    issuer: person.issuer ?? findIssuer(config, account !== undefined, method),
    subject: login,
    login,
    groups: person.groups ?? account?.groups ?? [],
    ...(email === undefined ? {} : { email }),
  };
}

function findIssuer({ signIn: { tickets, oidc, header } }: Config, hasAccount: boolean, method: SignInMethod | undefined): string {
  if (method === 'password' || method === 'api-key' || method === 'host') return method;
  if (method === undefined && hasAccount) return 'password';
  const outside = [
    ...tickets.map(({ issuer }) => ({ method: 'ticket', issuer })),
    ...oidc.map(({ issuer }) => ({ method: 'oidc', issuer })),
    ...(header === undefined ? [] : [{ method: 'header', issuer: header.issuer }]),
  ];
  const [only, ...others] = outside.filter((each) => method === undefined || each.method === method);
  return only === undefined || others.length > 0 ? UNKNOWN_ISSUER : only.issuer;
}
