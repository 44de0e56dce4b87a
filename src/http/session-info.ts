// Who am I, until when: for our own pages (`/session`), and for embed.js in the host page (`/state`).

import { FramegateError } from '../kernel/errors.ts';
import type { ActiveSession } from '../session/session.ts';
import type { SessionInfo } from './pages/session-page.ts';
import { buildSessionPage } from './pages/session-page.ts';
import type { SessionState } from './pages/state-page.ts';
import { buildStatePage } from './pages/state-page.ts';
import { sendJson } from './reply.ts';
import { acceptsJsonOnly, readRequestKind } from './request-kind.ts';
import type { Exchange, OwnRoute, RouteTools } from './route.ts';

/** null: no end is known, as with the host application's own sessions. */
const formatEnd = (endsAtMs: number): string | null => (Number.isFinite(endsAtMs) ? new Date(endsAtMs).toISOString() : null);

function buildSessionInfo({ identity, method, startedAtMs, endsAtMs }: ActiveSession): SessionInfo {
  const { login, displayName = null, email = null, groups } = identity;
  return {
    signedIn: true,
    login,
    displayName,
    email,
    groups,
    method,
    startedAt: new Date(startedAtMs).toISOString(),
    endsAt: formatEnd(endsAtMs),
  };
}

function buildSessionState(session: ActiveSession | undefined, nowMs: number): SessionState {
  if (session === undefined) return { signedIn: false, login: null, endsAt: null, endsInMs: null };
  const { identity, endsAtMs } = session;
  return {
    signedIn: true,
    login: identity.login,
    endsAt: formatEnd(endsAtMs),
    endsInMs: Number.isFinite(endsAtMs) ? Math.max(0, endsAtMs - nowMs) : null,
  };
}

export function createSessionRoute(tools: RouteTools): OwnRoute {
  async function showSession({ req, res }: Exchange): Promise<void> {
    const session = await tools.readSession(req);
    if (session === undefined) throw new FramegateError('FRAMEGATE_NOT_SIGNED_IN');
    const info = buildSessionInfo(session);
    if (readRequestKind(req) === 'api') {
      sendJson(tools.pages.ownHeaders, req, res, info);
      return;
    }
    tools.pages.send(req, res, {
      status: 200,
      headerClass: 'top-level',
      build: (view) => buildSessionPage(view, info, tools.landing(), tools.oidc !== undefined),
    });
  }
  return { path: '/session', origin: 'same-origin', get: showSession };
}

export function createStateRoute(tools: RouteTools): OwnRoute {
  async function showState({ req, res }: Exchange): Promise<void> {
    const state = buildSessionState(await tools.readSession(req), tools.clock.now());
    if (acceptsJsonOnly(req.headers)) {
      sendJson(tools.pages.ownHeaders, req, res, state);
      return;
    }
    const { hosts } = tools.config.embed;
    tools.pages.send(req, res, { status: 200, headerClass: 'in-frame', build: (view) => buildStatePage(view, hosts, state) });
  }
  return { path: '/state', origin: 'same-origin', get: showState };
}
