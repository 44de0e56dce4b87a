// What the suite puts into a real Grafana, as an administrator, past the gate: two plants with a dashboard and a data source
// each, an annotation and a snapshot. All of it is removed at the end; accounts of the people who signed in stay.

/** Plant A is what the viewer is limited to. */
export const PLANTS = { a: { dashboard: 'fg-plant-a', dataSource: 'fg-data-a' }, b: { dashboard: 'fg-plant-b', dataSource: 'fg-data-b' } };
const FOLDER = 'fg-plants';
const TESTDATA = 'grafana-testdata-datasource';
/** Of TestData's own, which sends each two seconds. */
export const CHANNEL = '1/plugin/testdata/random-2s-stream';

type Plant = (typeof PLANTS)['a'];

/** Asks Grafana itself as this person. */
export function askDirectly(url: string, login: string, role: 'Admin' | 'Viewer', path: string, init: RequestInit = {}): Promise<Response> {
  const headers = { 'X-WEBAUTH-USER': login, 'X-WEBAUTH-ROLE': role, 'Content-Type': 'application/json' };
  return fetch(url + path, { redirect: 'manual', ...init, headers });
}

export interface Planted {
  /** Its numeric id. */
  readonly dataSourceId: number;
  /** Of the dashboard of plant B. */
  readonly snapshotKey: string;
  remove(): Promise<void>;
}

/** @throws with what Grafana said, where it is not set up as the recipe says. */
export async function plant(url: string): Promise<Planted> {
  const ask = (method: string, path: string, body?: unknown): Promise<Response> =>
    askDirectly(url, 'fg-suite-admin', 'Admin', path, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  const make = async (path: string, body: unknown): Promise<Record<string, unknown>> => {
    const answer = await ask('POST', path, body);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`POST ${path}: ${answer.status} ${text.slice(0, 300)}`);
    return JSON.parse(text) as Record<string, unknown>;
  };
  let snapshotKey = '';
  const remove = async (): Promise<void> => {
    if (snapshotKey !== '') await ask('DELETE', `/api/snapshots/${snapshotKey}`);
    await ask('DELETE', `/api/folders/${FOLDER}?forceDeleteRules=true`);
    for (const { dataSource } of Object.values(PLANTS)) await ask('DELETE', `/api/datasources/uid/${dataSource}`);
  };
  await remove();
  await make('/api/folders', { uid: FOLDER, title: 'Plants of the suite' });
  let dataSourceId = 0;
  for (const each of Object.values(PLANTS)) {
    const made = await make('/api/datasources', { name: each.dataSource, uid: each.dataSource, type: TESTDATA, access: 'proxy' });
    if (each === PLANTS.a) dataSourceId = Number(made['id']);
    await make('/api/dashboards/db', { dashboard: dashboardOf(each), folderUid: FOLDER, overwrite: true });
  }
  await make('/api/annotations', { dashboardUID: PLANTS.a.dashboard, text: 'valve opened', time: Date.now() - 60_000 });
  const shot = await make('/api/snapshots', { dashboard: dashboardOf(PLANTS.b), name: 'plant b' });
  snapshotKey = String(shot['key']);
  return { dataSourceId, snapshotKey, remove };
}

/** Panels of each kind that `view` is for: queries, text, a variable, and two that move. */
function dashboardOf({ dashboard, dataSource }: Plant): unknown {
  const datasource = { type: TESTDATA, uid: dataSource };
  const own = { type: 'datasource', uid: 'grafana' };
  const panels = [
    { type: 'timeseries', title: 'Flow', datasource, targets: [{ refId: 'A', datasource, scenarioId: 'random_walk' }] },
    { type: 'stat', title: 'Pressure', datasource, targets: [{ refId: 'A', datasource, scenarioId: 'random_walk' }] },
    { type: 'table', title: 'States', datasource, targets: [{ refId: 'A', datasource, scenarioId: 'random_walk_table' }] },
    { type: 'text', title: 'Notes', options: { mode: 'markdown', content: 'Notes of the plant' } },
    {
      type: 'timeseries',
      title: 'Live channel',
      datasource: own,
      targets: [{ refId: 'A', datasource: own, queryType: 'measurements', channel: CHANNEL.replace(/^1\//, '') }],
    },
    {
      type: 'timeseries',
      title: 'Live data',
      datasource,
      targets: [{ refId: 'A', datasource, scenarioId: 'live', channel: 'random-2s-stream' }],
    },
  ];
  return {
    uid: dashboard,
    title: `Suite ${dashboard}`,
    schemaVersion: 41,
    time: { from: 'now-5m', to: 'now' },
    templating: { list: [{ name: 'line', type: 'query', datasource, query: { query: '*', refId: 'v' }, refresh: 1, includeAll: true }] },
    panels: panels.map((panel, index) => ({
      id: index + 1,
      gridPos: { x: (index % 3) * 8, y: Math.floor(index / 3) * 8, w: 8, h: 8 },
      ...panel,
    })),
  };
}
