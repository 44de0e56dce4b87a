// What a session is, and what the rest of framegate may ask of sessions. The browser holds an opaque id and nothing else.

import type { IncomingMessage } from 'node:http';
import type { RequestHandler } from 'express';
import type { Identity, SignInMethod } from '../kernel/identity.ts';

export interface ActiveSession {
  /** Stays the same when the same person renews the session with a new ticket; open sockets hang on it. Never sent to the browser. */
  readonly key: string;
  readonly identity: Identity;
  readonly method: SignInMethod;
  /** Milliseconds since the epoch. */
  readonly startedAtMs: number;
  /** Absolute end; nothing that happens in the session moves it. */
  readonly endsAtMs: number;
  /** undefined: no idle limit. */
  readonly idleTimeoutMs: number | undefined;
}

export interface SessionStart {
  readonly identity: Identity;
  readonly method: SignInMethod;
  /** An earlier end than the absolute lifetime, where the ticket asks for one (SEC-D2.5). */
  readonly endsAtMs?: number;
}

export type SessionEndReason = 'signed-out' | 'expired' | 'revoked' | 'replaced' | 'shutdown';

export interface Sessions {
  /** express-session with its write path; own routes only. Leaves a host application's `req.session` alone. */
  readonly middleware: RequestHandler;
  /** The session of a Cookie header, without any write. Counts as activity only when `active` (SEC-D2.2). */
  read(cookieHeader: string | undefined, active: boolean): ActiveSession | undefined | Promise<ActiveSession | undefined>;
  /** The session of a request that passed `middleware`. */
  current(req: IncomingMessage): ActiveSession | undefined;
  /**
   * Starts a session with a new id (SEC-R9); an earlier one of the same browser ends, or goes on under the new id
   * when it is the same person's. The request must have passed `middleware`.
   * @throws {FramegateError} FRAMEGATE_BUSY when there are `maxSessions`.
   */
  start(req: IncomingMessage, start: SessionStart): Promise<ActiveSession>;
  /** Ends the session of the request, if there is one, and clears its cookie on the answer. */
  end(req: IncomingMessage): Promise<void>;
  /** Ends every session that matches. @returns how many ended. */
  revoke(which: { readonly login?: string; readonly issuer?: string; readonly subject?: string }): Promise<number>;
  /** Called once for each session that ends, whatever the reason. @returns a function that stops the calls. */
  onEnd(listener: (session: ActiveSession, reason: SessionEndReason) => void): () => void;
  readonly size: number;
  close(): void;
}
