// A viewer of one dashboard: what that dashboard needs passes, and every path that leads to another is refused before
// anything goes upstream.

import { describe, expect, it } from 'vitest';
import { answerText, replyWith } from '../support/recording-upstream.ts';
import { expectRefused, useGate } from '../support/start-gate.ts';
import { askAsViewer, LIMITED, queryOf } from './limited-viewer-kit.ts';

const gate = useGate(LIMITED);
const GROUP = '/apis/dashboard.grafana.app/v1beta1/namespaces/default';
const ask = (line: string, body?: string) => askAsViewer(gate, line, body);

const NEEDED: readonly (readonly [line: string, body?: string])[] = [
  ['GET /d/plant-a/plant-a?orgId=1&from=now-6h'],
  ['GET /d/plant-a'],
  ['GET /d-solo/plant-a/x?panelId=2'],
  ['GET /api/dashboards/uid/plant-a'],
  [`GET ${GROUP}/dashboards/plant-a/dto`],
  [`GET ${GROUP}/dashboards/plant-a`],
  ['GET /api/annotations?dashboardUID=plant-a&from=1&to=2'],
  ['GET /api/prometheus/grafana/api/v1/rules?dashboard_uid=plant-a'],
  ['POST /api/ds/query?ds_type=prometheus', queryOf('prom')],
  ['GET /api/datasources/uid/prom/resources/api/v1/labels'],
  ['GET /api/plugins/timeseries/settings'],
  ['GET /public/build/app.js'],
  ['GET /api/user/preferences'],
];

const REFUSED: readonly (readonly [line: string, body?: string])[] = [
  ['GET /d/plant-b/plant-b'],
  ['GET /d/plant-b'],
  ['HEAD /d/plant-b/x'],
  ['GET /d-solo/plant-b/x?panelId=2'],
  ['GET /d/PLANT-A/x'],
  ['GET /d/plant-a%2f..%2fplant-b'],
  ['GET /d/plant%2Db/x'],
  ['GET /d/plant-a/../plant-b'],
  ['GET /d//plant-b'],
  ['GET /dashboard/db/plant-b'],
  ['GET /dashboard/new'],
  ['GET /api/dashboards/uid/plant-b'],
  ['GET /api/dashboards/uid/plant-b/versions'],
  ['GET /api/dashboards/id/2/versions'],
  ['GET /api/dashboards/uid/plant-b/permissions'],
  ['GET /api/dashboards/uid/plant-b/public-dashboards'],
  ['GET /api/dashboards/db/plant-b'],
  ['GET /api/dashboards/home'],
  ['GET /api/dashboards/tags'],
  ['GET /api/dashboards/public-dashboards'],
  ['POST /api/dashboards/db', '{"dashboard":{"uid":"plant-a"}}'],
  ['DELETE /api/dashboards/uid/plant-a'],
  [`GET ${GROUP}/dashboards/plant-b`],
  [`GET ${GROUP}/dashboards/plant-b/dto`],
  [`GET ${GROUP}/dashboards`],
  [`GET ${GROUP.replace('default', 'org-2')}/dashboards/plant-a`],
  ['GET /apis/dashboard.grafana.app/v2alpha1/namespaces/default/dashboards/plant-b'],
  ['GET /api/annotations'],
  ['GET /api/annotations?dashboardUID=plant-b'],
  ['GET /api/annotations?dashboardId=2'],
  ['GET /api/annotations?dashboardUID=plant-a&dashboardId=2'],
  ['GET /api/annotations?dashboardUID=plant-a&dashboardUID=plant-b'],
  ['POST /api/annotations', '{"dashboardUID":"plant-a","text":"x"}'],
  ['GET /api/prometheus/grafana/api/v1/rules'],
  ['GET /api/prometheus/grafana/api/v1/rules?dashboard_uid=plant-b'],
  ['GET /api/ruler/grafana/api/v1/rules'],
  ['GET /render/d-solo/plant-a/x'],
  ['GET /render/d-solo/plant-b/x'],
  ['POST /api/snapshots', '{"dashboard":{}}'],
  ['GET /api/snapshots/abc'],
  ['GET /api/dashboard/snapshots'],
  ['GET /dashboard/snapshot/abc'],
  ['GET /public-dashboards/0123456789abcdef0123456789abcdef'],
  ['GET /api/public/dashboards/0123456789abcdef0123456789abcdef'],
  ['POST /api/public/dashboards/0123456789abcdef0123456789abcdef/panels/1/query', '{}'],
  ['GET /api/playlists'],
  ['GET /api/library-elements'],
  ['GET /api/datasources'],
  ['GET /api/datasources/uid/prom'],
  ['GET /api/datasources/uid/secret/resources/x'],
  ['GET /api/datasources/proxy/uid/prom/api/v1/query'],
  ['GET /api/datasources/proxy/1/api/v1/query'],
  ['GET /api/datasources/1/resources/x'],
  ['POST /api/ds/query', queryOf('secret')],
  ['POST /api/ds/query', queryOf('-- Mixed --')],
  ['POST /api/ds/query', '{"queries":[{"datasourceId":1}]}'],
  ['POST /apis/query.grafana.app/v0alpha1/namespaces/default/query', queryOf('secret')],
  ['POST /api/tsdb/query', queryOf('secret')],
  ['GET /explore'],
  ['GET /dashboards'],
  ['GET /'],
  ['GET /d/plant-a/x?orgId=2'],
  ['GET /d/plant-a/x?targetOrgId=2'],
  ['POST /api/user/using/2', ''],
  ['GET /api/org'],
  ['GET /api/org/users'],
  ['GET /api/admin/settings'],
  ['GET /metrics'],
  ['GET /login'],
  ['GET /logout'],
  ['GET /swagger'],
  ['GET /apis'],
];

describe('a viewer of plant-a', () => {
  it.each(NEEDED.map(([line, body = '']) => ({ line, body })))('SEC-P13 gets $line $body', async ({ line, body }) => {
    const sent = await ask(line, body);
    expect(sent.status, sent.body.slice(0, 200)).toBe(200);
    expect(gate.upstream.requests.length).toBe(1);
  });

  it.each(REFUSED.map(([line, body = '']) => ({ line, body })))(
    'SEC-P9, SEC-P11, SEC-P13 is refused $line $body',
    async ({ line, body }) => {
      await expectRefused(gate, await ask(line, body), 302, 303, 400, 403, 404);
    },
  );

  it('SEC-P13 finds plant-a alone', async () => {
    const hits = ['plant-a', 'plant-b'].map((uid) => ({ uid, type: 'dash-db' }));
    gate.upstream.script = replyWith(answerText('200 OK', ['Content-Type: application/json'], JSON.stringify(hits)));
    expect(JSON.parse((await ask('GET /api/search?type=dash-db')).body)).toEqual([hits[0]]);
    const found = { totalHits: 2, hits: ['plant-a', 'plant-b'].map((name) => ({ resource: 'dashboards', name, title: name })) };
    gate.upstream.script = replyWith(answerText('200 OK', ['Content-Type: application/json'], JSON.stringify(found)));
    expect((await ask(`GET ${GROUP.replace('v1beta1', 'v0alpha1')}/search?query=`)).body).not.toContain('plant-b');
  });
});
