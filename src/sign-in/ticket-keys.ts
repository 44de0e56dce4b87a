// The keys of one ticket issuer, wherever they come from, behind one function. What the configuration should have
// refused is refused here again, when the gate starts (SEC-J1, SEC-J2).

import { createLocalJWKSet, type JWTVerifyGetKey } from 'jose';
import type { TicketIssuerConfig } from '../config/config.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import { checkKeySet } from './key-set.ts';
import { createRemoteKeys } from './remote-keys.ts';

const MIN_SECRET_BYTES = 32;
const MIN_RSA_BITS = 2048;

export interface TicketKeySource {
  /** True where keys are told apart by `kid`; a single key takes tickets with any or none. */
  readonly needsKid: boolean;
  readonly getKey: JWTVerifyGetKey;
}

/** @throws {Error} for keys or algorithms that no ticket may be judged with. */
export function createTicketKeys(config: TicketIssuerConfig, deps: { readonly clock: Clock; readonly log: Log }): TicketKeySource {
  const { issuer, keys, algorithms } = config;
  const families = new Set(algorithms.map(familyOf));
  if (families.size !== 1) throw wrong(issuer, 'needs algorithms of one family');
  // A public key must never be used as an HMAC secret (CVE-2022-23540 and its kind).
  if (families.has('HMAC') !== (keys.kind === 'secret')) throw wrong(issuer, 'has algorithms that do not go with its keys');
  switch (keys.kind) {
    case 'jwks-url':
      return { needsKid: true, getKey: createRemoteKeys({ url: keys.url, issuer, ...deps }) };
    case 'jwks':
      return { needsKid: true, getKey: createLocalJWKSet(checkKeySet(keys.jwks)) };
    case 'public-key': {
      const { key } = keys;
      const bits = key.asymmetricKeyDetails?.modulusLength;
      if (key.type !== 'public') throw wrong(issuer, 'needs a public key');
      if (bits !== undefined && bits < MIN_RSA_BITS) throw wrong(issuer, `has an RSA key below ${MIN_RSA_BITS} bits`);
      return { needsKid: false, getKey: async () => key };
    }
    case 'secret': {
      const { secret } = keys;
      if (secret.length < MIN_SECRET_BYTES) throw wrong(issuer, `has a secret below ${MIN_SECRET_BYTES} bytes`);
      return { needsKid: false, getKey: async () => secret.reveal() };
    }
  }
}

function familyOf(algorithm: string): string {
  if (algorithm.startsWith('HS')) return 'HMAC';
  if (algorithm.startsWith('ES')) return 'EC';
  return algorithm.startsWith('Ed') ? 'Ed25519' : 'RSA';
}

function wrong(issuer: string, what: string): Error {
  return new Error(`The ticket issuer ${JSON.stringify(issuer)} ${what}`);
}
