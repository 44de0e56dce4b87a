// A token that an identity provider signed: judged by form, then by signature, then by whom it is from and for. What it
// says is read elsewhere.

import { errors, type JWTPayload, jwtVerify } from 'jose';
import type { OidcProviderConfig } from '../config/oidc-provider.ts';
import type { Clock } from '../kernel/clock.ts';
import { parseStrictJson } from '../kernel/strict-json.ts';
import type { KeyFinder } from './key-finder.ts';
import { type OidcRefusalReason, refuseOidc } from './oidc-refusal.ts';

/** Groups make ID tokens long. */
const MAX_TOKEN_BYTES = 64 * 1024;

export interface TokenExpectations {
  readonly provider: OidcProviderConfig;
  readonly keys: KeyFinder;
  readonly clock: Clock;
  /** Whether a token with this `typ` (lower case, without `application/`; undefined: none) may be one of these. */
  readonly isType: (typ: string | undefined) => boolean;
  readonly requiredClaims: readonly string[];
  /** Longest time since `iat`, in seconds. Default: none. */
  readonly maxAgeSeconds?: number;
}

/** @throws {FramegateError} FRAMEGATE_OIDC_REFUSED; what `keys` throws. */
export async function verifyToken(token: string, expected: TokenExpectations): Promise<JWTPayload> {
  const { provider, keys, clock, isType, requiredClaims, maxAgeSeconds } = expected;
  const { algorithm, kid, typ } = readForm(token);
  if (!provider.algorithms.includes(algorithm)) throw refuseOidc('token-signature');
  if (!isType(typ)) throw refuseOidc('token-type');
  const candidates = (await keys.find(kid)).filter((key) => key.algorithms.includes(algorithm));
  for (const { key } of candidates) {
    try {
      const { payload } = await jwtVerify(token, key, {
        issuer: provider.issuer,
        audience: provider.clientId,
        algorithms: [algorithm],
        clockTolerance: provider.clockToleranceMs / 1000,
        currentDate: new Date(clock.now()),
        requiredClaims: [...requiredClaims],
        ...(maxAgeSeconds === undefined ? {} : { maxTokenAge: maxAgeSeconds }),
      });
      return payload;
    } catch (error) {
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw refuseOidc(reasonOf(error));
    }
  }
  throw refuseOidc('token-signature');
}

interface TokenForm {
  readonly algorithm: string;
  readonly kid: string | undefined;
  readonly typ: string | undefined;
}

/** Nothing read here is believed; it picks the key. Five parts are a JWE, and nothing is ever decrypted (SEC-J4). */
function readForm(token: string): TokenForm {
  const parts = token.split('.');
  if (token.length > MAX_TOKEN_BYTES || parts.length !== 3) throw refuseOidc('token-form');
  const [header, payload] = parts.slice(0, 2).map((part) => parseStrictJson(Buffer.from(part, 'base64url').toString('utf8')));
  if (header?.kind !== 'object' || payload?.kind !== 'object') throw refuseOidc('token-form');
  const { alg, kid, typ } = header.value;
  if (typeof alg !== 'string' || (kid !== undefined && typeof kid !== 'string') || (typ !== undefined && typeof typ !== 'string'))
    throw refuseOidc('token-form');
  return { algorithm: alg, kid, typ: typ?.toLowerCase().replace(/^application\//, '') };
}

/** `iss` of a token, before anything is verified: whose keys to ask. */
export function readUnverifiedIssuer(token: string): unknown {
  const parsed = parseStrictJson(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
  return parsed.kind === 'object' ? parsed.value['iss'] : undefined;
}

/** No cause is kept, because jose's errors carry the claims. */
function reasonOf(error: unknown): OidcRefusalReason {
  if (error instanceof errors.JWTExpired) return 'token-expired';
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === 'aud') return 'token-audience';
    return error.claim === 'iss' ? 'issuer-wrong' : 'token-claims';
  }
  return 'token-form';
}
