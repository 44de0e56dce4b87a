// Signs revocations: for a host application's log-out, where framegate runs as a service beside it.

import { MisuseError } from '../kernel/errors.ts';
import { parseLogin } from '../kernel/login.ts';
import { REVOCATION_TYPE } from './revocation-claims.ts';
import { type SignTokenOptions, signToken } from './sign-token.ts';

export interface CreateRevocationOptions extends SignTokenOptions {
  /** `sub`: whose sessions end, as in that person's tickets. Either this or `all`. */
  readonly subject?: string | undefined;
  /** Ends the sessions of everybody whom this issuer has signed a ticket for. */
  readonly all?: true | undefined;
}

/**
 * A token that ends sessions which tickets of this issuer began; to be posted once, by the server, as the field `token` to
 * `/_gate/revoke` of framegate. The answer is 204.
 * @throws {MisuseError} when framegate would refuse it; the message says what to change.
 */
export async function createRevocation(options: CreateRevocationOptions): Promise<string> {
  const { subject, all } = options;
  if ((subject === undefined) === (all === undefined)) throw new MisuseError('createRevocation: give either "subject" or "all: true"');
  if (subject !== undefined && parseLogin(subject) === undefined)
    throw new MisuseError('createRevocation: "subject" cannot be that of a ticket. Give what createTicket was given');
  if (all !== undefined && all !== true) throw new MisuseError('createRevocation: "all" can only be true');
  return signToken(options, { caller: 'createRevocation', type: REVOCATION_TYPE, claims: all === undefined ? { sub: subject } : { all } });
}
