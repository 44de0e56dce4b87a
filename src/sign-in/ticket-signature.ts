// Whether a ticket's signature, times and type are right, by one of the keys that its issuer has.

import { errors, type JWTPayload, jwtVerify } from 'jose';
import type { TicketIssuerConfig } from '../config/ticket-issuer.ts';
import type { KeyFinder } from './key-finder.ts';
import { CLOCK_TOLERANCE_SECONDS, MAX_LIFETIME_SECONDS } from './ticket-claims.ts';
import type { TicketForm } from './ticket-form.ts';
import { refusalOf, refuseTicket } from './ticket-refusal.ts';

export interface Judge {
  readonly config: TicketIssuerConfig;
  readonly keys: KeyFinder;
  /** Milliseconds since the epoch; asked again once the keys are there. */
  readonly now: () => number;
  readonly type: string;
  readonly requiredClaims: readonly string[];
}

/**
 * The claims that the issuer has signed.
 * @throws {FramegateError} FRAMEGATE_TICKET_REFUSED, FRAMEGATE_KEYS_UNAVAILABLE
 */
export async function verifySignature(
  ticket: string,
  { algorithm, kid }: TicketForm,
  { config, keys, now, type, requiredClaims }: Judge,
): Promise<JWTPayload> {
  // Before any key is asked for: a ticket by another algorithm causes no request.
  if (!config.algorithms.includes(algorithm)) throw refuseTicket('algorithm');
  if (keys.needsKid && kid === undefined) throw refuseTicket('kid-missing');
  const found = await keys.find(kid);
  if (found.length === 0) throw refuseTicket('kid-unknown');
  const able = found.filter((key) => key.algorithms.includes(algorithm));
  if (able.length === 0) throw refuseTicket('key-unusable');
  let refusal: unknown;
  // More than one only while a key without an id is being replaced.
  for (const { key } of able) {
    try {
      const { payload } = await jwtVerify(ticket, key, {
        issuer: config.issuer,
        audience: config.audience,
        algorithms: [algorithm],
        typ: type,
        requiredClaims: [...requiredClaims],
        maxTokenAge: MAX_LIFETIME_SECONDS,
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        currentDate: new Date(now()),
      });
      return payload;
    } catch (error) {
      refusal = error;
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) break;
    }
  }
  throw refusalOf(refusal);
}
