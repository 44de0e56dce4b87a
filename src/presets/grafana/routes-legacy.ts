// Routes that later versions have dropped: the dashboard alerts before unified alerting (to 10), API keys, numeric ids.

import type { Route } from './route.ts';

export const LEGACY_ROUTES: readonly Route[] = [
  ['POST', '/api/tsdb/query', 'datasource:query', { body: 'numberedQueries', until: 9 }],
  ['GET', '/api/alerts', 'alerting:read', { until: 10 }],
  ['GET', '/api/alerts/states-for-dashboard', 'alerting:read', { until: 10 }],
  ['GET', '/api/alerts/:alertId', 'alerting:read', { until: 10 }],
  ['POST', '/api/alerts/test', 'alerting:write', { until: 10 }],
  ['POST', '/api/alerts/:alertId/pause', 'alerting:write', { until: 10 }],
  ['GET', '/api/alert-notifications', 'alerting:admin', { until: 10 }],
  ['GET', '/api/alert-notifications/lookup', 'alerting:read', { until: 10 }],
  ['POST', '/api/alert-notifications', 'alerting:admin', { until: 10 }],
  ['POST', '/api/alert-notifications/test', 'alerting:admin', { until: 10 }],
  ['GET,PUT,DELETE', '/api/alert-notifications/:notificationId', 'alerting:admin', { until: 10 }],
  ['GET,PUT,DELETE', '/api/alert-notifications/uid/:uid', 'alerting:admin', { until: 10 }],
  ['POST', '/api/admin/pause-all-alerts', 'server-admin', { until: 10 }],
  ['GET,POST', '/api/auth/keys', 'org-admin', { until: 12 }],
  ['DELETE', '/api/auth/keys/:id', 'org-admin', { until: 12 }],
  ['POST,DELETE', '/api/user/stars/dashboard/:dashboardId', 'user:write', { until: 11 }],
  ['POST', '/api/dashboards/trim', 'dashboard:write', { until: 11 }],
  ['GET', '/api/playlists/:uid/dashboards', 'browse', { until: 9 }],
];
