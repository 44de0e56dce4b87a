// What a request does to the upstream: the closed vocabulary of docs/capabilities.md. A preset classifies every request
// into one of these; what it does not know is `unknown`.

export const CAPABILITIES = [
  // What a dashboard needs to load, move, stream and be annotated.
  'asset',
  'bootstrap',
  'telemetry',
  'user:self',
  'folder:read',
  'dashboard:read',
  'library-panel:read',
  'dashboard:search',
  'annotation:read',
  'alert-state:read',
  'plugin:read',
  'datasource:query',
  'datasource:resource',
  'live:connect',
  'live:stream',
  // Looking around.
  'browse',
  'explore',
  'datasource:list',
  'datasource:proxy',
  'datasource:health',
  'plugin:resource',
  'plugin:health',
  'app-page',
  'alerting:read',
  'render',
  'public-dashboard',
  // Changing things.
  'annotation:write',
  'dashboard:write',
  'dashboard:admin',
  'alerting:write',
  'share:write',
  'snapshot',
  'live:publish',
  'user:write',
  // Running the upstream.
  'alerting:admin',
  'public-dashboard-admin',
  'org-admin',
  'org:switch',
  'server-admin',
  'plugin:metrics',
  'metrics',
  'health',
  'k8s:discovery',
  // Nobody's, and what no preset knows.
  'auth',
  'unknown',
] as const;

/**
 * `unknown`: no preset classified it; `everything` alone grants it. `auth`: the upstream's own log-in and log-out
 * routes, which nobody reaches through framegate.
 */
export type Capability = (typeof CAPABILITIES)[number];
