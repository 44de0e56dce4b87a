// Signs tickets: for a host application's server, the command line and the demo. Needs no configuration of framegate.

import { MisuseError } from '../kernel/errors.ts';
import { parseLogin } from '../kernel/login.ts';
import { readDisplayName, readGroups } from './attributes.ts';
import { type SignTokenOptions, signToken } from './sign-token.ts';
import { TICKET_TYPE } from './ticket-claims.ts';
import { isUidList } from './ticket-limits.ts';

const OWN_CLAIMS = ['iss', 'aud', 'sub', 'jti', 'iat', 'nbf', 'exp', 'name', 'email', 'groups', 'dashboards', 'sess_exp', 'until'];

export interface CreateTicketOptions extends SignTokenOptions {
  /** `sub`: who the viewer is; becomes the login. 1 to 255 of `A-Z a-z 0-9 . _ @ + | : / = ~ -`, a letter or digit first. */
  readonly subject: string;
  /** Display name; any text, cut at 256 characters. */
  readonly name?: string | undefined;
  readonly email?: string | undefined;
  /** At most 100, each 1 to 256 characters without a comma. */
  readonly groups?: readonly string[] | undefined;
  /** Narrows the session to these dashboards, by uid: 1 to 100, each 1 to 40 letters, digits, `-` and `_`. Default: all that the rules grant. */
  readonly dashboards?: readonly string[] | undefined;
  /** Further claims, such as those that `signIn.tickets[].claims` names for role and organisation; never one of ours. */
  readonly claims?: Readonly<Record<string, unknown>> | undefined;
  /** `sess_exp`: latest end of the session, milliseconds since the epoch. Default: framegate's own limit. */
  readonly sessionEndsAtMs?: number | undefined;
}

/**
 * A ticket for one viewer, to be used once. Make it on the server when the page asks for it, never ahead of time.
 * @throws {MisuseError} when framegate would refuse the ticket; the message says what to change.
 */
export async function createTicket(options: CreateTicketOptions): Promise<string> {
  return signToken(options, { caller: 'createTicket', type: TICKET_TYPE, claims: readClaims(options) });
}

function readClaims(options: CreateTicketOptions): Record<string, unknown> {
  const { subject, name, email, groups, dashboards, claims = {}, sessionEndsAtMs } = options;
  if (parseLogin(subject) === undefined) {
    throw new MisuseError(
      'createTicket: "subject" cannot be a login. Give 1 to 255 letters, digits and . _ @ + | : / = ~ -, beginning with a letter or digit',
    );
  }
  if (readGroups(groups) === undefined) {
    throw new MisuseError(
      'createTicket: "groups" cannot be used. Give at most 100 texts of 1 to 256 characters without commas and control characters',
    );
  }
  if (dashboards !== undefined && !isUidList(dashboards)) {
    throw new MisuseError(
      'createTicket: "dashboards" cannot be used. Give 1 to 100 uids of 1 to 40 letters, digits, - and _; leave it out for no limit',
    );
  }
  const taken = Object.keys(claims).find((claim) => OWN_CLAIMS.includes(claim));
  if (taken !== undefined) throw new MisuseError(`createTicket: "claims" holds ${taken}. Give it by the option that is for it`);
  return {
    ...claims,
    sub: subject,
    name: readDisplayName(name),
    email,
    groups,
    dashboards,
    sess_exp: sessionEndsAtMs === undefined ? undefined : Math.floor(sessionEndsAtMs / 1000),
  };
}
