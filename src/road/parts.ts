// What the composition root puts together and the steps use.

import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Config } from '../config/config.ts';
import type { Answers } from '../http/ports.ts';
import type { Audit } from '../kernel/audit.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import type { Denials } from '../observe/denials.ts';
import type { Meters } from '../observe/meters.ts';
import type { Engine } from '../proxy/engines/engine.ts';
import type { DocumentRewrite } from '../proxy/forward.ts';
import type { ClientAddress } from '../proxy/forwarded.ts';
import type { GuardPolicy } from '../proxy/guard-verdict.ts';
import type { LiveConnections } from '../proxy/live-connections.ts';
import type { MountedRoute } from '../proxy/mounts.ts';
import type { EmbedHeaders } from '../proxy/response-headers.ts';
import type { Route } from '../proxy/route.ts';
import type { SignedIdentity } from '../proxy/signed-identity.ts';
import type { ActiveSession, Sessions } from '../session/session.ts';
import type { RequestBuckets } from './request-buckets.ts';

export interface GateParts {
  readonly config: Config;
  /** Names the configuration, in records. */
  readonly revision: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly audit: Audit;
  readonly denials: Denials;
  readonly meters: Meters;
  readonly guardPolicy: GuardPolicy;
  readonly clientAddress: ClientAddress;
  /** Our name in Via. */
  readonly pseudonym: string;
  readonly sessions: Sessions;
  readonly live: LiveConnections;
  readonly requests: RequestBuckets;
  readonly answers: Answers;
  readonly embed: EmbedHeaders;
  /** Lower-case request headers that a preflight may ask for. */
  readonly corsHeaders: readonly string[];
  readonly documentRewrite: DocumentRewrite | undefined;
  engineFor(mounted: MountedRoute): Engine;
  /** What changes the body of an answer that is no document; undefined: nothing. */
  answerRewrite(mounted: MountedRoute, headers: IncomingHttpHeaders): DocumentRewrite | undefined;
  findMount(target: string): MountedRoute | undefined;
  /** True once the service stops. */
  isDraining(): boolean;
  /** True once another configuration has taken the place of this one. */
  isRetired(): boolean;
  /** `/_gate` under the host application's mount. */
  gatePrefix(): string;
  /** @throws {FramegateError} when the request came in by another path than the gate was mounted under. */
  assertMounted(req: IncomingMessage): void;
  /** Whether a host application's handlers follow, to which what is not ours is left. */
  isHosted(req: IncomingMessage): boolean;
  /** Signers of the upstreams that get a token. */
  readonly signedIdentities: ReadonlyMap<Route, SignedIdentity>;
  /**
   * Whom the request itself names, without a session of ours: by the host application's `identify`, the proxy in front, or
   * an API key. undefined where there is no such way.
   */
  readonly identifyRequest: ((req: IncomingMessage) => ActiveSession | undefined | Promise<ActiveSession | undefined>) | undefined;
}
