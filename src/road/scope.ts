// What travels with one request along the road. Each step fills in its part.

import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import type { Classification } from '../policy/request.ts';
import type { UpstreamRole } from '../policy/rule.ts';
import type { MountedRoute } from '../proxy/mounts.ts';
import type { ActiveSession } from '../session/session.ts';

export interface Scope {
  readonly req: IncomingMessage;
  readonly kind: 'http' | 'upgrade';
  readonly method: string;
  /** The target as on the wire, mount of a host application included. */
  readonly target: string;
  readonly requestId: string;
  readonly clientAddress: string;
  readonly startedAtMs: number;
  /** Set by guard. */
  dropped: readonly string[];
  /** Set by the gate once the guard has passed. */
  mounted: MountedRoute | undefined;
  /** Set by session. */
  session: ActiveSession | undefined;
  /** Set by capability. */
  classification: Classification | undefined;
  /** Set by decide. */
  rule: string | undefined;
  role: UpstreamRole | undefined;
  /** Set by request headers. */
  headers: OutgoingHttpHeaders | undefined;
}
