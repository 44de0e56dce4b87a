// Signs what a host application's server tells framegate: tickets and revocations.

import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { type Clock, systemClock } from '../kernel/clock.ts';
import { MisuseError } from '../kernel/errors.ts';
import { readSigningKey, type SigningKeyInput } from './signing-key.ts';
import { MAX_LIFETIME_SECONDS } from './ticket-claims.ts';
import { MAX_TICKET_BYTES } from './ticket-form.ts';

const DEFAULT_LIFETIME_SECONDS = 60;
const STEPS_PER_SECOND = 1024;

export interface SignTokenOptions {
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
  /** Seconds until the token ends, 1 to 120. Default 60. It is used at once. */
  readonly lifetimeSeconds?: number | undefined;
  /** Default: the machine's. */
  readonly clock?: Clock | undefined;
}

interface Content {
  /** The function that a host application called, for messages. */
  readonly caller: string;
  readonly type: string;
  readonly claims: Record<string, unknown>;
}

/** @throws {MisuseError} when framegate would refuse the token; the message says what to change. */
export async function signToken(options: SignTokenOptions, { caller, type, claims }: Content): Promise<string> {
  const { issuer, audience, lifetimeSeconds = DEFAULT_LIFETIME_SECONDS, clock = systemClock } = options;
  if (typeof issuer !== 'string' || issuer === '')
    throw new MisuseError(`${caller}: "issuer" is missing. Give the name that framegate knows as signIn.tickets[].issuer`);
  if (typeof audience !== 'string' || audience === '')
    throw new MisuseError(`${caller}: "audience" is missing. Give the publicUrl of framegate`);
  if (!(lifetimeSeconds >= 1 && lifetimeSeconds <= MAX_LIFETIME_SECONDS)) {
    throw new MisuseError(
      `${caller}: "lifetimeSeconds" is out of range. Give 1 to ${MAX_LIFETIME_SECONDS}; what it is used for lasts longer`,
    );
  }
  const { key, algorithm, kid } = readSigningKey(options.key, options, caller);
  // With its fraction, so that a revocation of the same second is told from what was signed before and after it; in steps
  // that are exact in binary, so that `exp - iat` is what was asked for.
  const nowSeconds = Math.floor((clock.now() * STEPS_PER_SECOND) / 1000) / STEPS_PER_SECOND;
  const token = await new SignJWT(claims)
    .setProtectedHeader({ alg: algorithm, typ: type, ...(kid === undefined ? {} : { kid }) })
    .setIssuer(issuer)
    .setAudience(audience)
    .setJti(randomUUID())
    .setIssuedAt(nowSeconds)
    .setExpirationTime(nowSeconds + Math.floor(lifetimeSeconds))
    .sign(key);
  if (token.length > MAX_TICKET_BYTES)
    throw new MisuseError(`${caller}: the token is larger than ${MAX_TICKET_BYTES} bytes. Give fewer or shorter groups`);
  return token;
}
