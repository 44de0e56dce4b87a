// What an own route is, and what every one of them gets.

import type { IncomingMessage } from 'node:http';
import type { Request, Response } from 'express';
import type { JWK } from 'jose';
import type { Config } from '../config/config.ts';
import type { Clock } from '../kernel/clock.ts';
import { FramegateError } from '../kernel/errors.ts';
import type { Identity } from '../kernel/identity.ts';
import type { Log, LogFields } from '../kernel/log.ts';
import type { Secret } from '../kernel/secret.ts';
import type { ActiveSession, Sessions } from '../session/session.ts';
import type { OidcSignIn } from '../sign-in/oidc-ports.ts';
import type { CodeLimit, PasswordSignIn, PopupCodes, TicketSignIn } from '../sign-in/ports.ts';
import type { Body } from './body.ts';
import type { OriginPolicy } from './origin-policy.ts';
import type { Pages } from './pages.ts';
import type { Answers } from './ports.ts';
import { sendReply } from './reply.ts';

export interface OwnRoutesDeps {
  readonly config: Pick<Config, 'publicUrl' | 'embed' | 'upstreams'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly sessions: Sessions;
  /** undefined: nobody signs in with a password. */
  readonly password?: PasswordSignIn;
  /** undefined: no host application signs tickets. */
  readonly tickets?: TicketSignIn;
  /** undefined: no identity provider is configured. */
  readonly oidc?: OidcSignIn;
  readonly codes: PopupCodes;
  readonly codeLimit: CodeLimit;
  /** Path of the own routes as browsers see it: `/_gate`, or `/mount/_gate` in library mode. */
  readonly gatePrefix: () => string;
  /** Address that limits and the audit log count on. */
  clientAddress(req: IncomingMessage): string;
  /** Keys of forms are derived from it; at least 32 bytes. */
  readonly secret: Secret;
  requestId(req: IncomingMessage): string;
  /** Whose request it is, without it being activity; default: that of our cookie. */
  readSession?(req: IncomingMessage): Promise<ActiveSession | undefined>;
  readonly answers: Answers;
  /** Of the tokens that upstreams get; default: there are no such tokens. */
  readonly publicKeys?: readonly JWK[];
  /** One record of the audit log; `event` is a noun and a verb in the past tense. */
  audit(event: string, fields: LogFields, req: IncomingMessage): void;
}

/** What the routes share besides what they are given. */
export interface RouteTools extends OwnRoutesDeps {
  readonly pages: Pages;
  /** Path where somebody lands when nothing better is known. */
  readonly landing: () => string;
  readSession(req: IncomingMessage): Promise<ActiveSession | undefined>;
}

/** One request on its way through a route. */
export interface Exchange {
  readonly req: Request;
  readonly res: Response;
  readonly requestId: string;
  readonly query: URLSearchParams;
}

export interface OwnRoute {
  /** Below the prefix, compared whole. */
  readonly path: string;
  readonly origin: OriginPolicy;
  /** Also answers HEAD. Has no side effect (SEC-B12.4), so it never passes the sessions' write path. */
  readonly get?: (exchange: Exchange) => void | Promise<void>;
  /**
   * The exceptions: a provider sends a browser back by GET, where the answer is bound to the browser otherwise (SEC-R8);
   * and a ticket in an address, where an issuer has `allowInUrl`.
   */
  readonly startsSession?: true;
  readonly post?: {
    /** undefined: the body is not looked at. */
    readonly maxBodyBytes?: number;
    readonly handle: (exchange: Exchange, body: Body | undefined) => Promise<void>;
  };
}

/** Longest text of a client that goes into a record (SEC-B16.1). */
const MAX_RECORDED_LENGTH = 256;

export function cutText(text: string | undefined): string | undefined {
  return text?.slice(0, MAX_RECORDED_LENGTH);
}

/** Who and from where, for the audit log. */
export function describeRequest(tools: OwnRoutesDeps, { req, requestId }: Exchange): LogFields {
  return { requestId, address: tools.clientAddress(req), userAgent: cutText(req.headers['user-agent']) };
}

export function describeIdentity({ issuer, subject, login }: Identity): LogFields {
  return { issuer, subject, login };
}

/** Code and reason of a refusal; what is not a refusal has no place in the audit log. */
export function describeRefusal(error: unknown): LogFields {
  return error instanceof FramegateError ? { code: error.code, reason: error.reason } : { code: 'FRAMEGATE_INTERNAL' };
}

/** The one value of a query parameter; repeated counts as absent (SEC-B6.17). */
export function readParameter(query: URLSearchParams, name: string): string | undefined {
  const values = query.getAll(name);
  return values.length === 1 ? values[0] : undefined;
}

/**
 * 303: whatever the method was, the browser goes on with GET (RFC 9110 15.4.4).
 * @param headerClass in-frame where a frame goes on: a page that isolates itself lets it follow no other answer.
 */
export function sendSeeOther(
  tools: RouteTools,
  { req, res }: Exchange,
  location: string,
  headers: Readonly<Record<string, string>> = {},
  headerClass: 'top-level' | 'in-frame' = 'top-level',
): void {
  sendReply(tools.pages.ownHeaders, req, res, { status: 303, headerClass, headers: { ...headers, Location: location } });
}

export function sendNoContent(tools: RouteTools, { req, res }: Exchange, headers: Readonly<Record<string, string>> = {}): void {
  sendReply(tools.pages.ownHeaders, req, res, { status: 204, headerClass: 'data', headers });
}
