// The way to an identity provider: remembers where somebody wants to go, and sends the browser off.

import { FramegateError } from '../kernel/errors.ts';
import type { OidcSignIn } from '../sign-in/oidc-ports.ts';
import { readJourney } from './journey.ts';
import { readRequestKind } from './request-kind.ts';
import type { Exchange, OwnRoute, RouteTools } from './route.ts';
import { describeRefusal, describeRequest, readParameter, sendSeeOther } from './route.ts';
import { keepTxCookie } from './tx-cookie.ts';

/** What redirect URIs begin with; providers compare them whole. */
export function ownBase(tools: RouteTools): string {
  return `${tools.config.publicUrl.origin}${tools.gatePrefix()}`;
}

export function createOidcStartRoute(tools: RouteTools, oidc: OidcSignIn): OwnRoute {
  async function start(exchange: Exchange): Promise<void> {
    const { req, res, query, requestId } = exchange;
    // Begins something, which asking for headers must not.
    if (req.method === 'HEAD') throw new FramegateError('FRAMEGATE_METHOD_NOT_ALLOWED', { allow: 'GET' });
    if (readRequestKind(req) === 'frame') {
      // Providers refuse to be framed, and the cookie that comes back is a window's.
      tools.answers.signIn(req, res, { requestId });
      return;
    }
    const journey = readJourney(tools, query);
    const [only, ...others] = oidc.providers;
    const provider = query.has('provider') || others.length > 0 ? readParameter(query, 'provider') : only?.id;
    try {
      const location = await oidc.begin({
        provider: provider ?? '',
        returnTo: journey.returnTo,
        ...(journey.challenge === undefined ? {} : { challenge: journey.challenge }),
        browser: keepTxCookie(req, res),
        base: ownBase(tools),
        beganAtMs: tools.sessions.moment(),
        again: query.has('other'),
        address: tools.clientAddress(req),
      });
      sendSeeOther(tools, exchange, location);
    } catch (error) {
      tools.audit('oidc.refused', { ...describeRequest(tools, exchange), ...describeRefusal(error), provider }, exchange.req);
      throw error;
    }
  }

  return { path: '/oidc/start', origin: 'same-origin', get: start };
}
