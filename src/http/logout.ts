import type { ActiveSession } from '../session/session.ts';
import { isMountedInHost } from './landing.ts';
import { sendJson } from './reply.ts';
import { acceptsJsonOnly, readRequestKind } from './request-kind.ts';
import type { Exchange, OwnRoute, RouteTools } from './route.ts';
import { describeIdentity, describeRequest, sendNoContent, sendSeeOther } from './route.ts';

/** Not "cookies": that would sign the person out of every site of the same domain (SEC-D4.9). */
const CLEAR_SITE_DATA: Readonly<Record<string, string>> = { 'Clear-Site-Data': '"cache","storage"' };

/** Ends the session. POST only, from our own pages, without a token or a body (SEC-B12.3); also when there is none. */
export function createLogoutRoute(tools: RouteTools, hasLoginPage: boolean): OwnRoute {
  /** An identity provider's session goes on without ours; in a window it is ended too (OpenID Connect RP-Initiated Logout 1.0). */
  function findNext({ req }: Exchange, session: ActiveSession | undefined): string {
    const own = `${tools.config.publicUrl.origin}${tools.gatePrefix()}`;
    if (session?.provider === undefined) return hasLoginPage ? `${own}/login` : `${tools.config.publicUrl.origin}${tools.landing()}`;
    const signedOut = `${own}/signed-out`;
    // A frame cannot show the provider.
    const there = readRequestKind(req) === 'navigation' ? tools.oidc?.findLogoutUrl(session.provider, signedOut) : undefined;
    return there ?? signedOut;
  }

  async function endSession(exchange: Exchange): Promise<void> {
    const { req, res } = exchange;
    // The storage of the origin is then the host application's too.
    const headers = isMountedInHost(tools.gatePrefix()) ? {} : CLEAR_SITE_DATA;
    const session = tools.sessions.current(req);
    await tools.sessions.end(req);
    if (session !== undefined)
      tools.audit('session.signed-out', { ...describeRequest(tools, exchange), ...describeIdentity(session.identity) }, exchange.req);
    if (acceptsJsonOnly(req.headers)) {
      sendJson(tools.pages.ownHeaders, req, res, { ok: true }, { headers });
    } else if (readRequestKind(req) === 'api') {
      sendNoContent(tools, exchange, headers);
    } else {
      sendSeeOther(tools, exchange, findNext(exchange, session), headers);
    }
  }

  return { path: '/logout', origin: 'same-origin', post: { handle: endSession } };
}
