import { hkdfSync } from 'node:crypto';
import type { Secret } from './secret.ts';

/** A key of its own for each purpose, from one secret (RFC 5869, SHA-256; SEC-D10.2). Hexadecimal, 32 bytes. */
export function deriveKey(
  secret: Secret,
  purpose: 'session-cookie' | 'session-record' | 'password-mark' | 'popup-code' | 'oidc-sign-in' | 'csrf' | 'log' | 'config-revision',
): string {
  return Buffer.from(hkdfSync('sha256', secret.reveal(), 'framegate', purpose, 32)).toString('hex');
}
