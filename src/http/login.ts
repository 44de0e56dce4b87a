// Sign-in with a password, and the choice of an identity provider: in a window of its own, or in the popup that the card
// in the frame opens.

import { ERROR_TABLE, FramegateError } from '../kernel/errors.ts';
import { buildProblemHeaders } from '../kernel/problem.ts';
import type { ActiveSession } from '../session/session.ts';
import type { PasswordSignIn } from '../sign-in/ports.ts';
import type { Body } from './body.ts';
import { createCsrf } from './csrf.ts';
import { endJourney, type Journey, readJourney, resolveJourney, writeJourney } from './journey.ts';
import { buildContinuePage, buildLoginPage, type ProviderLink } from './pages/login-page.ts';
import { sendJson } from './reply.ts';
import { acceptsJsonOnly, readRequestKind } from './request-kind.ts';
import type { Exchange, OwnRoute, RouteTools } from './route.ts';
import { cutText, describeIdentity, describeRefusal, describeRequest, sendSeeOther } from './route.ts';

/** 10 KB (SEC-B7.1). */
const MAX_BODY_BYTES = 10 * 1024;
/** Answered on the sign-in page itself: the person can try again there. */
const SHOWN_ON_PAGE: readonly string[] = ['FRAMEGATE_SIGN_IN_REFUSED', 'FRAMEGATE_TOO_MANY', 'FRAMEGATE_BUSY', 'FRAMEGATE_CSRF'];

/** A person can be handed on to the frame only as the account that signed in here, in a window. */
function canContinue(session: ActiveSession | undefined): session is ActiveSession {
  return session?.method === 'password' || session?.method === 'oidc';
}

/** @param password undefined: only identity providers sign people in. */
export function createLoginRoute(tools: RouteTools, password: PasswordSignIn | undefined): OwnRoute {
  const { pages, sessions } = tools;
  const { origin } = tools.config.publicUrl;
  const csrf = createCsrf(tools.secret);
  const hasPassword = password !== undefined;

  /** The providers as links that go on with the journey. */
  function listProviders(journey: Journey, isOther: boolean): readonly ProviderLink[] {
    const other: Record<string, string> = isOther ? { other: '1' } : {};
    return (tools.oidc?.providers ?? []).map(({ id, label }) => ({
      id,
      label,
      href: `${tools.gatePrefix()}/oidc/start${writeJourney(tools, journey, { provider: id, ...other })}`,
    }));
  }

  function buildState({ req, res }: Exchange, { returnTo, challenge }: Journey) {
    return { csrf: csrf.issue(req, res), returnTo: returnTo.slice(origin.length), challenge };
  }

  async function showLogin(exchange: Exchange): Promise<void> {
    const { req, res, query } = exchange;
    const journey = readJourney(tools, query);
    const { challenge } = journey;
    const session = await sessions.read(req.headers.cookie, false);
    const isOther = query.has('other');
    const providers = listProviders(journey, isOther);
    const asJson = acceptsJsonOnly(req.headers);
    const continues = challenge !== undefined && canContinue(session) && !isOther;
    const [provider, ...others] = providers;
    // Nothing to choose from, and nobody who could go on as they are.
    const isOnlyWay = password === undefined && provider !== undefined && others.length === 0;
    if (isOnlyWay && !asJson && !continues && (session === undefined || challenge !== undefined || isOther)) {
      sendSeeOther(tools, exchange, `${origin}${provider.href}`);
      return;
    }
    const state = buildState(exchange, journey);
    if (asJson) {
      const links = providers.length === 0 ? {} : { providers };
      sendJson(pages.ownHeaders, req, res, { signedIn: session !== undefined, csrf: state.csrf, returnTo: journey.returnTo, ...links });
      return;
    }
    const name = session?.identity.login;
    if (continues) {
      const content = { ...state, name: session.identity.login };
      pages.send(req, res, { status: 200, headerClass: 'top-level', build: (view) => buildContinuePage(view, content) });
      return;
    }
    const content = { ...state, providers, hasPassword, ...(name !== undefined && challenge === undefined && { signedInAs: name }) };
    pages.send(req, res, { status: 200, headerClass: 'top-level', build: (view) => buildLoginPage(view, content) });
  }

  async function startSession(exchange: Exchange, { fields }: Body): Promise<ActiveSession> {
    if (password === undefined) throw new FramegateError('FRAMEGATE_NOT_FOUND', { reason: 'no-passwords' });
    const username = fields.get('username');
    const beganAtMs = sessions.moment();
    try {
      const attempt = { username, password: fields.get('password'), address: tools.clientAddress(exchange.req) };
      const identity = await password.verify(attempt);
      const session = await sessions.start(exchange.req, { identity, method: 'password', beganAtMs });
      tools.audit(
        'login.accepted',
        { ...describeRequest(tools, exchange), ...describeIdentity(identity), method: 'password' },
        exchange.req,
      );
      return session;
    } catch (error) {
      tools.audit(
        'login.refused',
        {
          ...describeRequest(tools, exchange),
          ...describeRefusal(error),
          login: cutText(username),
          method: 'password',
        },
        exchange.req,
      );
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
    const journey = resolveJourney(tools, fields.get('returnTo'), fields.get('challenge'));
    const asJson = acceptsJsonOnly(req.headers) || (type === 'json' && readRequestKind(req) === 'api');
    try {
      await endJourney(tools, exchange, journey, await passLogin(exchange, body, journey), asJson);
    } catch (error) {
      if (asJson || !(error instanceof FramegateError) || !SHOWN_ON_PAGE.includes(error.code)) throw error;
      const username = cutText(fields.get('username')) ?? '';
      const content = {
        ...buildState(exchange, journey),
        providers: listProviders(journey, false),
        hasPassword,
        username,
        error: ERROR_TABLE[error.code].sentence,
      };
      const headers = buildProblemHeaders(error);
      pages.send(req, res, { status: error.status, headerClass: 'top-level', headers, build: (view) => buildLoginPage(view, content) });
    }
  }

  return { path: '/login', origin: 'same-origin', get: showLogin, post: { maxBodyBytes: MAX_BODY_BYTES, handle: takeLogin } };
}
