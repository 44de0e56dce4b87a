// The form of a ticket, judged before any key is touched. Nothing read here is believed: it only picks the issuer
// whose keys then judge the signature over these very bytes.

import { parseStrictJson } from '../kernel/strict-json.ts';
import { refuseTicket } from './ticket-refusal.ts';

/** SEC-B14.15. */
export const MAX_TICKET_BYTES = 8192;

// Letters, digits and what key ids are made of in practice (thumbprints, dates, key resource names). No quote, no
// white space, nothing that begins like a path; a kid is compared with those of the key set and never looked up.
const KID = /^[A-Za-z0-9_-][A-Za-z0-9._~:/=+@-]{0,254}$/;

export interface TicketForm {
  readonly algorithm: string;
  /** undefined: the ticket has none. */
  readonly kid: string | undefined;
  /** Claims whose signature has not been verified. */
  readonly unverified: Readonly<Record<string, unknown>>;
}

/** @throws {FramegateError} FRAMEGATE_TICKET_REFUSED unless it is a compact JWS of at most 8192 bytes with strict JSON inside. */
export function readTicketForm(ticket: unknown): TicketForm {
  if (typeof ticket !== 'string') throw refuseTicket('form');
  if (Buffer.byteLength(ticket) > MAX_TICKET_BYTES) throw refuseTicket('too-large');
  const parts = ticket.split('.');
  // Five parts are a JWE; nothing is ever decrypted (SEC-J4).
  if (parts.length !== 3 || !parts.every(isBase64url)) throw refuseTicket('form');
  const [header = '', payload = ''] = parts;
  const { alg, kid, crit } = readObject(header);
  const unverified = readObject(payload);
  if (typeof alg !== 'string') throw refuseTicket('algorithm');
  // No extension is understood, `b64` included (RFC 7515 section 4.1.11).
  if (crit !== undefined) throw refuseTicket('crit-header');
  if (kid !== undefined && !(typeof kid === 'string' && KID.test(kid) && !kid.includes('://'))) throw refuseTicket('kid-form');
  return { algorithm: alg, kid, unverified };
}

/** True for the one spelling of at least one byte: another would be another text with the same signature. */
function isBase64url(part: string): boolean {
  return part !== '' && Buffer.from(part, 'base64url').toString('base64url') === part;
}

function readObject(part: string): Readonly<Record<string, unknown>> {
  const json = parseStrictJson(readUtf8(Buffer.from(part, 'base64url')));
  if (json.kind === 'object') return json.value;
  throw refuseTicket(json.kind === 'duplicate-key' ? 'duplicate-key' : 'form');
}

function readUtf8(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw refuseTicket('form');
  }
}
