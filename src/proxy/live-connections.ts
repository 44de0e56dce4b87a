// Every connection that outlives its request: WebSockets and event streams. The end of a session closes its own.

import type { Duplex } from 'node:stream';
import type { Bagged } from '../kernel/bag.ts';
import type { Identity } from '../kernel/identity.ts';
import { closeFrame, type FrameBoundary } from './frame-boundary.ts';
import { SessionLoads } from './session-load.ts';

/** WebSocket close codes (RFC 6455 7.4.1). */
export const POLICY_VIOLATION = 1008;
export const GOING_AWAY = 1001;

/** How long a browser may take to answer our Close frame, in milliseconds. */
const CLOSE_GRACE_MS = 1000;

interface Belonging {
  readonly sessionKey: string;
  readonly identity: Identity;
  /** Name of the upstream; empty where nobody said. */
  readonly upstream: string;
  readonly kind: 'socket' | 'stream' | 'answer';
}

/** A class, as thousands of them stay: what several closures would keep is one object. */
class LiveConnection implements Bagged {
  readonly to: Belonging;
  place = -1;
  readonly #loads: SessionLoads<LiveConnection>;
  readonly #end: (code: number) => void;

  constructor(to: Belonging, loads: SessionLoads<LiveConnection>, end: (code: number) => void) {
    this.to = to;
    this.#loads = loads;
    this.#end = end;
    loads.of(to.sessionKey).add(this);
  }

  forget(): void {
    this.#loads.find(this.to.sessionKey)?.remove(this);
  }

  /** Forgets it too: a second Close frame would cut the first one off. */
  close(code: number): void {
    this.forget();
    this.#end(code);
  }
}

interface OpenSocket {
  readonly client: Duplex;
  readonly upstream: Duplex;
  /** Counts what the upstream sends. */
  readonly boundary: FrameBoundary;
  /** In milliseconds; closed with 1001 after this long, so that the page connects and is judged again (PRX-38). Default: never. */
  readonly maxAgeMs?: number | undefined;
  readonly upstreamName?: string;
}

/** A request from its decision to the end of its answer: a session that ends in between must not gain a stream. */
export interface FollowedRequest {
  /**
   * The answer is not over yet: it ends with the session, or at once where that has ended already.
   * @param endless It has no end of its own (an event stream), so stopping does not wait for it.
   */
  stayOpen(destroy: () => void, endless: boolean): void;
  forget(): void;
}

/** Whether an ending was that of a request's session. */
type Ending = (sessionKey: string, identity: Identity, endless: boolean, upstream: string) => boolean;

/** Endings remembered for the requests that are under way. */
const MAX_RECENT = 1000;

export class LiveConnections {
  #endings = 0;
  readonly #recent: Ending[] = [];
  readonly #loads = new SessionLoads<LiveConnection>();

  /** WebSockets of a session: open, or about to be. */
  countSockets(sessionKey: string): number {
    let count = 0;
    for (const connection of this.#loads.find(sessionKey)?.open ?? []) count += connection.to.kind === 'socket' ? 1 : 0;
    return count;
  }

  get size(): number {
    let size = 0;
    for (const { open } of this.#loads.all()) size += open.length;
    return size;
  }

  /** WebSockets, open or about to be, and event streams of each upstream that has any. */
  countByUpstream(): ReadonlyMap<string, { readonly sockets: number; readonly streams: number }> {
    const counts = new Map<string, { sockets: number; streams: number }>();
    for (const { open } of this.#loads.all()) {
      for (const {
        to: { upstream, kind },
      } of open) {
        const count = counts.get(upstream) ?? { sockets: 0, streams: 0 };
        counts.set(upstream, count);
        count.sockets += kind === 'socket' ? 1 : 0;
        count.streams += kind === 'stream' ? 1 : 0;
      }
    }
    return counts;
  }

  /** Follows an upgrade that the upstream has not answered yet. @returns a function that forgets it. */
  addPendingSocket(sessionKey: string, identity: Identity, client: Duplex, upstreamName = ''): () => void {
    const connection = this.#add({ sessionKey, identity, upstream: upstreamName, kind: 'socket' }, () => client.destroy());
    return () => connection.forget();
  }

  /** Follows an open WebSocket; both ends are already joined. */
  addSocket(sessionKey: string, identity: Identity, { client, upstream, boundary, maxAgeMs, upstreamName = '' }: OpenSocket): void {
    const connection = this.#add({ sessionKey, identity, upstream: upstreamName, kind: 'socket' }, (code) => {
      if (boundary.isBetweenFrames && client.writable) {
        client.end(closeFrame(code));
        setTimeout(() => client.destroy(), CLOSE_GRACE_MS).unref();
      } else {
        client.destroy();
      }
      upstream.destroy();
    });
    const oldAge = maxAgeMs === undefined ? undefined : setTimeout(() => connection.close(GOING_AWAY), maxAgeMs).unref();
    const onClose = (): void => {
      clearTimeout(oldAge);
      connection.forget();
    };
    client.on('close', onClose);
    upstream.on('close', onClose);
  }

