// The answers that the gate gives in place of a dashboard: sign in, you may not, something is wrong. Each in the form
// that the client can show: a card in the frame, a page or redirect in a window, JSON for a script (PRX-29).

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Config } from '../config/config.ts';
import { ERROR_TABLE, FramegateError } from '../kernel/errors.ts';
import { buildProblem, buildProblemHeaders, PROBLEM_TYPE } from '../kernel/problem.ts';
import { findLandingPath } from './landing.ts';
import { buildCardPage } from './pages/card-page.ts';
import type { MessageContent } from './pages/message-page.ts';
import { buildMessagePage } from './pages/message-page.ts';
import { createPages } from './pages.ts';
import type { AnswerContext, Answers } from './ports.ts';
import { sendJson, sendReply } from './reply.ts';
import { canBeRedirected, readRequestKind } from './request-kind.ts';

/** Longer targets are not carried through the sign-in; `resolveReturnTo` would refuse them. */
const MAX_RETURN_TO_LENGTH = 2048;

export interface AnswersOptions {
  readonly config: Pick<Config, 'publicUrl' | 'embed' | 'upstreams'>;
  readonly gatePrefix: () => string;
  /** Whether people can sign in here themselves, by a password or with an identity provider. */
  readonly hasLoginPage: boolean;
  /** Origins that signing out may lead to; undefined: no identity provider is configured. */
  readonly logoutOrigins?: (() => readonly string[]) | undefined;
}

/** Path and query as the browser sent them; Express cuts `url` at a mount. */
function readTarget(req: IncomingMessage & { originalUrl?: string }): string {
  return req.originalUrl ?? req.url ?? '/';
}

export function createAnswers({ config, gatePrefix, hasLoginPage, logoutOrigins }: AnswersOptions): Answers {
  const pages = createPages({ config, gatePrefix, ...(logoutOrigins && { formTargets: logoutOrigins }) });
  const { hosts } = config.embed;
  const landing = (): string => findLandingPath(config, gatePrefix());

  function sendMessage(req: IncomingMessage, res: ServerResponse, error: FramegateError, content: MessageContent): void {
    pages.send(req, res, {
      status: error.status,
      headerClass: content.frame === undefined ? 'top-level' : 'in-frame',
      headers: buildProblemHeaders(error),
      build: (view) => buildMessagePage(view, content),
    });
  }

  function buildLoginAddress(req: IncomingMessage): string {
    const target = readTarget(req);
    const query = target.length > MAX_RETURN_TO_LENGTH ? '' : `?returnTo=${encodeURIComponent(target)}`;
    return `${config.publicUrl.origin}${gatePrefix()}/login${query}`;
  }

  function problem(req: IncomingMessage, res: ServerResponse, error: FramegateError, { requestId }: AnswerContext): void {
    const { title, sentence } = ERROR_TABLE[error.code];
    const kind = readRequestKind(req);
    if (kind === 'api') {
      const body = buildProblem(error.code, requestId);
      sendJson(pages.ownHeaders, req, res, body, { status: error.status, type: PROBLEM_TYPE, headers: buildProblemHeaders(error) });
      return;
    }
    const message = { type: 'framegate:error', version: 1, status: error.status, code: error.code } as const;
    const content = { heading: title, sentences: [sentence], requestId };
    sendMessage(req, res, error, kind === 'frame' ? { ...content, frame: { hosts, message } } : content);
  }

  function signIn(req: IncomingMessage, res: ServerResponse, context: AnswerContext): void {
    const kind = readRequestKind(req);
    const error = new FramegateError('FRAMEGATE_NOT_SIGNED_IN');
    if (kind === 'api') {
      problem(req, res, error, context);
    } else if (kind === 'frame') {
      // 200: browsers and host pages take an error status in a frame for a broken dashboard.
      const build: Parameters<typeof pages.send>[2]['build'] = (view) => buildCardPage(view, { hosts, popup: hasLoginPage });
      pages.send(req, res, { status: 200, headerClass: 'in-frame', build });
    } else if (hasLoginPage && canBeRedirected(req)) {
      sendReply(pages.ownHeaders, req, res, { status: 302, headerClass: 'top-level', headers: { Location: buildLoginAddress(req) } });
    } else if (hasLoginPage) {
      problem(req, res, error, context);
    } else {
      const sentences = ['Open this dashboard from the application that embeds it: that application signs you in.'];
      sendMessage(req, res, error, { heading: 'Not signed in', sentences, requestId: context.requestId });
    }
  }

  function denied(req: IncomingMessage, res: ServerResponse, context: AnswerContext & { readonly login: string }): void {
    const { login, requestId } = context;
    const error = new FramegateError('FRAMEGATE_FORBIDDEN');
    const kind = readRequestKind(req);
    if (kind === 'api') {
      problem(req, res, error, context);
      return;
    }
    const heading = 'No access';
    const who = `You are signed in as ${login}, and this account may not open this page.`;
    const ask = 'Ask the people who run this dashboard for access, and give them the request number below.';
    if (kind === 'frame') {
      const message = { type: 'framegate:denied', version: 1, status: error.status, code: error.code } as const;
      const other = 'To use another account, sign in with it in the application around this frame.';
      sendMessage(req, res, error, { heading, sentences: [who, ask, other], requestId, frame: { hosts, message } });
    } else {
      const other = 'To use another account, sign out here first.';
      sendMessage(req, res, error, {
        heading,
        sentences: [who, ask, other],
        requestId,
        signOutTo: landing(),
        signsOutByForm: logoutOrigins !== undefined,
      });
    }
  }

  return { signIn, problem, denied };
}
