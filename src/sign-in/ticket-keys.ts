// The keys of one ticket issuer.

import { isHmac } from '../config/key-file.ts';
import type { TicketIssuerConfig } from '../config/ticket-issuer.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import { createFileKeys } from './file-keys.ts';
import type { KeyFinder } from './key-finder.ts';
import { createRemoteKeys } from './remote-keys.ts';

/** @throws {Error} where algorithms and keys do not go together: what the configuration should have refused (SEC-J1). */
export function createTicketKeys(config: TicketIssuerConfig, deps: { readonly clock: Clock; readonly log: Log }): KeyFinder {
  const { issuer, keys, algorithms } = config;
  const isShared = keys.kind === 'files' && keys.format === 'secret';
  // A public key must never be used as an HMAC secret (CVE-2022-23540 and its kind).
  if (algorithms.length === 0 || algorithms.some((name) => isHmac(name) !== isShared))
    throw new Error(`The ticket issuer ${JSON.stringify(issuer)} has algorithms that do not go with its keys`);
  return keys.kind === 'url' ? createRemoteKeys({ ...keys, issuer, ...deps }) : createFileKeys({ ...keys, algorithms, issuer, ...deps });
}
