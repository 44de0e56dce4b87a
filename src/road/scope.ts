// What travels with one request along the road. Each step fills in its part.

import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import type { AuditRecord } from '../kernel/audit.ts';
import type { Asker } from '../policy/asker.ts';
import type { Classification } from '../policy/request.ts';
import type { UpstreamRole } from '../policy/rule.ts';
import type { MountedRoute } from '../proxy/mounts.ts';
import type { ActiveSession } from '../session/session.ts';
import type { GateParts } from './parts.ts';
import { requestIdOf } from './request-id.ts';

/** What is told of a request, at its end or later. */
export interface ToldScope
  extends Pick<Scope, 'method' | 'target' | 'clientAddress' | 'startedAtMs' | 'requestId' | 'session' | 'rule' | 'mounted' | 'asker'> {
  readonly req: NonNullable<AuditRecord['req']>;
}

/** Without the request itself: a WebSocket may be open for days, and two thousand of them are to cost little memory. */
export function keepTold({ req, method, target, clientAddress, startedAtMs, requestId, session, rule, mounted, asker }: Scope): ToldScope {
  const { host, origin, referer, 'user-agent': userAgent } = req.headers;
  const told = {
    method: req.method,
    url: req.url,
    headers: { host, origin, referer, 'user-agent': userAgent },
    socket: { remoteAddress: req.socket.remoteAddress },
  };
  return { req: told, method, target, clientAddress, startedAtMs, requestId, session, rule, mounted, asker };
}

/** A class, as an object literal with a getter of its own would keep each request in memory until the next full collection. */
export class Scope {
  readonly req: IncomingMessage;
  readonly kind: 'http' | 'upgrade';
  readonly method: string;
  /** The target as on the wire, mount of a host application included. */
  readonly target: string;
  readonly clientAddress: string;
  readonly startedAtMs: number;
  /** Set by guard. */
  dropped: readonly string[] = [];
  /** Set by the gate once the guard has passed. */
  mounted: MountedRoute | undefined = undefined;
  /** Set by origin: it passed as a machine's request, so it has to have an API key. */
  needsApiKey = false;
  /** Set by session. */
  session: ActiveSession | undefined = undefined;
  /** Set by session, of a refusal: one like it was told a moment ago. */
  isToldAlready = false;
  /** Set by capability. */
  classification: Classification | undefined = undefined;
  /** The request's body, where what it names is part of that. */
  body: Buffer | undefined = undefined;
  /** Set by decide. */
  rule: string | undefined = undefined;
  role: UpstreamRole | undefined = undefined;
  orgId: number | undefined = undefined;
  /** Who asks, for what is asked on the way: by the body, by each message of a socket. */
  asker: Asker | undefined = undefined;
  /** Messages of the socket are judged one by one. */
  judgesMessages = false;
  /** Set by the engine: the answer has no end of its own. */
  isEndless = false;
  /** Set by request headers. The first is for upstreams that get a signed token. */
  token: string | undefined = undefined;
  headers: OutgoingHttpHeaders | undefined = undefined;

  constructor(
    req: IncomingMessage,
    kind: Scope['kind'],
    target: string,
    { clientAddress, clock }: Pick<GateParts, 'clientAddress' | 'clock'>,
  ) {
    this.req = req;
    this.kind = kind;
    this.method = req.method ?? '';
    this.target = target;
    this.clientAddress = clientAddress(req);
    this.startedAtMs = clock.now();
  }

  get requestId(): string {
    return requestIdOf(this.req);
  }
}