  /** Follows a request until `forget`, which is called once. What ends meanwhile is looked up only where its answer stays open. */
  addRequest(sessionKey: string, identity: Identity, upstream = ''): FollowedRequest {
    const since = this.#endings;
    let open: LiveConnection | undefined;
    const load = this.#loads.of(sessionKey);
    load.requests += 1;
    return {
      stayOpen: (destroy, endless) => {
        if (this.hasEndedSince(since, sessionKey, identity, endless, upstream)) destroy();
        else open = this.#add({ sessionKey, identity, upstream, kind: endless ? 'stream' : 'answer' }, destroy);
      },
      forget: () => {
        load.requests -= 1;
        open?.forget();
      },
    };
  }

  /** Requests of a session that are under way. */
  countRequests(sessionKey: string): number {
    return this.#loads.find(sessionKey)?.requests ?? 0;
  }

  /** How much has ended up to now, for `hasEndedSince`. */
  get endings(): number {
    return this.#endings;
  }

  #note(matches: Ending): void {
    this.#recent[this.#endings % MAX_RECENT] = matches;
    this.#endings += 1;
  }

  /** @param since `endings` of before the session was read. @returns whether what such a connection rests on has ended meanwhile. */
  hasEndedSince(since: number, sessionKey: string, identity: Identity, endless: boolean, upstream: string): boolean {
    // More endings than are remembered: rather a stream too few than one too many.
    if (this.#endings - since > MAX_RECENT) return true;
    for (let ending = since; ending < this.#endings; ending += 1) {
      if (this.#recent[ending % MAX_RECENT]?.(sessionKey, identity, endless, upstream) === true) return true;
    }
    return false;
  }

  closeSession(sessionKey: string, code: number): void {
    this.#note((key) => key === sessionKey);
    for (const connection of [...(this.#loads.find(sessionKey)?.open ?? [])]) connection.close(code);
    this.#loads.forget(sessionKey);
  }

  /** @returns how many WebSockets and streams were closed. */
  closeWhere(matches: (identity: Identity, upstream: string) => boolean, code: number): number {
    this.#note((_key, identity, _endless, upstream) => matches(identity, upstream));
    return this.#closeAll(({ identity, upstream }) => matches(identity, upstream), code);
  }

  /**
   * For the end of the gate, or of upstreams: answers that have an end may come to it. @returns as `closeWhere`.
   * @param isOf Whether it ends the connections to an upstream, by name. Default: to all.
   */
  closeEndless(code: number, isOf: (upstream: string) => boolean = () => true): number {
    this.#note((_key, _identity, endless, upstream) => endless && isOf(upstream));
    return this.#closeAll(({ kind, upstream }) => kind !== 'answer' && isOf(upstream), code);
  }

  #closeAll(matches: (to: Belonging) => boolean, code: number): number {
    let closed = 0;
    for (const { open } of this.#loads.all()) {
      for (const connection of [...open]) {
        if (!matches(connection.to)) continue;
        connection.close(code);
        closed += connection.to.kind === 'answer' ? 0 : 1;
      }
    }
    return closed;
  }

  #add(to: Belonging, end: (code: number) => void): LiveConnection {
    return new LiveConnection(to, this.#loads, end);
  }
}
