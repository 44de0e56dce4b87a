// Cross-site request forgery: Grafana checks nothing under the identity header (grafana.md 2.2), so this does.

import type { IncomingHttpHeaders } from 'node:http';
import { refererOrigin } from '../kernel/origin.ts';

const UNSAFE_METHODS = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

export function isUnsafe(method: string): boolean {
  return UNSAFE_METHODS.has(method);
}

/**
 * Why a state-changing request is refused, or undefined. Fetch Metadata is judged first, as the browser vouches for
 * it; then Origin, then Referer; with none of them it is refused (SEC-D7.2).
 */
export function judgeOrigin(headers: IncomingHttpHeaders, ownOrigin: string): string | undefined {
  const { origin } = headers;
  const site = headers['sec-fetch-site'];
  if (site !== undefined) {
    if (site !== 'same-origin') return 'fetch-site';
    // A page with `Referrer-Policy: no-referrer` posts its own forms with `Origin: null`.
    return origin === undefined || origin === 'null' || origin === ownOrigin ? undefined : 'origin';
  }
  if (origin !== undefined) return origin === ownOrigin ? undefined : 'origin';
  return refererOrigin(headers.referer) === ownOrigin ? undefined : 'origin-missing';
}

/** A WebSocket is opened by the dashboard's own page, never by the host's or another (SEC-D7.4, SEC-B8.1). */
export function judgeUpgradeOrigin(headers: IncomingHttpHeaders, ownOrigin: string): string | undefined {
  return headers.origin === ownOrigin ? undefined : 'websocket-origin';
}
