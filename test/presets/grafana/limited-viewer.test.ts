// Somebody who may view one dashboard and its data source of Grafana: all of that, and nothing of the rest, on every
// path, in every body and in every message that reaches it (SEC-P9, SEC-P12, SEC-P13).

import { describe, expect, it } from 'vitest';
import { addResources } from '../../../src/policy/asker.ts';
import { type Classification, isRefusal, type Refusal } from '../../../src/policy/request.ts';
import { ask, EVERYONE, makeRule } from '../../policy/kit.ts';
import { judge, judgeFrame, readFixture } from './kit.ts';

const rules = [
  makeRule('one dashboard', EVERYONE, {
    capabilities: ['view'],
    limits: { dashboards: ['plant-a'], dataSources: ['testdata'], plugins: ['testdata', 'my-panel'] },
  }),
];

function may(verdict: Classification | Refusal, body?: string): boolean {
  if (isRefusal(verdict)) return false;
  const inBody = verdict.readBody?.(new TextEncoder().encode(body ?? '')) ?? {};
  if (isRefusal(inBody)) return false;
  return ask({ ...addResources(verdict, inBody), rules }).kind === 'allow';
}

const mayRequest = (line: string, body?: string) => may(judge(line, { 'content-type': 'application/json' }), body);
const maySend = (command: unknown) => judgeFrame(JSON.stringify(command)).every(({ verdict }) => verdict === 'free' || may(verdict));
const K8S = '/apis/dashboard.grafana.app/v1beta1/namespaces';

interface Loaded {
  readonly method: string;
  readonly path: string;
  readonly requestBody?: string;
}
interface Frames {
  readonly dashboardLoad: { readonly frames: readonly { readonly from: string; readonly text: string }[] };
}

describe('a viewer of one dashboard', () => {
  it('loads it as it was recorded, its live panel included', () => {
    const refused = (readFixture('dashboard-load.json') as Loaded[])
      .filter(({ method, path, requestBody }) => !mayRequest(`${method} ${path}`, requestBody))
      .map(({ path }) => path);
    expect(refused).toEqual([]);
    const { dashboardLoad } = readFixture('live.json') as Frames;
    const sent = dashboardLoad.frames.filter(({ from }) => from === 'browser');
    expect(sent.length).toBeGreaterThan(2);
    expect(sent.every(({ text }) => maySend(JSON.parse(text)))).toBe(true);
  });

  it.each([
    'GET /d-solo/plant-a/x?panelId=1&orgId=1',
    'GET /api/dashboards/uid/plant-a',
    'GET /api/datasources/uid/testdata/resources/scenarios',
    'POST /api/datasources/uid/testdata/resources/test/json',
    'GET /api/library-elements/panel-1',
    'GET /api/search?type=dash-db',
    'GET /api/frontend/settings',
    'GET /api/plugins/my-panel/settings',
    'GET /api/user',
  ])('may %s', (line) => {
    expect(mayRequest(line)).toBe(true);
  });

  it.each([
    'GET /d/plant-b',
    'GET /d/PLANT-A',
    'GET /d-solo/plant-b/x?panelId=1',
    'GET /d/plant-a?orgId=2',
    'GET /d/plant-a?targetOrgId=2',
    'GET /api/dashboards/uid/plant-b',
    `GET ${K8S}/default/dashboards/plant-b/dto`,
    `GET ${K8S}/org-2/dashboards/plant-a/dto`,
    `GET ${K8S}/default/dashboards`,
    `GET ${K8S}/default/dashboards?watch=1`,
    `GET ${K8S}/default/dashboards?fieldSelector=metadata.name%3Dplant-b`,
    'GET /api/annotations',
    'GET /apis/dashboard.grafana.app/v1beta1%2fnamespaces%2fdefault%2fdashboards%2fplant-b',
    'GET /api/access-control/user/permissions',
    'GET /api/annotations?dashboardUID=plant-b',
    'GET /api/annotations?dashboardUID=plant-a&dashboardId=2',
    'GET /api/annotations/7',
    'GET /api/annotations/tags',
    'GET /api/prometheus/grafana/api/v1/rules',
    'GET /api/prometheus/grafana/api/v1/rules?dashboard_uid=plant-b',
    'GET /render/d-solo/plant-a?panelId=1',
    'GET /render/d-solo/plant-b?panelId=1',
    'GET /dashboard/snapshot/key',
    'GET /api/snapshots/key',
    'GET /public-dashboards/token',
    'GET /api/public/dashboards/token',
    'GET /goto/short',
    'GET /api/short-urls/short',
    'GET /api/folders',
    'GET /api/library-elements',
    'GET /api/dashboards/home',
    'GET /dashboards',
    'GET /',
    'GET /explore',
    'GET /api/datasources',
    'GET /api/datasources/uid/testdata',
    'GET /api/datasources/uid/testdata/health',
    'GET /api/datasources/proxy/uid/testdata/x',
    'GET /api/datasources/uid/sensors/resources/x',
    'GET /api/datasources/1/resources/x',
    'GET /api/plugins/other/settings',
    'GET /a/other',
    'GET /api/live/list',
    'GET /api/org/users',
    'GET /api/admin/settings',
    'GET /metrics',
    'GET /login',
    'GET /logout',
    'POST /api/user/using/2',
    'GET /profile/switch-org/2',
    'PUT /api/user',
    'POST /api/dashboards/db',
    'POST /api/snapshots',
    'GET /api/dashboards/uid/plant-a/permissions',
    'POST /api/annotations',
    'GET /nowhere',
  ])('may not %s', (line) => {
    expect(mayRequest(line)).toBe(false);
  });

  it('queries its data source and no other, over HTTP and over the socket', () => {
    const bodies: readonly (readonly [boolean, unknown])[] = [
      [true, { queries: [{ datasource: { uid: 'testdata' } }, { datasource: { uid: '__expr__' } }] }],
      [false, { queries: [{ datasource: { uid: 'testdata' } }, { datasource: { uid: 'sensors' } }] }],
      [false, { queries: [{ datasource: 'sensors' }] }],
      [false, { queries: [{ datasourceId: 1 }] }],
      [false, { queries: [{ datasource: { uid: 'grafana' } }] }],
      [false, { queries: [{ datasource: { uid: '__expr__' } }] }],
      [false, {}],
    ];
    for (const [isAllowed, body] of bodies) {
      expect(mayRequest('POST /api/ds/query', JSON.stringify(body)), JSON.stringify(body)).toBe(isAllowed);
      expect(maySend({ rpc: { method: 'grafana.query', data: body }, id: 2 }), JSON.stringify(body)).toBe(isAllowed);
    }
  });

  it('hears its channels and no others, and publishes to none', () => {
    const heard = (channel: string) => maySend({ subscribe: { channel }, id: 2 });
    for (const channel of ['1/grafana/dashboard/uid/plant-a', '1/ds/testdata/x', '1/plugin/testdata/x'])
      expect(heard(channel), channel).toBe(true);
    for (const channel of [
      '1/grafana/dashboard/uid/plant-b',
      '2/grafana/dashboard/uid/plant-a',
      '1/ds/sensors/x',
      '1/plugin/other/x',
      '1/stream/x/y',
      '1/grafana/broadcast/x',
      '1/grafana/dashboard/gitops',
    ])
      expect(heard(channel), channel).toBe(false);
    expect(maySend({ publish: { channel: '1/grafana/dashboard/uid/plant-a', data: {} }, id: 3 })).toBe(false);
    expect(maySend({ rpc: { method: 'other' }, id: 3 })).toBe(false);
  });
});
