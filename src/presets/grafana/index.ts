// Grafana 9 to 13 behind `[auth.proxy]`. Facts: its own source and recordings (docs/recipes/grafana.md).

import type { Preset } from '../../policy/preset.ts';
import { createClassify } from './classify.ts';
import { grafanaFilters } from './filters.ts';
import { createJudgeFrame } from './live-frame.ts';
import { grafanaVersions } from './version.ts';

export const grafanaPreset: Preset = {
  name: 'grafana',
  identityHeaders: {
    user: 'X-WEBAUTH-USER',
    name: 'X-WEBAUTH-NAME',
    email: 'X-WEBAUTH-EMAIL',
    groups: 'X-WEBAUTH-GROUPS',
    role: 'X-WEBAUTH-ROLE',
  },
  // Ignored where the person is no member (grafana.md 1.2).
  orgIdHeader: 'x-grafana-org-id',
  // Each of these signs a caller in before the proxy header is asked (render key 10 .. Basic 40, proxy header 50),
  // or lets a caller choose what a data source is told.
  strippedHeaders: ['x-access-token', 'x-jwt-assertion', 'x-ds-authorization', 'x-id-token', 'x-cloud-access-token'],
  strippedHeaderPrefixes: ['x-webauth-', 'x-grafana-'],
  refusedQuery: ['auth_token'],
  // `renderKey` and `grafana_session` beat the identity header; Grafana needs no cookie under auth.proxy.
  forwardCookies: 'none',
  droppedCookies: [
    'grafana_session',
    'grafana_session_expiry',
    'grafana_sess',
    'redirect_to',
    'oauth_state',
    'oauth_code_verifier',
    'login_error',
    'renderkey',
  ],
  corsHeaders: [
    'x-grafana-org-id',
    'x-grafana-device-id',
    'x-plugin-id',
    'x-datasource-uid',
    'x-dashboard-uid',
    'x-dashboard-title',
    'x-panel-id',
    'x-panel-title',
    'x-panel-plugin-id',
    'x-query-group-id',
    'x-cache-skip',
    'x-grafana-from-expr',
  ],
  builtInAdmins: ['admin', 'admin@localhost', 'grafana', 'grafana-admin', 'root'],
  classify: createClassify(undefined),
  freeTailStart,
  knowsAssets: true,
  // Pictures of panels are no asset: what is cached is shared.
  isAsset: (path) => path.startsWith('/public/') && !path.startsWith('/public/img/attachments/'),
  isUpstreamLogin: (status, location) =>
    status >= 300 && status < 400 && location !== undefined && /^(?:https?:\/\/[^/?#]+)?(?:\/[^?#]*)?\/login(?:[?#]|$)/.test(location),
  judgeFrame: createJudgeFrame(undefined),
  filters: grafanaFilters,
  versions: grafanaVersions(() => grafanaPreset),
};

// Text of somebody else's API follows these prefixes: a plugin's resources, a data source behind Grafana's proxy,
// the ruler of a remote alert manager.
const FREE_TAILS = [
  /^\/api\/datasources\/(?:uid\/)?(?!uid\/)[^/]+\/resources\//,
  /^\/api\/plugins\/[^/]+\/resources\//,
  /^\/api\/datasources\/proxy\/(?:uid\/)?(?!uid\/)[^/]+\//,
  /^\/api\/plugin-proxy\/[^/]+\//,
  /^\/api\/(?:ruler|prometheus)\/[^/]+\//,
];

function freeTailStart(path: string): number | undefined {
  for (const pattern of FREE_TAILS) {
    const match = pattern.exec(path);
    if (match !== null) return match[0].length;
  }
  return undefined;
}
