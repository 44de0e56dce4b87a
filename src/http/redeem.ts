// The frame redeems the code that its popup handed over, and gets a session of its own: cookies of a window are not
// those of a frame (SEC-C5). Nothing is polled, so a link sent to somebody else hands nothing over (SEC-C6).

import { FramegateError } from '../kernel/errors.ts';
import type { Body } from './body.ts';
import { sendJson } from './reply.ts';
import { acceptsJsonOnly } from './request-kind.ts';
import type { Exchange, OwnRoute, RouteTools } from './route.ts';
import { describeIdentity, describeRefusal, describeRequest, sendNoContent } from './route.ts';

/** 10 KB, as every small form here. */
const MAX_BODY_BYTES = 10 * 1024;

export function createRedeemRoute(tools: RouteTools): OwnRoute {
  async function startSession(exchange: Exchange, { fields }: Body) {
    try {
      const address = tools.clientAddress(exchange.req);
      const start = await tools.codeLimit(address, () => tools.codes.redeem(fields.get('code'), fields.get('verifier')));
      const session = await tools.sessions.start(exchange.req, start);
      const { identity, method } = start;
      tools.audit('code.accepted', { ...describeRequest(tools, exchange), ...describeIdentity(identity), method }, exchange.req);
      return session;
    } catch (error) {
      tools.audit('code.refused', { ...describeRequest(tools, exchange), ...describeRefusal(error) }, exchange.req);
      throw error;
    }
  }

  async function takeCode(exchange: Exchange, body: Body | undefined): Promise<void> {
    const { req, res } = exchange;
    if (body === undefined) throw new FramegateError('FRAMEGATE_BAD_REQUEST');
    const session = await startSession(exchange, body);
    if (!acceptsJsonOnly(req.headers)) sendNoContent(tools, exchange);
    else sendJson(tools.pages.ownHeaders, req, res, { ok: true, endsAt: new Date(session.endsAtMs).toISOString() });
  }

  return { path: '/redeem', origin: 'same-origin', post: { maxBodyBytes: MAX_BODY_BYTES, handle: takeCode } };
}
