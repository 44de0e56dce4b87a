// What a host application needs to hand its viewers over: one key pair, and one line per ticket.

import type { KeyObject } from 'node:crypto';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { createRevocation } from '../../../src/sign-in/create-revocation.ts';
import { createTicket } from '../../../src/sign-in/create-ticket.ts';
import type { Person } from './people.ts';

/**
 * How long a session that begins with a ticket may live: 15 minutes. embed.js asks for a new ticket before; when the
 * person has signed out here, it gets none, and the dashboard closes.
 */
const SESSION_MS = 15 * 60_000;

export interface Tickets {
  /** The public key, for `/.well-known/jwks.json`. */
  readonly keySet: { readonly keys: readonly object[] };
  sign(person: Person): Promise<string>;
  /** Tells framegate that the person has signed out: sessions from tickets end, and what is open in them. */
  revoke(person: Person): Promise<void>;
}

export function createTickets({ issuer, audience }: { readonly issuer: string; readonly audience: string }): Tickets {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const kid = nameKey(publicKey);

  function sign(person: Person): Promise<string> {
    const { name: subject, displayName: name, email, groups } = person;
    return createTicket({ issuer, audience, key: privateKey, kid, subject, name, email, groups, sessionEndsAtMs: Date.now() + SESSION_MS });
  }

  async function revoke({ name: subject }: Person): Promise<void> {
    const token = await createRevocation({ issuer, audience, key: privateKey, kid, subject });
    const answer = await fetch(`${audience}/_gate/revoke`, { method: 'POST', body: new URLSearchParams({ token }) });
    if (answer.status !== 204) throw new Error(`POST /_gate/revoke answered ${answer.status}`);
  }

  return { keySet: { keys: [{ ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'EdDSA' }] }, sign, revoke };
}

/** A name that changes with the key. */
function nameKey(key: KeyObject): string {
  return createHash('sha256')
    .update(key.export({ format: 'der', type: 'spki' }))
    .digest('base64url')
    .slice(0, 16);
}
