// What the gate asks of framegate's own pages.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FramegateError } from '../kernel/errors.ts';

export interface AnswerContext {
  /** Also in the log line; shown on every error. */
  readonly requestId: string;
}

export interface Answers {
  /** The answer to somebody who is not signed in: redirect, card or 401 JSON, by the kind of request. */
  signIn(req: IncomingMessage, res: ServerResponse, context: AnswerContext): void;
  /** An error as HTML page for navigations, else application/problem+json (RFC 9457; PRX-29). */
  problem(req: IncomingMessage, res: ServerResponse, error: FramegateError, context: AnswerContext): void;
  /** 403 by policy: says who is signed in and what to do, never which rule failed. */
  denied(req: IncomingMessage, res: ServerResponse, context: AnswerContext & { readonly login: string }): void;
}
