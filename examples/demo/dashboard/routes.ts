// Which address answers what. Everything but static files, health and the log-in page asks for an identity first.

import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  sendEmpty,
  sendForeignOrigin,
  sendHtml,
  sendJson,
  sendMessage,
  sendMessageText,
  sendRedirect,
  sendText,
  sendUnauthorized,
} from './answers.ts';
import type { Assets } from './assets.ts';
import { readBody } from './body.ts';
import { findDashboard } from './dashboards.ts';
import { buildDashboardDto, buildFolder, buildSearch, FOLDER } from './documents.ts';
import { LIVE_PATH } from './live.ts';
import { buildAppPage, buildLoginPage, buildSettings } from './pages.ts';
import { answerQuery } from './query.ts';
import type { Target } from './target.ts';
import { matchPath, parseTarget } from './target.ts';
import type { Viewer, Viewers } from './viewer.ts';
import { buildUser } from './viewer.ts';

export interface RouteParts {
  readonly assets: Assets;
  readonly viewers: Viewers;
  readonly now: () => number;
}

interface Call {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly target: Target;
  readonly parameters: Readonly<Record<string, string>>;
}

type OpenRoute = readonly [methodAndPath: string, answer: (call: Call) => void];
type SignedInRoute = readonly [methodAndPath: string, answer: (call: Call, viewer: Viewer) => void | Promise<void>];

const CLEARED_COOKIES = [
  'grafana_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax',
  'grafana_session_expiry=; Path=/; Max-Age=0; SameSite=Lax',
];
const VERSION = '{\n  "database": "ok",\n  "version": "12.2.0",\n  "commit": "stand-in"\n}';

export function createRoutes({ assets, viewers, now }: RouteParts): (req: IncomingMessage, res: ServerResponse) => Promise<void> {
  const open: readonly OpenRoute[] = [
    ['GET /api/health', ({ res }) => sendMessageText(res, 200, VERSION)],
    ['GET /healthz', ({ res }) => sendText(res, 200, 'Ok')],
    ['GET /login', ({ res }) => sendHtml(res, 200, buildLoginPage(assets))],
    [
      'POST /login',
      ({ res }) =>
        sendJson(res, 401, { message: 'Invalid username or password', messageId: 'password-auth.failed', statusCode: 401, traceID: '' }),
    ],
    ['GET /logout', ({ res }) => sendRedirect(res, `${assets.basePath}/login`, { 'Set-Cookie': CLEARED_COOKIES })],
  ];

  const signedIn: readonly SignedInRoute[] = [
    ['GET /api/user', ({ res }, viewer) => sendJson(res, 200, buildUser(viewer))],
    ['GET /api/user/orgs', ({ res }, viewer) => sendJson(res, 200, [{ orgId: 1, name: 'Main Org.', role: viewer.role }])],
    ['GET /api/login/ping', ({ res }) => sendMessage(res, 200, { message: 'Logged in' })],
    ['GET /api/frontend/settings', ({ res }) => sendMessage(res, 200, buildSettings(assets.basePath))],
    ['POST /api/frontend-metrics', answerMetrics],
    ['GET /api/search', ({ res }) => sendJson(res, 200, buildSearch())],
    ['GET /api/folders/:uid', answerFolder],
    ['GET /api/annotations', ({ res }) => sendJson(res, 200, [])],
    ['GET /api/prometheus/grafana/api/v1/rules', ({ res }) => sendJson(res, 200, { status: 'success', data: { groups: [] } })],
    ['GET /apis/dashboard.grafana.app/v1beta1/namespaces/default/dashboards/:uid/dto', answerDto],
    ['POST /api/ds/query', answerDataQuery],
    [`GET ${LIVE_PATH}`, ({ res }) => sendText(res, 400, 'Bad Request\n', { 'Sec-Websocket-Version': '13' })],
    ['GET /explore', ({ res }) => sendRedirect(res, `${assets.basePath}/?redirectTo=%2Fexplore`)],
    ['GET /', answerPage],
    ['GET /dashboards', answerPage],
    ['GET /d/:uid', answerPage],
    ['GET /d/:uid/:slug', answerPage],
  ];

  function answerPage({ res, target }: Call, viewer: Viewer): void {
    sendHtml(res, 200, buildAppPage(assets, viewer, target.pathname));
  }

  async function answerDataQuery({ req, res }: Call): Promise<void> {
    const text = await readBody(req);
    if (text === undefined) return sendMessage(res, 413, { message: 'request body too large' });
    const { status, body } = answerQuery(text, now());
    sendJson(res, status, body, status === 200 ? '\n' : '');
  }

  return async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const target = parseTarget(req.url ?? '/');
    const method = req.method === 'HEAD' ? 'GET' : (req.method ?? 'GET');
    if (method === 'GET' && assets.serve(req, res, target.pathname)) return;
    if (hasForeignOrigin(req)) return sendForeignOrigin(res);
    const openCall = findRoute(open, method, target);
    if (openCall !== undefined) return openCall.route[1]({ req, res, target, parameters: openCall.parameters });
    const viewer = viewers.read(req);
    const isApi = target.segments[0] === 'api' || target.segments[0] === 'apis';
    if (viewer === undefined) {
      if (isApi || method !== 'GET') return sendUnauthorized(res);
      return sendRedirect(res, `${assets.basePath}/login?redirectTo=${escapeQuery(target.raw)}`);
    }
    if ((target.query.get('orgId') ?? '1') !== '1') return sendText(res, 404, 'Not found\n');
    const call = findRoute(signedIn, method, target);
    if (call !== undefined) return call.route[1]({ req, res, target, parameters: call.parameters }, viewer);
    if (isApi || method !== 'GET') return sendMessage(res, 404, { message: 'Not found' });
    sendHtml(res, 404, buildAppPage(assets, viewer, target.pathname));
  };
}

