// Where a sign-in leads: to the page that somebody wanted, or by a one-time code into the frame that opened the popup.

import { FramegateError } from '../kernel/errors.ts';
import type { ActiveSession } from '../session/session.ts';
import { buildPopupPage } from './pages/popup-page.ts';
import { sendJson } from './reply.ts';
import { resolveReturnTo } from './return-to.ts';
import type { Exchange, RouteTools } from './route.ts';
import { describeIdentity, describeRequest, readParameter, sendSeeOther } from './route.ts';
import { clearTxCookie } from './tx-cookie.ts';

/** Base64url of a SHA-256 (RFC 7636 4.2). */
const CHALLENGE = /^[A-Za-z0-9_-]{43}$/;

// The address of the answer may be that of a provider's callback, which nobody after us needs to know.
const NO_REFERRER = { 'Referrer-Policy': 'no-referrer' };

/** What a sign-in carries from page to page. */
export interface Journey {
  /** Absolute, at our origin. */
  readonly returnTo: string;
  /** Of the frame whose popup this is; undefined outside a popup. */
  readonly challenge: string | undefined;
}

export function resolveJourney(tools: RouteTools, returnTo: string | undefined, challenge: string | undefined): Journey {
  if (challenge !== undefined && !CHALLENGE.test(challenge))
    throw new FramegateError('FRAMEGATE_BAD_REQUEST', { reason: 'challenge-form' });
  const { origin } = tools.config.publicUrl;
  return { returnTo: resolveReturnTo(returnTo, origin, tools.landing(), tools.gatePrefix()), challenge };
}

export function readJourney(tools: RouteTools, query: URLSearchParams): Journey {
  const challenge = query.has('challenge') ? (readParameter(query, 'challenge') ?? '') : undefined;
  return resolveJourney(tools, readParameter(query, 'returnTo'), challenge);
}

/** The journey as the query of an own page; with `other`, for somebody who wants to be another account. */
export function writeJourney(tools: RouteTools, { returnTo, challenge }: Journey, more: Readonly<Record<string, string>> = {}): string {
  const path = returnTo.slice(tools.config.publicUrl.origin.length);
  const query = { ...more, ...(path === tools.landing() ? {} : { returnTo: path }), ...(challenge === undefined ? {} : { challenge }) };
  const text = new URLSearchParams(query).toString();
  return text === '' ? '' : `?${text}`;
}

/** Ends the journey with a session: uses up the cookie, and hands the session on to the frame or goes to the page. */
export async function endJourney(
  tools: RouteTools,
  exchange: Exchange,
  { returnTo, challenge }: Journey,
  session: ActiveSession,
  asJson = false,
): Promise<void> {
  const { req, res } = exchange;
  const { ownHeaders } = tools.pages;
  if (challenge === undefined) {
    clearTxCookie(res);
    if (asJson) sendJson(ownHeaders, req, res, { ok: true, returnTo });
    else sendSeeOther(tools, exchange, returnTo);
    return;
  }
  const { identity, method, endsAtMs, narrowing, provider } = session;
  const parent = tools.sessions.parent(req);
  const handed = { identity, method, endsAtMs, ...(narrowing && { narrowing }), ...(parent && { parent }), ...(provider && { provider }) };
  const code = await tools.codes.issue(challenge, handed);
  clearTxCookie(res);
  tools.audit('code.issued', { ...describeRequest(tools, exchange), ...describeIdentity(identity) }, exchange.req);
  if (asJson) {
    sendJson(ownHeaders, req, res, { ok: true, code });
    return;
  }
  const content = { code, publicOrigin: tools.config.publicUrl.origin, landing: tools.landing() };
  tools.pages.send(req, res, {
    status: 200,
    headerClass: 'top-level',
    headers: NO_REFERRER,
    build: (view) => buildPopupPage(view, content),
  });
}
