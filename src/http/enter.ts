// The hand-off: a host application's ticket becomes a session in the frame.

import { FramegateError } from '../kernel/errors.ts';
import { refererOrigin } from '../kernel/origin.ts';
import type { TicketSignIn } from '../sign-in/ports.ts';
import type { Body } from './body.ts';
import { describeOrigins, judgeLink, readOriginFacts } from './origin-policy.ts';
import { sendJson } from './reply.ts';
import { acceptsJsonOnly } from './request-kind.ts';
import { resolveReturnTo } from './return-to.ts';
import type { Exchange, OwnRoute, RouteTools } from './route.ts';
import { cutText, describeIdentity, describeRefusal, describeRequest, readParameter, sendSeeOther } from './route.ts';

/** 16 KB: a ticket of 8 KB, percent-encoded, and where to go. */
const MAX_BODY_BYTES = 16 * 1024;

export function createEnterRoute(tools: RouteTools, tickets: TicketSignIn): OwnRoute {
  const { config } = tools;
  const known = describeOrigins(config.publicUrl.origin, config.embed.hosts);

  async function startSession(exchange: Exchange, ticket: string, inUrl: boolean) {
    const { origin, referer } = exchange.req.headers;
    const parentOrigin = cutText(inUrl ? refererOrigin(referer) : origin);
    const context = { ...describeRequest(tools, exchange), method: 'ticket', inUrl, parentOrigin };
    try {
      const { identity, jtiHash, ...limits } = await tickets.verify(ticket, { address: tools.clientAddress(exchange.req), inUrl });
      const session = await tools.sessions.start(exchange.req, { identity, method: 'ticket', ...limits });
      tools.audit('ticket.accepted', { ...context, ...describeIdentity(identity), jtiHash }, exchange.req);
      return session;
    } catch (error) {
      tools.audit('ticket.refused', { ...context, ...describeRefusal(error) }, exchange.req);
      throw error;
    }
  }

  /**
   * embed.js says which page it is in; a page with `Referrer-Policy: no-referrer` cannot be told otherwise. Nobody is
   * let in by it: the page of an unlisted host could not show what it gets.
   */
  function checkHost(exchange: Exchange, host: string | undefined): void {
    const { embed, publicUrl } = config;
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
    const session = await startSession(exchange, ticket, false);
    if (acceptsJsonOnly(req.headers)) {
      sendJson(tools.pages.ownHeaders, req, res, { ok: true, endsAt: new Date(session.endsAtMs).toISOString() });
      return;
    }
    sendSeeOther(tools, exchange, resolveTarget(body?.fields.get('to')), {}, 'in-frame');
  }

  const resolveTarget = (to: string | undefined): string =>
    resolveReturnTo(to, config.publicUrl.origin, tools.landing(), tools.gatePrefix());

  /** For hosts that can only set the address of a frame, where an issuer has `allowInUrl`. */
  async function takeTicketInUrl(exchange: Exchange): Promise<void> {
    const { req, query } = exchange;
    const allow = tickets.takesUrl ? 'GET, POST' : 'POST';
    // A look at the headers must not use the ticket up.
    if (!query.has('ticket') || req.method === 'HEAD') throw new FramegateError('FRAMEGATE_METHOD_NOT_ALLOWED', { allow });
    if (!tickets.takesUrl) throw new FramegateError('FRAMEGATE_BAD_REQUEST', { reason: 'ticket-in-query' });
    // Fetched ahead of need, for somebody who may never come.
    if (/prefetch/i.test(`${req.get('Sec-Purpose')} ${req.get('Purpose')}`))
      throw new FramegateError('FRAMEGATE_BAD_REQUEST', { reason: 'prefetch' });
    checkLink(exchange);
    await startSession(exchange, readParameter(query, 'ticket') ?? '', true);
    // What the address held is in no address from here on (SEC-B14.16).
    sendSeeOther(tools, exchange, resolveTarget(readParameter(query, 'to')), { 'Referrer-Policy': 'no-referrer' }, 'in-frame');
  }

  function checkLink(exchange: Exchange): void {
    const { req } = exchange;
    const verdict = judgeLink(readOriginFacts(req), known);
    if (verdict === 'allow') return;
    const origin = cutText(refererOrigin(req.headers.referer));
    tools.log.warn('origin.refused', { ...describeRequest(tools, exchange), path: '/enter', reason: verdict, origin });
    throw new FramegateError('FRAMEGATE_CROSS_ORIGIN', { reason: verdict });
  }

  return {
    path: '/enter',
    origin: 'listed-hosts',
    get: takeTicketInUrl,
    ...(tickets.takesUrl && { startsSession: true }),
    post: { maxBodyBytes: MAX_BODY_BYTES, handle: takeTicket },
  };
}
