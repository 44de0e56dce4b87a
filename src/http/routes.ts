// framegate's own routes, as data: path, origin policy, handlers. Mounted by the gate at the reserved prefix; nothing
// below it is ever forwarded.

import type { IncomingMessage } from 'node:http';
import type { NextFunction, Request, RequestHandler, Response, Router } from 'express';
import express from 'express';
import { FramegateError } from '../kernel/errors.ts';
import { createActivityRoute } from './activity.ts';
import type { Body } from './body.ts';
import { discardBody, readBody } from './body.ts';
import { createEnterRoute } from './enter.ts';
import { createJwksRoute } from './jwks.ts';
import { findLandingPath } from './landing.ts';
import { createLoginRoute } from './login.ts';
import { createLogoutRoute } from './logout.ts';
import { createOidcRoutes } from './oidc-routes.ts';
import { describeOrigins, judgeOrigin, readOriginFacts } from './origin-policy.ts';
import { createPages } from './pages.ts';
import { createRedeemRoute } from './redeem.ts';
import { createRevokeRoute } from './revoke.ts';
import type { Exchange, OwnRoute, OwnRoutesDeps, RouteTools } from './route.ts';
import { cutText, describeRequest } from './route.ts';
import { createScriptRoutes } from './scripts.ts';
import { createSessionRoute, createStateRoute } from './session-info.ts';

// CORS headers that a host application's middleware may have set; own routes say themselves who may read them.
const CORS_HEADERS = ['Access-Control-Allow-Origin', 'Access-Control-Allow-Credentials', 'Access-Control-Expose-Headers'];

function buildRoutes(tools: RouteTools): readonly OwnRoute[] {
  const { publicKeys = [], password, tickets, oidc } = tools;
  const hasLoginPage = password !== undefined || oidc !== undefined;
  return [
    ...(hasLoginPage ? [createLoginRoute(tools, password), createRedeemRoute(tools)] : []),
    ...(tickets ? [createEnterRoute(tools, tickets), createRevokeRoute(tools, tickets)] : []),
    ...(oidc ? createOidcRoutes(tools, oidc) : []),
    createLogoutRoute(tools, hasLoginPage),
    createSessionRoute(tools),
    createStateRoute(tools),
    createActivityRoute(tools),
    ...(publicKeys.length === 0 ? [] : [createJwksRoute(tools, publicKeys)]),
    ...createScriptRoutes(tools),
  ];
}

function listMethods(route: OwnRoute): string {
  return [...(route.get ? ['GET', 'HEAD'] : []), ...(route.post ? ['POST'] : [])].join(', ');
}

function runMiddleware(middleware: RequestHandler, req: Request, res: Response): Promise<void> {
  return new Promise((resolve, reject) => {
    const next: NextFunction = (error?: unknown) => (error === undefined || error === null ? resolve() : reject(error));
    Promise.resolve(middleware(req, res, next)).catch(reject);
  });
}

export function createOwnRoutes(deps: OwnRoutesDeps): Router {
  const pages = createPages({ ...deps, formTargets: () => deps.oidc?.logoutOrigins() ?? [] });
  // Asking is not activity: a page that polls must not keep a session alive (SEC-D2.2).
  const readSession = deps.readSession ?? (async (req: IncomingMessage) => deps.sessions.read(req.headers.cookie, false));
  const tools: RouteTools = { ...deps, pages, landing: () => findLandingPath(deps.config, deps.gatePrefix()), readSession };
  const routes = new Map(buildRoutes(tools).map((route) => [route.path, route]));
  const known = describeOrigins(deps.config.publicUrl.origin, deps.config.embed.hosts);

  function checkOrigin(route: OwnRoute, exchange: Exchange): void {
    const verdict = judgeOrigin(route.origin, readOriginFacts(exchange.req), known);
    if (verdict === 'allow') return;
    const hint = verdict === 'origin-not-listed' ? { hint: 'If this page may embed dashboards, add its origin to embed.hosts.' } : {};
    const fields = {
      ...describeRequest(deps, exchange),
      path: route.path,
      reason: verdict,
      origin: cutText(exchange.req.headers.origin),
      ...hint,
    };
    deps.log.warn('origin.refused', fields);
    throw new FramegateError('FRAMEGATE_CROSS_ORIGIN', { reason: verdict });
  }

  async function answer(exchange: Exchange): Promise<void> {
    const { req, res } = exchange;
    const route = routes.get(req.path);
    if (route === undefined) throw new FramegateError('FRAMEGATE_NOT_FOUND');
    const isRead = req.method === 'GET' || req.method === 'HEAD';
    if (isRead && route.get !== undefined) {
      checkOrigin(route, exchange);
      if (route.startsSession === true) await runMiddleware(deps.sessions.middleware, req, res);
      await route.get(exchange);
    } else if (req.method === 'POST' && route.post !== undefined) {
      checkOrigin(route, exchange);
      const { maxBodyBytes, handle } = route.post;
      const body: Body | undefined = maxBodyBytes === undefined ? undefined : await readBody(req, maxBodyBytes);
      await runMiddleware(deps.sessions.middleware, req, res);
      await handle(exchange, body);
    } else {
      throw new FramegateError('FRAMEGATE_METHOD_NOT_ALLOWED', { allow: listMethods(route) });
    }
  }

  async function refuse({ req, res, requestId }: Exchange, error: unknown): Promise<void> {
    const known = error instanceof FramegateError ? error : new FramegateError('FRAMEGATE_INTERNAL', { cause: error });
    if (known.status >= 500) deps.log.error('own-route.failed', { requestId, path: cutText(req.path), code: known.code, error });
    const isRead = await discardBody(req).catch(() => false);
    if (!isRead && !res.headersSent) res.setHeader('Connection', 'close');
    deps.answers.problem(req, res, known, { requestId });
  }

  async function answerOwnRoute(req: Request, res: Response): Promise<void> {
    const start = req.url.indexOf('?');
    const query = new URLSearchParams(start === -1 ? '' : req.url.slice(start));
    const exchange: Exchange = { req, res, requestId: deps.requestId(req), query };
    for (const name of CORS_HEADERS) res.removeHeader(name);
    try {
      await answer(exchange);
    } catch (error) {
      await refuse(exchange, error);
    }
  }

  const router = express.Router({ caseSensitive: true, strict: true });
  router.use(answerOwnRoute);
  return router;
}
