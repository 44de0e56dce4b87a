// A provider says that somebody has signed out there (OpenID Connect Back-Channel Logout 1.0, 2.5 to 2.8): the sessions
// that came from it end, and what is open in them.

import { FramegateError } from '../kernel/errors.ts';
import type { OidcLogout, OidcSignIn } from '../sign-in/oidc-ports.ts';
import type { Body } from './body.ts';
import { sendJson } from './reply.ts';
import type { Exchange, OwnRoute, RouteTools } from './route.ts';
import { describeRefusal, describeRequest } from './route.ts';

const MAX_BODY_BYTES = 16 * 1024;

export function createBackchannelLogoutRoute(tools: RouteTools, oidc: OidcSignIn): OwnRoute {
  async function endSessions(exchange: Exchange, { provider, ...target }: OidcLogout): Promise<void> {
    const ended = await tools.sessions.revoke(target);
    tools.audit(
      'oidc.signed-out',
      {
        ...describeRequest(tools, exchange),
        provider,
        issuer: target.issuer,
        subject: target.subject,
        ended,
      },
      exchange.req,
    );
  }

  async function takeToken(exchange: Exchange, body: Body | undefined): Promise<void> {
    const { req, res } = exchange;
    const { ownHeaders } = tools.pages;
    try {
      await oidc.acceptLogout(body?.type === 'form' ? body.fields.get('logout_token') : undefined, (logout) =>
        endSessions(exchange, logout),
      );
      sendJson(ownHeaders, req, res, {});
    } catch (error) {
      tools.audit('oidc.logout-refused', { ...describeRequest(tools, exchange), ...describeRefusal(error) }, exchange.req);
      if (!(error instanceof FramegateError) || error.status === 500) throw error;
      // 400 for a log-out that failed, too (2.8): the provider then tries again, or tells somebody.
      const code = error.code === 'FRAMEGATE_OIDC_REFUSED' ? 'invalid_request' : 'temporarily_unavailable';
      sendJson(ownHeaders, req, res, { error: code }, { status: 400 });
    }
  }

  // Sent by a server, without cookies: the token alone counts.
  return { path: '/oidc/backchannel-logout', origin: 'any', post: { maxBodyBytes: MAX_BODY_BYTES, handle: takeToken } };
}
