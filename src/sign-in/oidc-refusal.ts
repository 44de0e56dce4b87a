// Why a sign-in with an identity provider, or a provider's log-out token, was refused: for the log, never for the client.

import { AuthorizationResponseError, ClientError, ResponseBodyError, WWWAuthenticateChallengeError } from 'openid-client';
import { FramegateError } from '../kernel/errors.ts';
import { RequestFailure } from './guarded-request.ts';

export type OidcRefusalReason =
  | 'state-missing'
  | 'state-unknown'
  | 'browser-unknown'
  | 'other-browser'
  | 'transaction-invalid'
  | 'provider-unknown'
  | 'issuer-wrong'
  | 'issuer-missing'
  | 'other-callback'
  | 'answer-invalid'
  | 'access-denied'
  | 'sign-in-needed'
  | 'provider-error'
  | 'code-refused'
  | 'token-invalid'
  | 'token-form'
  | 'token-type'
  | 'token-signature'
  | 'token-expired'
  | 'token-audience'
  | 'token-claims'
  | 'token-replayed'
  | 'authorized-party'
  | 'subject'
  | 'login'
  | 'groups'
  | 'email-not-verified';

export function refuseOidc(reason: OidcRefusalReason): FramegateError {
  return new FramegateError('FRAMEGATE_OIDC_REFUSED', { reason });
}

/** The provider cannot do its part; trying again later may help. `problem` goes to the log. */
export function providerUnavailable(reason: 'unreachable' | 'client-refused' | 'failing', cause?: unknown): FramegateError {
  return new FramegateError('FRAMEGATE_PROVIDER_UNAVAILABLE', { reason: `provider-${reason}`, cause });
}

/** Codes of the answer to an authorization request (RFC 6749 4.1.2.1, OpenID Connect Core 3.1.2.6). */
const ANSWER_ERRORS: ReadonlyMap<string, OidcRefusalReason> = new Map([
  ['access_denied', 'access-denied'],
  ['login_required', 'sign-in-needed'],
  ['interaction_required', 'sign-in-needed'],
  ['consent_required', 'sign-in-needed'],
  ['account_selection_required', 'sign-in-needed'],
]);

/**
 * The refusal for what openid-client threw. Fails closed: what is not known here is a refusal as well. No cause of its
 * own is kept, because it carries codes and tokens.
 */
export function refusalOf(error: unknown): FramegateError {
  if (error instanceof FramegateError) return error;
  if (error instanceof AuthorizationResponseError) return refusalOfAnswer(error.error);
  if (error instanceof ResponseBodyError) {
    if (error.status >= 500) return providerUnavailable('failing');
    const isOurs = error.error === 'invalid_client' || error.error === 'unauthorized_client';
    return isOurs ? providerUnavailable('client-refused') : refuseOidc('code-refused');
  }
  if (error instanceof WWWAuthenticateChallengeError) return providerUnavailable('client-refused');
  const failure = findRequestFailure(error);
  if (failure !== undefined) return providerUnavailable('unreachable', failure);
  if (error instanceof ClientError && (error.code === 'OAUTH_RESPONSE_IS_NOT_CONFORM' || error.code === 'OAUTH_RESPONSE_IS_NOT_JSON'))
    return providerUnavailable('failing');
  if (error instanceof ClientError && error.code === 'OAUTH_JWT_TIMESTAMP_CHECK_FAILED') return refuseOidc('token-expired');
  return refuseOidc('token-invalid');
}

function refusalOfAnswer(code: string): FramegateError {
  if (code === 'temporarily_unavailable' || code === 'server_error') return providerUnavailable('failing');
  return refuseOidc(ANSWER_ERRORS.get(code) ?? 'provider-error');
}

function findRequestFailure(error: unknown): RequestFailure | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    if (at instanceof RequestFailure) return at;
  }
  return undefined;
}
