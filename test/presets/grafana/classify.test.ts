// What requests to Grafana name, in path and query, and the spellings of a path that are refused.

import { describe, expect, it } from 'vitest';
import { isRefusal } from '../../../src/policy/request.ts';
import { capabilityOf, judge, resourcesOf } from './kit.ts';

const K8S = '/apis/dashboard.grafana.app/v1beta1/namespaces';

describe('what a path names', () => {
  it.each([
    ['GET /d/plant-a/some-slug', { dashboards: ['plant-a'] }],
    ['GET /d/plant-a/', { dashboards: ['plant-a'] }],
    ['GET /d-solo/plant-a', { dashboards: ['plant-a'] }],
    ['GET /d/pl%20ant%C3%A9', { dashboards: ['pl ant\u00e9'] }],
    ['GET /api/dashboards/uid/plant-a', { dashboards: ['plant-a'] }],
    ['GET /api/dashboards/id/7/permissions', { dashboards: ['#7'] }],
    [`GET ${K8S}/default/dashboards/plant-a/dto`, { dashboards: ['plant-a'], orgIds: [1] }],
    [`GET ${K8S}/org-7/dashboards/plant-a`, { dashboards: ['plant-a'], orgIds: [7] }],
    ['GET /render/d-solo/plant-a/slug?panelId=1', { dashboards: ['plant-a'] }],
    ['GET /render/d/plant-a', { dashboards: ['plant-a'] }],
    ['GET /render/goto/x', {}],
    ['GET /render/d/a%3fb', {}],
    ['GET /goto/short', {}],
    ['GET /dashboard/snapshot/key', {}],
    ['GET /public-dashboards/token', {}],
    ['GET /api/folders/f1', { folders: ['f1'] }],
    ['GET /api/folders/id/7', { folders: ['#7'] }],
    ['GET /api/datasources/uid/prom', { dataSources: ['prom'] }],
    ['GET /api/datasources/7', { dataSources: ['#7'] }],
    ['GET /api/datasources/name/Sensors%20API', { dataSources: ['name:Sensors API'] }],
    ['GET /api/datasources/id/prom', { dataSources: ['name:prom'] }],
    ['GET /api/datasources/uid/prom/health', { dataSources: ['prom'] }],
    ['GET /api/datasources/uid/prom/resources/api/v1/labels', { dataSources: ['prom'] }],
    ['POST /api/datasources/7/resources/x', { dataSources: ['#7'] }],
    ['GET /api/datasources/proxy/uid/prom/api/v1/query?query=up', { dataSources: ['prom'] }],
    ['GET /api/datasources/proxy/7/api/v1/query', { dataSources: ['#7'] }],
    ['GET /api/prometheus/prom/api/v1/rules', { dataSources: ['prom'] }],
    ['GET /api/ruler/prom/api/v1/rules', { dataSources: ['prom'] }],
    ['GET /api/alertmanager/am/api/v2/silences', { dataSources: ['am'] }],
    ['POST /api/v1/rule/test/prom', { dataSources: ['prom'] }],
    ['GET /api/plugins/my-app/settings', { plugins: ['my-app'] }],
    ['GET /a/my-app/page', { plugins: ['my-app'] }],
    [
      'POST /apis/prometheus.datasource.grafana.app/v0alpha1/namespaces/default/connections/prom/query',
      { dataSources: ['prom'], plugins: ['prometheus'], orgIds: [1] },
    ],
    ['POST /api/user/using/7', { orgIds: [7] }],
    ['GET /profile/switch-org/7', { orgIds: [7] }],
  ])('%s', (line, named) => {
    expect(resourcesOf(line)).toEqual(named);
  });

  it('of an API group is known for groups, versions and kinds that are listed', () => {
    for (const path of [
      '/apis/dashboard.grafana.app/v9/namespaces/default/dashboards/x',
      '/apis/dashboard.grafana.app/v1beta1/dashboards',
      '/apis/dashboard.grafana.app/v1beta1/watch/namespaces/default/dashboards',
      '/apis/dashboard.grafana.app/v1beta1/namespaces/default/dashboards/x/other',
      '/apis/dashboard.grafana.app/v1beta1/namespaces/default/others/x',
      '/apis/other.grafana.app/v1beta1/namespaces/default/dashboards/x',
      '/apis/evil.example/v0alpha1/namespaces/default/connections/x/query',
      '/apis/prometheus.datasource.grafana.app.evil/v0alpha1/namespaces/default/connections/x',
    ])
      expect(capabilityOf(`GET ${path}`), path).toBe('unknown');
  });

  it.each(['org-0', 'org-01', 'org--7', 'Default', 'stacks-7', 'org-7x', 'org-99999999999999999999'])(
    'SEC-P8 namespace %s could be any organisation, and is refused',
    (namespace) => {
      expect(resourcesOf(`GET ${K8S}/${namespace}/dashboards/x`)).toEqual({ refused: 'path-namespace' });
    },
  );
});

