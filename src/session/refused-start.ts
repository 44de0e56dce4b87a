import { type ErrorCode, FramegateError } from '../kernel/errors.ts';
import type { SignInMethod } from '../kernel/identity.ts';

const CODES: { readonly [method in SignInMethod]?: ErrorCode } = {
  password: 'FRAMEGATE_SIGN_IN_REFUSED',
  ticket: 'FRAMEGATE_TICKET_REFUSED',
  oidc: 'FRAMEGATE_OIDC_REFUSED',
};

/** A sign-in that a revocation overtook: to who asks it is as any refusal of that method. */
export function refuseRevoked(method: SignInMethod): FramegateError {
  return new FramegateError(CODES[method] ?? 'FRAMEGATE_CODE_REFUSED', { reason: 'revoked' });
}
