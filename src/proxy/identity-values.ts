// Header values of an identity. A login is plain by construction (kernel/login.ts); the rest is a person's free text.

import type { Identity } from '../kernel/identity.ts';
import type { UpstreamRole } from '../policy/rule.ts';

export interface IdentityValues {
  readonly user: string;
  readonly name: string | undefined;
  readonly email: string | undefined;
  readonly groups: string | undefined;
  readonly role: string | undefined;
}

const PLAIN = /^[\x20-\x7e]+$/;

/** Longest value of one header, in bytes; a longer one is left out rather than cut into something else. */
const MAX_VALUE_LENGTH = 4096;

/**
 * @param encode Quoted-printable UTF-8, as Grafana reads it with `headers_encoded = true`. Without it, a value that a
 *   header cannot carry (control characters, anything outside ASCII) is left out: it is never a reason to refuse a
 *   person, and never reaches Node's header check, whose exception ends an upgrade (SEC-F4).
 */
export function identityValues(identity: Identity, role: UpstreamRole | undefined, encode: boolean): IdentityValues {
  const earlier = remembered.get(identity);
  if (earlier !== undefined && earlier.role === role && earlier.encode === encode) return earlier.values;
  const values = buildValues(identity, role, encode);
  remembered.set(identity, { role, encode, values });
  return values;
}

/** An identity never changes, and is asked for by every request of its session. */
const remembered = new WeakMap<Identity, { role: UpstreamRole | undefined; encode: boolean; values: IdentityValues }>();

function buildValues(identity: Identity, role: UpstreamRole | undefined, encode: boolean): IdentityValues {
  const carry = (text: string | undefined): string | undefined => {
    if (text === undefined || text === '') return undefined;
    const value = encode ? quotedPrintable(text) : text.trim();
    return PLAIN.test(value) && value.length <= MAX_VALUE_LENGTH ? value : undefined;
  };
  return {
    user: encode ? quotedPrintable(identity.login) : identity.login,
    name: carry(identity.displayName),
    // Grafana merges accounts by e-mail address, so an unproven one never leaves.
    email: identity.emailVerified === false ? undefined : carry(identity.email),
    groups: carry(identity.groups.join(',')),
    role,
  };
}

/** RFC 2045 6.7 without line breaks, as a header has none. */
export function quotedPrintable(text: string): string {
  let out = '';
  for (const byte of Buffer.from(text, 'utf8')) {
    const plain = byte >= 0x21 && byte <= 0x7e && byte !== 0x3d;
    out += plain ? String.fromCharCode(byte) : byte === 0x20 ? ' ' : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  // A space at either end would be trimmed on the wire.
  return out.replace(/^ | $/g, '=20');
}
