// Why a ticket was refused, as fixed words for the log. The client is told none of them.

import { errors } from 'jose';
import { FramegateError } from '../kernel/errors.ts';
import type { LoginRefusal } from './login-policy.ts';

export type TicketRefusalReason =
  | 'too-large'
  | 'form'
  | 'duplicate-key'
  | 'crit-header'
  | 'kid-missing'
  | 'kid-form'
  | 'kid-unknown'
  | 'issuer-unknown'
  | 'algorithm'
  | 'signature'
  | 'key-unusable'
  | 'typ'
  | 'audience'
  | 'claim-missing'
  | 'claim-invalid'
  | 'expired'
  | 'not-yet-valid'
  | 'lifetime'
  | 'subject'
  | 'groups'
  | 'jti'
  | 'session-end'
  | 'role'
  | 'organisation'
  | 'dashboards'
  | 'revocation-target'
  | LoginRefusal
  | 'replayed';

export function refuseTicket(reason: TicketRefusalReason): FramegateError {
  return new FramegateError('FRAMEGATE_TICKET_REFUSED', { reason });
}

/**
 * The refusal for what jose threw. Fails closed: what is not known here is a refusal as well. No cause is kept,
 * because jose's errors carry the claims.
 */
export function refusalOf(error: unknown): FramegateError {
  if (error instanceof FramegateError) return error;
  if (error instanceof errors.JWTExpired) return refuseTicket('expired');
  if (error instanceof errors.JWTClaimValidationFailed) return refuseTicket(claimReason(error));
  if (error instanceof errors.JWSSignatureVerificationFailed) return refuseTicket('signature');
  if (error instanceof errors.JOSEAlgNotAllowed) return refuseTicket('algorithm');
  if (error instanceof errors.JWSInvalid || error instanceof errors.JWTInvalid) return refuseTicket('form');
  // A key of the wrong kind, a short RSA modulus: TypeError, DOMException or another JOSEError.
  return refuseTicket('key-unusable');
}

function claimReason({ claim, reason }: errors.JWTClaimValidationFailed): TicketRefusalReason {
  if (claim === 'typ') return 'typ';
  if (reason === 'missing') return 'claim-missing';
  if (claim === 'aud') return 'audience';
  if ((claim === 'iat' || claim === 'nbf') && reason === 'check_failed') return 'not-yet-valid';
  return 'claim-invalid';
}
