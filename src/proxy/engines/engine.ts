// The seam to what carries bytes. Everything that is judged or rewritten happens in front of it and behind it, so an
// engine only sends a cleaned request and hands over the answer's head and body, piece by piece.

import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FramegateError } from '../../kernel/errors.ts';

export interface EngineRequest {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  /** Sent byte for byte. */
  readonly target: string;
  readonly headers: OutgoingHttpHeaders;
  /** The whole body, where it has been read already; `headers` say its length. Default: that of `req`, as it comes. */
  readonly body?: Buffer | undefined;
}

export interface UpstreamControl {
  /** Goes on after `data` returned false. */
  resume(): void;
  /** Closes the upstream connection; nothing is handed over afterwards. */
  destroy(): void;
  /** What `data` was given is not looked at any more by anybody: its memory may be read into again. Who keeps it never calls this. */
  giveBack?(chunk: Buffer): void;
}

/** Takes one answer: `head` once, `data` any number of times, `end` once; or `failed` once, at any point. */
export interface AnswerReceiver {
  /** Throwing refuses the answer: the engine closes the upstream connection and reports the error to `failed`. */
  head(status: number, rawHeaders: readonly string[], control: UpstreamControl): void;
  /** @returns false when nothing more can be taken until `resume` is called. */
  data(chunk: Buffer): boolean;
  /** The whole body has arrived as its framing promised. */
  end(): void;
  /**
   * Nothing more comes: FRAMEGATE_UPSTREAM_DOWN, _TIMEOUT, _PROTOCOL or FRAMEGATE_BUSY (PRX-28), or what `head` threw.
   * After `head` the answer is cut short.
   */
  failed(error: FramegateError): void;
}

export interface EngineUpgrade {
  readonly req: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
  readonly target: string;
  readonly headers: OutgoingHttpHeaders;
  /** The 101's headers for the browser; called before any byte of the answer is written. */
  rewriteHeaders(status: number, rawHeaders: readonly string[]): [name: string, value: string][];
  /** The upstream has opened the WebSocket; called before any byte of either end is passed on. */
  onOpen(upstreamSocket: Duplex): void;
  /** Joins both directions once the 101 has been written. */
  join(client: Duplex, upstream: Duplex): void;
}

export type UpgradeOutcome =
  | { readonly kind: 'open' }
  /** The upstream answered something else than 101; nothing has been written to the browser. */
  | { readonly kind: 'refused'; readonly answer: IncomingMessage };

/** Connections for plain requests; WebSockets have one each of their own. */
export interface ConnectionUse {
  /** In use or being opened. */
  readonly busy: number;
  readonly free: number;
  /** Requests that wait for one. */
  readonly waiting: number;
}

export interface Engine {
  /** Sends the request. When the browser goes away the upstream request is destroyed at once. */
  request(exchange: EngineRequest, receiver: AnswerReceiver): void;
  /** Opens a WebSocket; on `open` both directions are already joined. @throws {FramegateError} as for `failed`. */
  upgrade(upgrade: EngineUpgrade): Promise<UpgradeOutcome>;
  /** Closes idle connections. */
  close(): void;
}

/** What carries plain requests; upgrades may be carried by another. */
export interface HttpEngine extends Pick<Engine, 'request' | 'close'> {
  connectionUse(): ConnectionUse;
}
