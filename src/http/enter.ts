// The hand-off: a host application's ticket becomes a session in the frame.

import { FramegateError } from '../kernel/errors.ts';
import type { TicketSignIn } from '../sign-in/ports.ts';
import type { Body } from './body.ts';
import { sendJson } from './reply.ts';
import { acceptsJsonOnly } from './request-kind.ts';
import { resolveReturnTo } from './return-to.ts';
import type { Exchange, OwnRoute, RouteTools } from './route.ts';
import { cutText, describeIdentity, describeRefusal, describeRequest, sendSeeOther } from './route.ts';

/** 16 KB: a ticket of 8 KB, percent-encoded, and where to go. */
const MAX_BODY_BYTES = 16 * 1024;

export function createEnterRoute(tools: RouteTools, tickets: TicketSignIn): OwnRoute {
  async function startSession(exchange: Exchange, ticket: string) {
    const context = { ...describeRequest(tools, exchange), parentOrigin: cutText(exchange.req.headers.origin) };
    try {
      const { identity, jtiHash, ...limits } = await tickets.verify(ticket, { address: tools.clientAddress(exchange.req) });
      // Until the policy enforces it: a session must not be wider than its ticket says (SEC-J6).
      if (limits.narrowing !== undefined) throw new FramegateError('FRAMEGATE_FORBIDDEN', { reason: 'narrowing' });
      const start = { identity, method: 'ticket', ...limits } as const;
      const session = await tools.sessions.start(exchange.req, start);
      tools.audit('ticket.accepted', { ...context, ...describeIdentity(identity), method: 'ticket', jtiHash });
      return session;
    } catch (error) {
      tools.audit('ticket.refused', { ...context, ...describeRefusal(error), method: 'ticket' });
      throw error;
    }
  }

  /**
   * embed.js says which page it is in; a page with `Referrer-Policy: no-referrer` cannot be told otherwise. Nobody is
   * let in by it: the page of an unlisted host could not show what it gets.
   */
  function checkHost(exchange: Exchange, host: string | undefined): void {
    const { embed, publicUrl } = tools.config;
    if (host === undefined || host === publicUrl.origin || embed.hosts.includes(host)) return;
    const hint = 'If this page may embed dashboards, add its origin to embed.hosts.';
    tools.log.warn('frame.host-not-listed', { ...describeRequest(tools, exchange), host: cutText(host), hint });
    throw new FramegateError('FRAMEGATE_CROSS_ORIGIN', { reason: 'host-not-listed' });
  }

  async function takeTicket(exchange: Exchange, body: Body | undefined): Promise<void> {
    const { req, res, query } = exchange;
    // An address is written to logs and histories; a ticket that came that way is burnt (SEC-B14.16).
    if (query.has('ticket')) throw new FramegateError('FRAMEGATE_BAD_REQUEST', { reason: 'ticket-in-query' });
    const ticket = body?.fields.get('ticket');
    if (ticket === undefined || ticket === '') throw new FramegateError('FRAMEGATE_BAD_REQUEST', { reason: 'ticket-missing' });
    checkHost(exchange, body?.fields.get('host'));
    const session = await startSession(exchange, ticket);
    if (acceptsJsonOnly(req.headers)) {
      sendJson(tools.pages.ownHeaders, req, res, { ok: true, endsAt: new Date(session.endsAtMs).toISOString() });
      return;
    }
    const { origin } = tools.config.publicUrl;
    sendSeeOther(tools, exchange, resolveReturnTo(body?.fields.get('to'), origin, tools.landing(), tools.gatePrefix()));
  }

  return { path: '/enter', origin: 'listed-hosts', post: { maxBodyBytes: MAX_BODY_BYTES, handle: takeTicket } };
}