function answerDto({ res, parameters }: Call): void {
  const dashboard = findDashboard(parameters['uid'] ?? '');
  if (dashboard !== undefined) sendJson(res, 200, buildDashboardDto(dashboard));
  else sendMessage(res, 404, { message: 'Dashboard not found', title: 'Not found' });
}

/** An unknown folder is answered like one that the viewer may not see. */
function answerFolder({ res, parameters }: Call): void {
  if (parameters['uid'] === FOLDER.uid) {
    sendJson(res, 200, buildFolder());
    return;
  }
  const message = "You'll need additional permissions to perform this action. Permissions needed: folders:read";
  sendMessage(res, 403, { accessErrorId: 'ACE0000000000', message, title: 'Access denied' });
}

async function answerMetrics({ req, res }: Call): Promise<void> {
  const text = await readBody(req);
  if (text === undefined) return sendMessage(res, 413, { message: 'request body too large' });
  sendEmpty(res, 200);
}

/** The recorded server compares host names (without port), and only beside its own log-in cookie. */
function hasForeignOrigin(req: IncomingMessage): boolean {
  const { origin, host, cookie } = req.headers;
  if (origin === undefined || !/(?:^|; )grafana_session=/.test(cookie ?? '')) return false;
  const own = URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : '';
  return !URL.canParse(origin) || new URL(origin).hostname !== own;
}

function findRoute<Route extends readonly [string, unknown]>(
  routes: readonly Route[],
  method: string,
  target: Target,
): { route: Route; parameters: Record<string, string> } | undefined {
  for (const route of routes) {
    const [verb = '', pattern = ''] = route[0].split(' ');
    const parameters = verb === method ? matchPath(pattern, target.segments) : undefined;
    if (parameters !== undefined) return { route, parameters };
  }
  return undefined;
}

/** As Go's url.QueryEscape writes it. */
function escapeQuery(text: string): string {
  return encodeURIComponent(text)
    .replaceAll('%20', '+')
    .replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
}
