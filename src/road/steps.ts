// The steps that HTTP requests and upgrades share, in their order. A step either lets the scope pass or throws.

import type { IncomingHttpHeaders } from 'node:http';
import { FramegateError } from '../kernel/errors.ts';
import { classify as classifyRequest, queryOf } from '../policy/classify.ts';
import { isRefusal, type Refusal } from '../policy/request.ts';
import { isActivity, isDocumentRequest } from '../proxy/documents.ts';
import { judgeRequest } from '../proxy/guard.ts';
import { identityValues } from '../proxy/identity-values.ts';
import type { MountedRoute } from '../proxy/mounts.ts';
import { isUnsafe, judgeOrigin, judgeUpgradeOrigin } from '../proxy/origin-check.ts';
import { buildRequestHeaders } from '../proxy/request-headers.ts';
import type { ActiveSession } from '../session/session.ts';
import { presentsApiKey } from '../sign-in/api-keys.ts';
import type { GateParts } from './parts.ts';
import type { Scope } from './scope.ts';

/** Nobody is signed in; answered by a page, a redirect or a 401, by the kind of request. */
export class SignInNeeded extends Error {
  override name = 'SignInNeeded';
}

/** The policy said no. */
export class Denied extends Error {
  override name = 'Denied';
  readonly reasons: readonly string[];

  constructor(reasons: readonly string[]) {
    super(reasons.join(' '));
    this.reasons = reasons;
  }
}

export function guard(scope: Scope, parts: GateParts): void {
  const { req } = scope;
  const verdict = judgeRequest(
    {
      method: scope.method,
      target: scope.target,
      rawHeaders: req.rawHeaders,
      httpVersion: req.httpVersion,
      upgrade: scope.kind === 'upgrade',
    },
    parts.guardPolicy,
  );
  if (!verdict.ok)
    throw new FramegateError(verdict.code, { reason: verdict.reason, allow: 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS' });
  scope.dropped = verdict.dropped;
  // RFC 9110 7.6.3: our own name in Via means that the upstream leads back to us (PRX-12).
  if (req.headers.via?.includes(parts.pseudonym) === true) throw new FramegateError('FRAMEGATE_LOOP', { reason: 'via-loop' });
}

/** Preflights are answered before this (http.ts); own routes state a policy of their own. */
export function checkOrigin(scope: Scope, parts: GateParts): void {
  const { headers } = scope.req;
  // A service worker of the upstream's page would stand between every later visit and us (SEC-B3.8).
  if (headers['service-worker'] !== undefined) throw crossOrigin('service-worker');
  const dest = headers['sec-fetch-dest'];
  if (dest === 'object' || dest === 'embed') throw crossOrigin('fetch-dest');
  const reason =
    scope.kind === 'upgrade'
      ? judgeUpgradeOrigin(headers, parts.config.publicUrl.origin)
      : isUnsafe(scope.method)
        ? judgeOrigin(headers, parts.config.publicUrl.origin)
        : undefined;
  if (reason === undefined) return;
  if (!claimsNoOrigin(headers) || parts.config.signIn.apiKeys === undefined || !presentsApiKey(scope.req)) throw crossOrigin(reason);
  scope.needsApiKey = true;
}

/** A machine with an API key sends none of these; a browser does, and no page can make it send the key. */
function claimsNoOrigin({ origin, referer, 'sec-fetch-site': site }: IncomingHttpHeaders): boolean {
  return origin === undefined && referer === undefined && site === undefined;
}

/** Whoever was let past the origin check as a machine has to be one: neither a cookie nor a proxy in front will do. */
export function assertApiKey(scope: Scope, session: ActiveSession | undefined): void {
  if (scope.needsApiKey && session?.method !== 'api-key') throw crossOrigin('origin-missing');
}

function crossOrigin(reason: string): FramegateError {
  return new FramegateError('FRAMEGATE_CROSS_ORIGIN', { reason });
}

/** What the request itself says first, where it says anything; then the session of the cookie. */
export function readSession(scope: Scope, parts: GateParts): ActiveSession | undefined | Promise<ActiveSession | undefined> {
  const { req } = scope;
  const readOwn = () => parts.sessions.read(req.headers.cookie, isActivity(scope.method, req.headers));
  const named = parts.identifyRequest?.(req);
  return named instanceof Promise ? named.then((session) => session ?? readOwn()) : (named ?? readOwn());
}

export function classify(scope: Scope, mounted: MountedRoute): void {
  const { preset } = mounted;
  const { headers } = scope.req;
  const verdict = classifyRequest(preset, {
    method: scope.method,
    path: mounted.path,
    query: queryOf(scope.target),
    header: (name) => headers[name]?.toString(),
  });
  if (isRefusal(verdict)) throw refuseRequest(verdict);
  scope.classification = verdict;
}

const MEDIA_TYPE_WORDS = ['body-content-type', 'body-content-encoding'];

export function refuseRequest({ refused: reason }: Refusal): FramegateError {
  return new FramegateError(MEDIA_TYPE_WORDS.includes(reason) ? 'FRAMEGATE_MEDIA_TYPE' : 'FRAMEGATE_BAD_REQUEST', { reason });
}

/** What the upstream is told by a token of ours; a promise only where it has to be signed. */
export function signIdentity(
  { role, orgId }: Scope,
  { route }: MountedRoute,
  session: ActiveSession,
  parts: GateParts,
): string | Promise<string> | undefined {
  return parts.signedIdentities.get(route)?.tokenFor(session.identity, { role, orgId });
}

export function buildHeaders(scope: Scope, mounted: MountedRoute, session: ActiveSession, parts: GateParts): void {
  const { route } = mounted;
  scope.headers = buildRequestHeaders({
    req: scope.req,
    route,
    identity: identityValues(session.identity, scope.role, route.upstream.encodeIdentity),
    orgId: scope.orgId,
    token: scope.token,
    clientAddress: scope.clientAddress,
    dropped: scope.dropped,
    rewrite: scope.kind === 'http' && parts.documentRewrite !== undefined && isDocumentRequest(scope.method, scope.req.headers),
    // A static file is filtered in case a page comes in its place; the file itself may come in parts, or not at all.
    filtered: scope.classification?.filter !== undefined && scope.classification.capability !== 'asset',
    bodyLength: scope.body?.length,
    upgrade: scope.kind === 'upgrade',
    judgesMessages: scope.judgesMessages,
  });
}
