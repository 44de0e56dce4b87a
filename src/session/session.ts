// What a session is, and what the rest of framegate may ask of sessions. The browser holds an opaque id and nothing else.

import type { IncomingMessage } from 'node:http';
import type { RequestHandler } from 'express';
import type { Identity, Narrowing, SignInMethod } from '../kernel/identity.ts';

export interface ActiveSession {
  /** Stays the same when the same person renews the session with a new ticket; open sockets hang on it. Never sent to the browser. */
  readonly key: string;
  readonly identity: Identity;
  readonly method: SignInMethod;
  /** When the sign-in that it came of began, in milliseconds since the epoch. */
  readonly startedAtMs: number;
  /** When the issuer said who it is, by the issuer's clock (a ticket's `iat`); absent: nobody's word of another clock counts. */
  readonly vouchedAtMs?: number;
  /** Of the password that the person gave; tells nothing of it, and changes with it. */
  readonly passwordMark?: string;
  /** Absolute end; nothing that happens in the session moves it. */
  readonly endsAtMs: number;
  /** undefined: no idle limit. */
  readonly idleTimeoutMs: number | undefined;
  /** undefined: all that the rules grant. */
  readonly narrowing?: Narrowing;
  /** The identity provider's own session, for its log-out; OIDC only. */
  readonly provider?: ProviderSession;
}

export interface ProviderSession {
  /** `id` of the provider in the configuration. */
  readonly id: string;
  /** Its `sid`, where it gave one (OpenID Connect Front-Channel Logout 1.0, section 3). */
  readonly sid?: string;
  /** For `id_token_hint`; never sent anywhere else, never logged. */
  readonly idToken?: string;
}

/** The session of a window that hands its sign-in on to a frame. */
export interface ParentSession extends Pick<ActiveSession, 'startedAtMs' | 'vouchedAtMs' | 'passwordMark'> {
  readonly hashedId: string;
}

export interface SessionStart {
  readonly identity: Identity;
  readonly method: SignInMethod;
  /** `moment` of when the sign-in began: what ends sessions from before now reaches it while it is under way. Default: now. */
  readonly beganAtMs?: number;
  /** See `ActiveSession`. Default: none, or that of `parent`. */
  readonly vouchedAtMs?: number;
  /** The same. */
  readonly passwordMark?: string;
  /** An earlier end than the absolute lifetime, where the ticket asks for one (SEC-D2.5). */
  readonly endsAtMs?: number;
  readonly narrowing?: Narrowing;
  readonly provider?: ProviderSession;
  /** Has to be living still; the new session is as old, so that what ends sessions from before now reaches it. Default: none. */
  readonly parent?: ParentSession;
  /** For the operator's list of sessions. Default: the request's. */
  readonly address?: string;
  /** The same; cut at 256 characters. */
  readonly userAgent?: string;
}

/** How far back a revocation reaches; in milliseconds since the epoch. */
export interface RevocationLimits {
  /** Sessions that began later go on. Default, and at most: now. */
  readonly startedUntilMs?: number;
  /** What an issuer said up to then begins no session any more (`ActiveSession.vouchedAtMs`). Default: now. */
  readonly vouchedUntilMs?: number;
}

/** Whom a revocation ends: all that is given has to match. Nothing given matches nobody. */
export interface RevocationTarget {
  /** The session's `key`. */
  readonly key?: string;
  readonly login?: string;
  readonly issuer?: string;
  readonly subject?: string;
  /** `sid` of the identity provider's session. */
  readonly providerSid?: string;
  /** Everybody's, also beside nothing else. */
  readonly everyone?: true;
}

/** One line of the operator's list. Holds nothing that signs anybody in. */
export interface SessionSummary {
  readonly key: string;
  readonly login: string;
  readonly issuer: string;
  readonly subject: string;
  readonly method: SignInMethod;
  /** Milliseconds since the epoch, as all times here. */
  readonly startedAtMs: number;
  /** Recorded at most once a minute. */
  readonly lastActiveAtMs: number;
  readonly endsAtMs: number;
  readonly address: string | undefined;
  readonly userAgent: string | undefined;
}

/** `unverified`: the store has been away for longer than `session.outageWindow`; the session may go on when it is back. */
export type SessionEndReason = 'signed-out' | 'expired' | 'revoked' | 'replaced' | 'unverified';

export interface Sessions {
  /** express-session with its write path; own routes only. Leaves a host application's `req.session` alone. */
  readonly middleware: RequestHandler;
  /**
   * The session of a Cookie header, without waiting for any write; a promise only where a shared store has to be asked.
   * Counts as activity only when `active` (SEC-D2.2).
   * @throws {FramegateError} FRAMEGATE_STORE_UNAVAILABLE where it cannot be known, so that nobody is taken for signed out.
   */
  read(cookieHeader: string | undefined, active: boolean): ActiveSession | undefined | Promise<ActiveSession | undefined>;
  /** What a sign-in that begins now gives to `start`: never a moment that a revocation known here reaches, whatever the clocks say. */
  moment(): number;
  /** The session of a request that passed `middleware`. */
  current(req: IncomingMessage): ActiveSession | undefined;
  /** The same session, for what is handed on from it. */
  parent(req: IncomingMessage): ParentSession | undefined;
  /**
   * Starts a session with a new id (SEC-R9); an earlier one of the same browser ends, or goes on under the new id
   * when it is the same person's with the same rights. The request must have passed `middleware`.
   * @throws {FramegateError} FRAMEGATE_BUSY when there are `maxSessions`; FRAMEGATE_CODE_REFUSED when `parent` has ended;
   *   the refusal of the method (such as FRAMEGATE_TICKET_REFUSED) when a revocation on any instance reaches the sign-in, and
   *   the session of the browser then goes on; FRAMEGATE_STORE_UNAVAILABLE.
   */
  start(req: IncomingMessage, start: SessionStart): Promise<ActiveSession>;
  /** Ends the session of the request, if there is one, and clears its cookie on the answer. */
  end(req: IncomingMessage): Promise<void>;
  /**
   * Ends every session that matches and began before now: at once here, within 2 s on every instance (SEC-D2.4). A sign-in
   * that was under way, or rests on what an issuer said before, starts none any more, on any instance.
   * @returns how many ended, of those that are known at once.
   * @throws {FramegateError} FRAMEGATE_STORE_UNAVAILABLE: it holds here, and elsewhere once the store is back.
   */
  revoke(which: RevocationTarget, limits?: RevocationLimits): Promise<number>;
  /** Living sessions of every instance, in no order. */
  list(): AsyncIterable<SessionSummary>;
  /** Called once for each session that ends and is known here, whatever the reason. @returns a function that stops the calls. */
  onEnd(listener: (session: ActiveSession, reason: SessionEndReason) => void): () => void;
  /**
   * Called for each revocation by another instance, once the sessions that it ended have been told: people who are
   * identified anew on every request have connections, too. @returns a function that stops the calls.
   */
  onRevoke(listener: (which: RevocationTarget) => void): () => void;
  /** Sessions known here. */
  readonly size: number;
  close(): void;
}