describe('what a query names', () => {
  it.each([
    ['GET /api/annotations?dashboardUID=plant-a&limit=1', 'annotation:read', { dashboards: ['plant-a'] }],
    ['GET /api/annotations?dashboard%55ID=plant%2Da', 'annotation:read', { dashboards: ['plant-a'] }],
    ['GET /api/annotations?dashboardId=7', 'annotation:read', { dashboards: ['#7'] }],
    ['GET /api/annotations?dashboardUID=plant-a&dashboardId=7', 'annotation:read', { dashboards: ['plant-a', '#7'] }],
    ['GET /api/annotations?dashboardUID=&DASHBOARDUID=plant-a', 'annotation:read', {}],
    ['GET /api/annotations', 'annotation:read', {}],
    ['GET /api/prometheus/grafana/api/v1/rules?dashboard_uid=plant-a', 'alert-state:read', { dashboards: ['plant-a'] }],
    ['GET /api/prometheus/grafana/api/v1/rules?dashboard_uid=', 'alerting:read', {}],
    ['GET /api/prometheus/grafana/api/v1/rules?Dashboard_uid=plant-a', 'alerting:read', {}],
    ['GET /api/prometheus/grafana/api/v1/rules', 'alerting:read', {}],
  ])('%s', (line, capability, named) => {
    expect([capabilityOf(line), resourcesOf(line)]).toEqual([capability, named]);
  });

  it.each([
    'GET /api/annotations?dashboardUID=plant-a&dashboardUID=plant-b',
    'GET /api/annotations?dashboardUID=plant-a;x',
    'GET /api/annotations?dashboardUID=plant-a%zz',
    'GET /api/annotations?x=1;dashboardUID=plant-b&dashboardUID=plant-a',
    'GET /api/prometheus/grafana/api/v1/rules?dashboard_uid=plant-a&dashboard_uid=plant-b',
    'GET /api/prometheus/grafana/api/v1/rules?dashboard_uid=plant-a;',
  ])('SEC-P8 %s names two things or, to others, nothing: refused', (line) => {
    expect(resourcesOf(line)).toEqual({ refused: 'query-dashboard' });
  });
});

describe('the organisation that any URL may ask for', () => {
  it.each([
    ['GET /d/x?orgId=7', { dashboards: ['x'], orgIds: [7] }],
    ['GET /api/user?%6frgId=7', { orgIds: [7] }],
    ['GET /api/user?targetOrgId=7', { orgIds: [7] }],
    ['GET /api/user?orgId=%2B07', { orgIds: [7] }],
    ['GET /api/user?orgId=-7', { orgIds: [-7] }],
    ['GET /nowhere?orgId=7', { orgIds: [7] }],
    ['GET /api/user?orgId=7&targetOrgId=8', { orgIds: [7, 8] }],
    ['GET /api/user?orgId=', {}],
    ['GET /api/user?orgId=0', {}],
    ['GET /api/user?orgid=7&OrgId=7&xorgId=7', {}],
    [`GET ${K8S}/default/dashboards/x?targetOrgId=7`, { dashboards: ['x'], orgIds: [1, 7] }],
  ])('SEC-P12 %s', (line, named) => {
    expect(resourcesOf(line)).toEqual(named);
  });

  it('PRX-T15 a path that begins with bytes of no text is no route, and everything alone grants it', () => {
    expect(judge('GET /%ff')).toMatchObject({ capability: 'unknown' });
  });

  it.each(['?orgId=1&orgId=7', '?orgId=1;', '?x;orgId=7', '?orgId=1%zz', '?orgId=99999999999999999999'])(
    'SEC-P12 %s is refused',
    (query) => {
      expect(resourcesOf(`GET /d/x${query}`)).toEqual({ refused: 'query-organisation' });
    },
  );
});

describe('the Live socket', () => {
  const protocol = (query: string, subprotocol?: string) =>
    judge(`GET /api/live/ws${query}`, subprotocol === undefined ? {} : { 'sec-websocket-protocol': subprotocol });

  it('is opened for JSON', () => {
    for (const verdict of [protocol(''), protocol('?cf_protocol=json&x=1'), protocol('', 'centrifuge-json')])
      expect(verdict).toEqual({ capability: 'live:connect', resources: {} });
  });

  it.each([
    ['?format=protobuf', undefined],
    ['?cf_protocol=protobuf', undefined],
    ['?cf%5Fprotocol=protobu%66', undefined],
    ['?format=json&format=protobuf', undefined],
    ['?format=other', undefined],
    ['', 'centrifuge-protobuf'],
    ['', 'centrifuge-json, Centrifuge-Protobuf'],
  ])('is refused for what cannot be judged: %s %s', (query, subprotocol) => {
    expect(protocol(query, subprotocol)).toEqual({ refused: 'live-protocol' });
  });
});

