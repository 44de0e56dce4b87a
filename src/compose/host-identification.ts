// Who is asking, by the word of the host application that the gate is mounted in.

import type { IncomingMessage } from 'node:http';
import type { Clock } from '../kernel/clock.ts';
import { identityKey } from '../kernel/identity.ts';
import type { GateParts } from '../road/parts.ts';
import type { ActiveSession } from '../session/session.ts';
import { readHostIdentity } from '../sign-in/host.ts';

/** What a host application may give as `identify`; its answer is judged by `readHostIdentity`. */
type Identify = (req: IncomingMessage) => unknown;

/** A host's identity is asked for on every request, so it is as a session that never ends by itself. */
export function createHostIdentification(identify: Identify | undefined, clock: Clock): GateParts['identifyHost'] {
  if (identify === undefined) return undefined;
  return async function identifyHost(req): Promise<ActiveSession | undefined> {
    const identity = readHostIdentity(await identify(req));
    if (identity === undefined) return undefined;
    return {
      key: `host ${identityKey(identity)}`,
      identity,
      method: 'host',
      startedAtMs: clock.now(),
      endsAtMs: Number.POSITIVE_INFINITY,
      idleTimeoutMs: undefined,
    };
  };
}
