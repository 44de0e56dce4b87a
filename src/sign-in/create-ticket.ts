// Signs tickets: for a host application's server, the command line and the demo. Needs no configuration of framegate.

import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { type Clock, systemClock } from '../kernel/clock.ts';
import { MisuseError } from '../kernel/errors.ts';
import { parseLogin } from '../kernel/login.ts';
import { readDisplayName, readGroups } from './attributes.ts';
import { readSigningKey, type SigningKeyInput } from './signing-key.ts';
import { MAX_LIFETIME_SECONDS, TICKET_TYPE } from './ticket-claims.ts';
import { MAX_TICKET_BYTES } from './ticket-form.ts';
import { isUidList } from './ticket-limits.ts';

const DEFAULT_LIFETIME_SECONDS = 60;
const OWN_CLAIMS = ['iss', 'aud', 'sub', 'jti', 'iat', 'nbf', 'exp', 'name', 'email', 'groups', 'dashboards', 'sess_exp', 'until'];

export interface CreateTicketOptions {
  /** `iss`: the name under which framegate knows the host application (`signIn.tickets[].issuer`). */
  readonly issuer: string;
  /** `aud`: framegate's `publicUrl`, or what `signIn.tickets[].audience` says. */
  readonly audience: string;
  /** Private key as PEM (PKCS 8), JWK, KeyObject or CryptoKey; or the shared secret as text or bytes, at least 32 bytes. */
  readonly key: SigningKeyInput;
  /** Default: by the key: EdDSA, ES256 (384, 512), RS256 (PS256 for a PSS key), HS256. Required with a CryptoKey. */
  readonly algorithm?: string | undefined;
  /** Names the key in the key set. Default: that of the JWK. Required unless framegate knows one single key. */
  readonly kid?: string | undefined;
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
  /** Seconds until the ticket ends, 1 to 120. Default 60. It is used at once; the session outlives it. */
  readonly lifetimeSeconds?: number | undefined;
  /** `sess_exp`: latest end of the session, milliseconds since the epoch. Default: framegate's own limit. */
  readonly sessionEndsAtMs?: number | undefined;
  /** Default: the machine's. */
  readonly clock?: Clock | undefined;
}

/**
 * A ticket for one viewer, to be used once. Make it on the server when the page asks for it, never ahead of time.
 * @throws {MisuseError} when framegate would refuse the ticket; the message says what to change.
 */
export async function createTicket(options: CreateTicketOptions): Promise<string> {
  const { issuer, audience, lifetimeSeconds = DEFAULT_LIFETIME_SECONDS, clock = systemClock } = options;
  if (typeof issuer !== 'string' || issuer === '')
    throw new MisuseError('createTicket: "issuer" is missing. Give the name that framegate knows as signIn.tickets[].issuer');
  if (typeof audience !== 'string' || audience === '')
    throw new MisuseError('createTicket: "audience" is missing. Give the publicUrl of framegate');
  if (!(lifetimeSeconds >= 1 && lifetimeSeconds <= MAX_LIFETIME_SECONDS)) {
    throw new MisuseError(
      `createTicket: "lifetimeSeconds" is out of range. Give 1 to ${MAX_LIFETIME_SECONDS}; the session lives longer than the ticket`,
    );
  }
  const { key, algorithm, kid } = readSigningKey(options.key, options);
  const nowSeconds = Math.floor(clock.now() / 1000);
  const ticket = await new SignJWT(readClaims(options))
    .setProtectedHeader({ alg: algorithm, typ: TICKET_TYPE, ...(kid === undefined ? {} : { kid }) })
    .setIssuer(issuer)
    .setAudience(audience)
    .setJti(randomUUID())
    .setIssuedAt(nowSeconds)
    .setExpirationTime(nowSeconds + Math.floor(lifetimeSeconds))
    .sign(key);
  if (ticket.length > MAX_TICKET_BYTES)
    throw new MisuseError(`createTicket: the ticket is larger than ${MAX_TICKET_BYTES} bytes. Give fewer or shorter groups`);
  return ticket;
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
