// The way back from an identity provider: the code becomes a session, here or by the popup in the frame.

import { ERROR_TABLE, FramegateError } from '../kernel/errors.ts';
import { buildProblemHeaders } from '../kernel/problem.ts';
import type { OidcSignIn } from '../sign-in/oidc-ports.ts';
import { endJourney, type Journey, writeJourney } from './journey.ts';
import { ownBase } from './oidc-start.ts';
import { buildMessagePage } from './pages/message-page.ts';
import { readRequestKind } from './request-kind.ts';
import type { Exchange, OwnRoute, RouteTools } from './route.ts';
import { describeIdentity, describeRefusal, describeRequest } from './route.ts';
import { readTxCookie } from './tx-cookie.ts';

/** What to do about it, where the table's own sentence says too little; never a text of the provider's. */
const SENTENCES: ReadonlyMap<string, string> = new Map([
  [
    'access-denied',
    'The service that signs you in did not agree, or you cancelled there. Start again, or ask the people who run this dashboard for access.',
  ],
  ['sign-in-needed', 'The service that signs you in needs you to sign in there first. Start again.'],
  [
    'provider-error',
    'The service that signs you in refused the request. Start again; if this stays, tell the people who run this dashboard.',
  ],
  ['login', 'Your account has no name that can be used here. Tell the people who run this dashboard.'],
  ['email-not-verified', 'The e-mail address of your account is not verified. Have it verified where you sign in, then start again.'],
]);

export function createOidcCallbackRoute(tools: RouteTools, oidc: OidcSignIn, path: string): OwnRoute {
  async function finish(exchange: Exchange, journey: (found: Journey) => void): Promise<void> {
    const { req, query } = exchange;
    const context = describeRequest(tools, exchange);
    let provider: string | undefined;
    try {
      const transaction = await oidc.resume(query, readTxCookie(req));
      provider = transaction.provider;
      const { returnTo, challenge, beganAtMs } = transaction;
      journey({ returnTo, challenge });
      const person = await oidc.complete(transaction, query, { base: ownBase(tools), path });
      const session = await tools.sessions.start(req, {
        identity: person.identity,
        method: 'oidc',
        beganAtMs,
        provider: person.provider,
        address: tools.clientAddress(req),
        ...(req.headers['user-agent'] === undefined ? {} : { userAgent: req.headers['user-agent'] }),
      });
      tools.audit('login.accepted', { ...context, ...describeIdentity(person.identity), method: 'oidc', provider }, exchange.req);
      await endJourney(tools, exchange, { returnTo, challenge }, session);
    } catch (error) {
      tools.audit('oidc.refused', { ...context, ...describeRefusal(error), method: 'oidc', provider }, exchange.req);
      throw error;
    }
  }

  function explain({ req, res, requestId }: Exchange, error: FramegateError, journey: Journey | undefined): void {
    const row = ERROR_TABLE[error.code];
    const isOtherAccount = error.code === 'FRAMEGATE_IDENTITY_REFUSED' || error.reason === 'login' || error.reason === 'access-denied';
    const more: Record<string, string> = isOtherAccount ? { other: '1' } : {};
    const query = journey === undefined ? '' : writeJourney(tools, journey, more);
    const link = { href: `${tools.gatePrefix()}/login${query}`, text: isOtherAccount ? 'Use another account' : 'Sign in again' };
    const content = { heading: row.title, sentences: [SENTENCES.get(error.reason ?? '') ?? row.sentence], requestId, link };
    tools.pages.send(req, res, {
      status: error.status,
      headerClass: 'top-level',
      headers: { ...buildProblemHeaders(error), 'Referrer-Policy': 'no-referrer' },
      build: (view) => buildMessagePage(view, content),
    });
  }

  async function takeAnswer(exchange: Exchange): Promise<void> {
    const { req, res, requestId } = exchange;
    // Uses the sign-in up, which asking for headers must not.
    if (req.method === 'HEAD') throw new FramegateError('FRAMEGATE_METHOD_NOT_ALLOWED', { allow: 'GET' });
    const kind = readRequestKind(req);
    if (kind === 'frame') {
      tools.answers.signIn(req, res, { requestId });
      return;
    }
    let journey: Journey | undefined;
    try {
      await finish(exchange, (found) => (journey = found));
    } catch (error) {
      if (kind === 'api' || !(error instanceof FramegateError) || error.status === 500) throw error;
      explain(exchange, error, journey);
    }
  }

  return { path, origin: 'same-origin', get: takeAnswer, startsSession: true };
}
