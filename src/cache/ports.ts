// What the cache needs of what carries requests. The engines of proxy/ fit these as they are; the composition root
// puts the two together, as sibling rooms do not know each other.

import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { FramegateError } from '../kernel/errors.ts';

export interface Exchange {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  /** Sent byte for byte. */
  readonly target: string;
  /** What the road sends upstream; the browser's own conditions and Accept-Encoding are among them. */
  readonly headers: OutgoingHttpHeaders;
}

export interface Control {
  resume(): void;
  destroy(): void;
}

/** As an engine's: `head` once, `data` any number of times, `end` once; or `failed` once, at any point. */
export interface Receiver {
  head(status: number, rawHeaders: readonly string[], control: Control): void;
  data(chunk: Buffer): boolean;
  end(): void;
  failed(error: FramegateError): void;
}

export interface Sender {
  request(exchange: Exchange, receiver: Receiver): void;
}

/** Where requests are counted by how they are answered. */
export interface Tally {
  /** From memory. */
  hits: number;
  /** By what a request that is under way for somebody else brings. */
  shared: number;
  /** By the upstream; kept if it may be. */
  misses: number;
  /** By the upstream, past the cache. */
  passed: number;
}