describe('spellings of a path', () => {
  it.each([
    '/%61pi/user',
    '/api/%75ser',
    '/api%2Fuser',
    '/api%2fds%2fquery',
    '/api//user',
    '//api/user',
    '/api/user//',
    '/api/./user',
    '/api/x/../user',
    '/api/%2e%2e/user',
    '/d/%70lant-a',
    '/d/a%2Fb',
    '/d/a%5Cb',
    '/d/a%00',
    '/api/datasources/%75id/x/resources/y',
    '/api/datasources/proxy/uid/prom/../../../../admin/settings',
    '/api/datasources/proxy/uid/prom/..%2f..%2f..%2fadmin',
    '/api/datasources/proxy/uid/prom/a/%2e%2e/b',
    '/api/ruler/grafana/api%2Fv1%2Frules',
    '/api/ruler/prom/api/v1/rules/..%2Fx',
    '/api/ruler/a%2Fb/api/v1/rules',
    '/apis/dashboard.grafana.app/v1beta1%2Fnamespaces%2Fdefault%2Fdashboards%2Fplant-b',
    '/apis/dashboard.grafana.app%2fv1beta1%2fnamespaces%2fdefault%2fdashboards',
    '/apis/dashboard.grafana.app/v0alpha1/namespaces/default/librarypanels/x%2Fy',
    '/api/library-elements/x%2Fconnections',
    '/d/%ff',
    '/%zz',
    '/%61%ff',
    '/d/%zz',
    'd/x',
    '*',
  ])('SEC-P4, SEC-P8 %s is a second one, and refused', (path) => {
    expect(judge(`GET ${path}`)).toEqual({ refused: 'path-spelling' });
  });

  it.each([
    ['GET /api/ruler/prom/api/v1/rules/my%2Ffolder', 'alerting:read'],
    ['GET /api/datasources/uid/prom/resources/a%2Fb//c;d', 'datasource:resource'],
    ['GET /api/datasources/proxy/uid/prom/api/v1/label/a%20b/values', 'datasource:proxy'],
    ['GET /d/plant-a/%E5%B7%A5', 'dashboard:read'],
  ])('%s is the only one of somebody else, and passes', (line, capability) => {
    expect(capabilityOf(line)).toBe(capability);
  });

  it.each(['/API/user', '/api/User', '/api/user/x', '/grafanaapi/user', '/apiuser', '/Admin/settings', '/api/admin', '/nowhere'])(
    '%s is no route: unknown',
    (path) => {
      expect(capabilityOf(`GET ${path}`)).toBe('unknown');
    },
  );

  it('of a method: only as the routers take it', () => {
    for (const method of ['get', 'TRACE', 'PROPFIND', 'OPTIONS', 'POST']) expect(capabilityOf(`${method} /api/search`)).toBe('unknown');
  });
});

describe('what only looks like a small thing', () => {
  it.each([
    // Grafana takes the next person with that address for this account.
    ['PUT /api/user', 'auth'],
    // Lists uids of dashboards, folders and data sources.
    ['GET /api/access-control/user/permissions', 'org-admin'],
    // Those of the organisation.
    ['PUT /apis/preferences.grafana.app/v1alpha1/namespaces/default/preferences/namespace', 'org-admin'],
    ['DELETE /apis/preferences.grafana.app/v1alpha1/namespaces/default/stars', 'org-admin'],
    ['GET /api/datasources/correlations', 'datasource:list'],
    ['GET /api/datasources/uid/prom/correlations', 'datasource:list'],
    // Addresses of web hooks are no secrets to Grafana.
    ['GET /api/alertmanager/grafana/config/api/v1/alerts', 'alerting:admin'],
    ['POST /api/alertmanager/grafana/config/api/v1/receivers/test', 'alerting:admin'],
    ['POST /api/alertmanager/grafana/config/history/7/_activate', 'alerting:admin'],
    ['POST /api/alertmanager/am/config/api/v1/alerts', 'alerting:admin'],
  ])('%s is %s', (line, capability) => {
    expect(capabilityOf(line)).toBe(capability);
  });
});

describe('what is filtered', () => {
  it.each([
    ['GET /d/x', 'page', undefined],
    ['GET /explore', 'page', undefined],
    ['GET /admin/settings', 'page', undefined],
    ['GET /nowhere', 'page', undefined],
    ['GET /api/nowhere', undefined, undefined],
    ['POST /nowhere', 'page', undefined],
    ['GET /public/nowhere.js', 'page', undefined],
    ['POST /log-grafana-javascript-agent', 'page', undefined],
    ['GET /goto/x', 'page', undefined],
    ['HEAD /healthz/x', 'page', undefined],
    ['GET /bootdata', 'bootData', undefined],
    ['GET /api/frontend/settings', 'settings', undefined],
    ['GET /api/search?type=dash-db', 'search', ['dashboards', 'folders']],
    ['GET /apis/dashboard.grafana.app/v0alpha1/namespaces/default/search', 'searchHits', ['dashboards', 'folders']],
    ['GET /api/folders', 'folders', ['folders']],
    ['GET /api/datasources', 'dataSources', ['dataSources']],
    ['GET /api/library-elements/x', 'libraryPanel', undefined],
    [`GET /apis/dashboard.grafana.app/v0alpha1/namespaces/default/librarypanels/x`, 'libraryPanel', undefined],
    ['GET /api/datasources/uid/x', undefined, undefined],
  ])('%s by %s', (line, filter, lists) => {
    const verdict = judge(line);
    if (isRefusal(verdict)) throw new Error(verdict.refused);
    expect([verdict.filter, verdict.lists]).toEqual([filter, lists]);
  });
});
