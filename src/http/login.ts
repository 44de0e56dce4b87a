// Sign-in with a password, in a window of its own or in the popup that the card in the frame opens.

import { ERROR_TABLE, FramegateError } from '../kernel/errors.ts';
import type { ActiveSession } from '../session/session.ts';
import type { PasswordSignIn } from '../sign-in/ports.ts';
import type { Body } from './body.ts';
import { createCsrf } from './csrf.ts';
import { buildContinuePage, buildLoginPage } from './pages/login-page.ts';
import { buildPopupPage } from './pages/popup-page.ts';
import { buildProblemHeaders } from './problem.ts';
import { sendJson } from './reply.ts';
import { acceptsJsonOnly, readRequestKind } from './request-kind.ts';
import { resolveReturnTo } from './return-to.ts';
import type { Exchange, OwnRoute, RouteTools } from './route.ts';
import { cutText, describeIdentity, describeRefusal, describeRequest, readParameter, sendSeeOther } from './route.ts';

/** 10 KB (SEC-B7.1). */
const MAX_BODY_BYTES = 10 * 1024;
/** Base64url of a SHA-256 (RFC 7636 4.2). */
const CHALLENGE = /^[A-Za-z0-9_-]{43}$/;
/** Answered on the sign-in page itself: the person can try again there. */
const SHOWN_ON_PAGE: readonly string[] = ['FRAMEGATE_SIGN_IN_REFUSED', 'FRAMEGATE_TOO_MANY', 'FRAMEGATE_BUSY', 'FRAMEGATE_CSRF'];

/** What a sign-in carries from page to page. */
interface Journey {
  /** Absolute, at our origin. */
  readonly returnTo: string;
  readonly challenge: string | undefined;
}

/** A person can be handed on to the frame only as the password account that signed in here. */
function canContinue(session: ActiveSession | undefined): session is ActiveSession {
  return session?.method === 'password';
}

export function createLoginRoute(tools: RouteTools, password: PasswordSignIn): OwnRoute {
  const { pages, sessions } = tools;
  const { origin } = tools.config.publicUrl;
  const csrf = createCsrf(tools.secret);

  function readJourney(returnTo: string | undefined, challenge: string | undefined): Journey {
    if (challenge !== undefined && !CHALLENGE.test(challenge))
      throw new FramegateError('FRAMEGATE_BAD_REQUEST', { reason: 'challenge-form' });
    return { returnTo: resolveReturnTo(returnTo, origin, tools.landing(), tools.gatePrefix()), challenge };
  }

  function buildState({ req, res }: Exchange, { returnTo, challenge }: Journey) {
    return { csrf: csrf.issue(req, res), returnTo: returnTo.slice(origin.length), challenge };
  }

  async function showLogin(exchange: Exchange): Promise<void> {
    const { req, res, query } = exchange;
    const challenge = query.has('challenge') ? (readParameter(query, 'challenge') ?? '') : undefined;
    const journey = readJourney(readParameter(query, 'returnTo'), challenge);
    const session = await sessions.read(req.headers.cookie, false);
    const state = buildState(exchange, journey);
    if (acceptsJsonOnly(req.headers)) {
      sendJson(pages.ownHeaders, req, res, { signedIn: session !== undefined, csrf: state.csrf, returnTo: journey.returnTo });
      return;
    }
    const name = session?.identity.login;
    if (challenge !== undefined && canContinue(session) && !query.has('other')) {
      const content = { ...state, name: session.identity.login };
      pages.send(req, res, { status: 200, headerClass: 'top-level', build: (view) => buildContinuePage(view, content) });
      return;
    }
    const content = { ...state, ...(name !== undefined && challenge === undefined && { signedInAs: name }) };
    pages.send(req, res, { status: 200, headerClass: 'top-level', build: (view) => buildLoginPage(view, content) });
  }

  /** Hands the session on: to the frame by a code, or to the page that asked for the sign-in. */
  async function finish(exchange: Exchange, { returnTo, challenge }: Journey, session: ActiveSession, asJson: boolean): Promise<void> {
    const { req, res } = exchange;
    if (challenge === undefined) {
      csrf.clear(res);
      if (asJson) sendJson(pages.ownHeaders, req, res, { ok: true, returnTo });
      else sendSeeOther(tools, exchange, returnTo);
      return;
    }
    const { identity, method, endsAtMs, narrowing, provider } = session;
    const handed = { identity, method, endsAtMs, ...(narrowing && { narrowing }), ...(provider && { provider }) };
    const code = await tools.codes.issue(challenge, handed);
    csrf.clear(res);
    tools.audit('code.issued', { ...describeRequest(tools, exchange), ...describeIdentity(session.identity) });
    if (asJson) {
      sendJson(pages.ownHeaders, req, res, { ok: true, code });
      return;
    }
    const content = { code, publicOrigin: origin, landing: tools.landing() };
    pages.send(req, res, { status: 200, headerClass: 'top-level', build: (view) => buildPopupPage(view, content) });
  }

  async function startSession(exchange: Exchange, { fields }: Body): Promise<ActiveSession> {
    const username = fields.get('username');
    try {
      const attempt = { username, password: fields.get('password'), address: tools.clientAddress(exchange.req) };
      const identity = await password.verify(attempt);
      const session = await sessions.start(exchange.req, { identity, method: 'password' });
      tools.audit('login.accepted', { ...describeRequest(tools, exchange), ...describeIdentity(identity), method: 'password' });
      return session;
    } catch (error) {
      tools.audit('login.refused', {
        ...describeRequest(tools, exchange),
        ...describeRefusal(error),
        login: cutText(username),
        method: 'password',
      });
      throw error;
    }
  }

  async function passLogin(exchange: Exchange, body: Body, journey: Journey): Promise<ActiveSession> {
    if (!csrf.verify(exchange.req, body.fields.get('csrf'))) throw new FramegateError('FRAMEGATE_CSRF', { reason: 'csrf-token' });
    if (!body.fields.has('continue')) return startSession(exchange, body);
    const session = sessions.current(exchange.req);
    if (!canContinue(session) || journey.challenge === undefined)
      throw new FramegateError('FRAMEGATE_CSRF', { reason: 'nobody-to-continue-as' });
    return session;
  }

  async function takeLogin(exchange: Exchange, body: Body | undefined): Promise<void> {
    const { req, res } = exchange;
    if (body === undefined) throw new FramegateError('FRAMEGATE_BAD_REQUEST');
    const { fields, type } = body;
    const journey = readJourney(fields.get('returnTo'), fields.get('challenge'));
    const asJson = acceptsJsonOnly(req.headers) || (type === 'json' && readRequestKind(req) === 'api');
    try {
      await finish(exchange, journey, await passLogin(exchange, body, journey), asJson);
    } catch (error) {
      if (asJson || !(error instanceof FramegateError) || !SHOWN_ON_PAGE.includes(error.code)) throw error;
      const username = cutText(fields.get('username')) ?? '';
      const content = { ...buildState(exchange, journey), username, error: ERROR_TABLE[error.code].sentence };
      const headers = buildProblemHeaders(error);
      pages.send(req, res, { status: error.status, headerClass: 'top-level', headers, build: (view) => buildLoginPage(view, content) });
    }
  }

  return { path: '/login', origin: 'same-origin', get: showLogin, post: { maxBodyBytes: MAX_BODY_BYTES, handle: takeLogin } };
}
