// A host application's server ends sessions that its tickets began: the log-out there is one here.

import { setTimeout as sleep } from 'node:timers/promises';
import { FramegateError } from '../kernel/errors.ts';
import type { TicketSignIn } from '../sign-in/ports.ts';
import type { Body } from './body.ts';
import type { Exchange, OwnRoute, RouteTools } from './route.ts';
import { describeRefusal, describeRequest, sendNoContent } from './route.ts';

/** A token of 8 KB, percent-encoded. */
const MAX_BODY_BYTES = 16 * 1024;
/** Longest wait before the answer, in milliseconds: tickets are dated in seconds. */
const MAX_WAIT_MS = 1000;
/** What a browser sends, and a server has no reason to. */
const PAGE_HEADERS = ['cookie', 'origin', 'sec-fetch-site'] as const;

export function createRevokeRoute(tools: RouteTools, tickets: TicketSignIn): OwnRoute {
  async function revoke(exchange: Exchange, token: string): Promise<void> {
    const { issuer, subject, jtiHash, ...reach } = await tickets.verifyRevocation(token, {
      address: tools.clientAddress(exchange.req),
    });
    const ended = await tools.sessions.revoke({ issuer, ...(subject !== undefined && { subject }) }, reach);
    tools.audit(
      'revocation.accepted',
      {
        ...describeRequest(tools, exchange),
        issuer,
        subject,
        all: subject === undefined,
        jtiHash,
        ended,
      },
      exchange.req,
    );
    // Once it is answered, what the host application signs counts again (`vouchedUntilMs`).
    await sleep(Math.min(MAX_WAIT_MS, Math.max(0, reach.vouchedUntilMs + 1 - tools.clock.now())));
  }

  async function takeToken(exchange: Exchange, body: Body | undefined): Promise<void> {
    const { req, query } = exchange;
    try {
      if (PAGE_HEADERS.some((name) => req.headers[name] !== undefined))
        throw new FramegateError('FRAMEGATE_CROSS_ORIGIN', { reason: 'revocation-from-a-page' });
      const token = body?.fields.get('token');
      if (query.has('token') || token === undefined || token === '')
        throw new FramegateError('FRAMEGATE_BAD_REQUEST', { reason: query.has('token') ? 'token-in-query' : 'token-missing' });
      await revoke(exchange, token);
    } catch (error) {
      tools.audit('revocation.refused', { ...describeRequest(tools, exchange), ...describeRefusal(error) }, exchange.req);
      throw error;
    }
    sendNoContent(tools, exchange);
  }

  // Sent by a server: the token alone counts.
  return { path: '/revoke', origin: 'any', post: { maxBodyBytes: MAX_BODY_BYTES, handle: takeToken } };
}
