// The seam to what carries bytes. Everything that is judged or rewritten happens in front of it and behind it, so an
// engine only sends a cleaned request and hands back the answer's head and body.

import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Duplex, Readable } from 'node:stream';

export interface EngineRequest {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  /** Sent byte for byte. */
  readonly target: string;
  readonly headers: OutgoingHttpHeaders;
}

export interface UpstreamAnswer {
  readonly status: number;
  readonly rawHeaders: readonly string[];
  readonly body: Readable;
  /** True once the whole body has arrived as its framing promised. */
  isComplete(): boolean;
  /** Closes the upstream connection. */
  destroy(): void;
}

export interface EngineUpgrade {
  readonly req: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
  readonly target: string;
  readonly headers: OutgoingHttpHeaders;
  /** The 101's headers for the browser; called before any byte of the answer is written. */
  rewriteHeaders(status: number, rawHeaders: readonly string[]): [name: string, value: string][];
}

export type UpgradeOutcome =
  | { readonly kind: 'open'; readonly upstreamSocket: Duplex }
  /** The upstream answered something else than 101; nothing has been written to the browser. */
  | { readonly kind: 'refused'; readonly answer: UpstreamAnswer };

export interface Engine {
  /**
   * Sends the request and resolves with the head of the answer. When the browser goes away the upstream request is
   * destroyed at once.
   * @throws {FramegateError} FRAMEGATE_UPSTREAM_DOWN, _TIMEOUT, _PROTOCOL, FRAMEGATE_BUSY (PRX-28).
   */
  request(exchange: EngineRequest): Promise<UpstreamAnswer>;
  /** Opens a WebSocket; on `open` both directions are already joined. @throws as `request`. */
  upgrade(upgrade: EngineUpgrade): Promise<UpgradeOutcome>;
  /** Closes idle connections. */
  close(): void;
}
