// Answers of Grafana cut down: no credentials and internal addresses for anybody, lists for those who may see some.

import { describe, expect, it } from 'vitest';
import type { Visible } from '../../../src/policy/request.ts';
import { presetFor } from '../../../src/presets/index.ts';
import { readFixture } from './kit.ts';

const { filters = {} } = presetFor('grafana');

const ALL: Visible = { dashboard: () => true, folder: () => true, dataSource: () => true };
const SOME: Visible = {
  dashboard: (uid) => uid === 'plant-a',
  folder: (uid) => uid === 'f1',
  dataSource: (uid) => uid === 'testdata',
};

function cut(name: string, body: unknown, visible: Visible = SOME): unknown {
  const answer = filters[name]?.(typeof body === 'string' ? body : JSON.stringify(body), visible);
  return answer === undefined ? undefined : (JSON.parse(answer) as unknown);
}

interface Recorded {
  readonly name: string;
  readonly response: { readonly body?: string };
}
interface Settings {
  readonly defaultDatasource: string;
  readonly datasources: Readonly<Record<string, Record<string, unknown>>>;
}
const exchanges = readFixture('exchanges.json') as Recorded[];
const recorded = (name: string) => exchanges.find((exchange) => exchange.name === name)?.response.body ?? '';
const settings = recorded('frontend settings as viewer');

/** Of the recorded server: the password of the direct data source, and where it is. */
const SECRETS = ['Ym9iOmh1bnRlcjI', 'hunter2', '127.0.0.1:3980'];

describe('the frontend settings', () => {
  it('of the recorded server hold the secrets that the filter is for', () => {
    for (const secret of [SECRETS[0], SECRETS[2]]) expect(settings).toContain(secret);
  });

  it('keep no credential and no internal address, whoever asks', () => {
    const text = JSON.stringify(cut('settings', settings, ALL));
    for (const secret of SECRETS) expect(text).not.toContain(secret);
    const { datasources } = cut('settings', settings, ALL) as Settings;
    expect(Object.keys(datasources)).toHaveLength(6);
    expect(datasources['Sensors API']).toMatchObject({
      uid: 'sensors',
      url: '/api/datasources/proxy/uid/sensors',
      jsonData: { httpMethod: 'GET' },
    });
  });

  it('keep the data sources that may be seen, and those that are no data', () => {
    const { datasources, ...rest } = cut('settings', settings) as Settings;
    expect(Object.keys(datasources)).toEqual(['-- Dashboard --', '-- Grafana --', '-- Mixed --', 'TestData']);
    expect(rest).toEqual((({ datasources: _gone, ...others }) => others)(JSON.parse(settings) as Settings));
  });

  it('name a default that is there', () => {
    const of = (uid: string | undefined) =>
      (cut('settings', settings, { ...SOME, dataSource: (each) => each === uid }) as Settings).defaultDatasource;
    expect([of('testdata'), of('sensors'), of(undefined)]).toEqual(['TestData', 'Sensors API', '-- Grafana --']);
  });

  it.each([
    ['basicAuth', { basicAuth: 'Basic c2VjcmV0' }],
    ['a password', { password: 'secret', username: 'secret', user: 'secret' }],
    ['a direct address', { jsonData: { directUrl: 'http://secret:1/' }, directUrl: 'http://secret' }],
    ['other cases', { jsonData: { DirectURL: 'http://secret', BasicAuth: 'secret' } }],
    ['what a plugin keeps where it should not', { jsonData: { clientSecret: 'secret', apiToken: 'secret', httpHeaderValue1: 'secret' } }],
    ['credentials in an address', { jsonData: { alertmanager: { address: 'http://me:secret@am.test/x' } } }],
    ['an address of its own', { access: 'direct', url: 'http://secret:9090' }],
    ['an address without scheme', { url: '//secret:9090' }],
  ])('leave out %s', (_name, source) => {
    const text = JSON.stringify(cut('settings', { datasources: { x: { uid: 'testdata', ...source } } }, ALL));
    expect(text).toContain('testdata');
    expect(text).not.toMatch(/secret|c2VjcmV0/);
  });

  it('name no data source of alerting that may not be seen', () => {
    const uids = { defaultRecordingRulesTargetDatasourceUID: 'secret', alertStateHistoryBackend: 'prometheus' };
    const unifiedAlerting = { ...uids, stateHistory: { prometheusTargetDatasourceUID: 'secret', limit: 1 } };
    expect(cut('settings', { unifiedAlerting })).toEqual({
      unifiedAlerting: { alertStateHistoryBackend: 'prometheus', stateHistory: { limit: 1 } },
    });
    expect(cut('settings', { unifiedAlerting }, ALL)).toEqual({ unifiedAlerting });
  });

  it('hide a data source that only looks like one of Grafana itself', () => {
    const fake = { type: 'datasource', uid: 'secret', name: 'x' };
    expect(cut('settings', { datasources: { x: fake, y: { type: '__expr__', uid: 'secret' }, z: 'secret' } })).toEqual({ datasources: {} });
  });

  it.each(['', 'x', '[]', 'null', '{"datasources":[]}', '{"datasources":"x"}'])('of another form are not shown: %s', (body) => {
    expect(filters['settings']?.(body, ALL)).toBeUndefined();
  });
});

describe('lists', () => {
  it('of a search hold what may be seen', () => {
    const hits = [
      { uid: 'plant-a', type: 'dash-db', title: 'A' },
      { uid: 'plant-b', type: 'dash-db', title: 'B' },
      { uid: 'f1', type: 'dash-folder' },
      { uid: 'f2', type: 'dash-folder' },
      { uid: 'plant-a', type: 'other' },
      { type: 'dash-db' },
      'plant-a',
    ];
    expect(cut('search', hits)).toEqual([hits[0], hits[2]]);
    expect(cut('search', recorded('search as viewer'))).toMatchObject([{ uid: 'plant-a' }]);
    expect(cut('search', recorded('search as viewer'), ALL)).toEqual(JSON.parse(recorded('search as viewer')));
  });

  it('of a search of the API group hold no counts of the rest', () => {
    const hits = [
      { resource: 'dashboards', name: 'plant-a' },
      { resource: 'dashboards', name: 'plant-b' },
      { resource: 'folders', name: 'f1' },
      { resource: 'folders', name: 'plant-a' },
    ];
    expect(
      cut('searchHits', { kind: 'SearchResults', totalHits: 4, hits, facets: { tags: { total: 9 } }, maxScore: 3, queryCost: 9 }),
    ).toEqual({
      kind: 'SearchResults',
      totalHits: 2,
      hits: [hits[0], hits[2]],
    });
    expect(cut('searchHits', { totalHits: 0, hits: null })).toEqual({ totalHits: 0, hits: [] });
  });

  it('of folders and data sources hold what may be seen', () => {
    expect(cut('folders', [{ uid: 'f1' }, { uid: 'f2' }])).toEqual([{ uid: 'f1' }]);
    const sources = [{ uid: 'testdata', url: 'http://inside:1', basicAuth: false, password: 'x', jsonData: {} }, { uid: 'sensors' }];
    expect(cut('dataSources', sources)).toEqual([{ uid: 'testdata', basicAuth: false, jsonData: {} }]);
  });

  it.each(['search', 'searchHits', 'folders', 'dataSources', 'libraryPanel'])('of another form are not shown: %s', (name) => {
    for (const body of ['', '<html>', '{"hits":{"a":1}}', '"x"', '{"message":"x","hits":{}}'])
      expect(filters[name]?.(body, ALL), body).toBeUndefined();
    expect(cut(name, { message: 'Permission denied', status: 403 })).toEqual({ message: 'Permission denied', status: 403 });
  });
});

const NAVIGATION = [
  {
    id: 'starred',
    url: '/grafana/dashboards?starred',
    children: [
      { text: 'A', url: '/grafana/d/plant-a/a' },
      { text: 'B', url: '/grafana/d/plant-b/b' },
    ],
  },
  { id: 'dashboards/browse', url: '/dashboards' },
];

/** As Go writes JSON into a script. */
const inScript = (value: unknown) => JSON.stringify(value).replaceAll('<', '\\u003c').replaceAll('>', '\\u003e').replaceAll('&', '\\u0026');

const pageOf = (user: string, data: string, navigation: string, more = ',\n        assets: {"dark":"x"}') =>
  `<!DOCTYPE html><html><body class="theme-dark"><script nonce="abc">\n      window.grafanaBootData = {\n        user: ${user},\n        settings: ${data},\n        navTree: ${navigation}${more}\n      };\n      if (window.grafanaBootData.user.theme === "system") { window.grafanaBootData.user.lightTheme == false; }\n</script></body></html>`;

describe('a library panel', () => {
  const meta = { folderName: 'HR', folderUid: 'f9', connectedDashboards: 3, createdBy: { id: 7, name: 'eve', avatarUrl: '/avatar/1' } };
  const mine = { refId: 'A', datasource: { uid: 'testdata' } };
  const model = { title: 'x', datasource: { uid: 'payroll' }, targets: [mine, { refId: 'B' }, { refId: 'C', datasource: '$ds' }] };
  const element = { uid: 'p', folderId: 9, folderUid: 'f9', name: 'pay', model, meta };

  it('SEC-P13 is shown without its folder and its author to who may not see the folder, and without the queries of others', () => {
    const nobody = { id: 0, name: '', avatarUrl: '' };
    expect(cut('libraryPanel', { result: element })).toEqual({
      result: {
        uid: 'p',
        folderUid: '',
        name: 'pay',
        model: { ...model, targets: [mine, model.targets[2]] },
        meta: { folderName: '', folderUid: '', connectedDashboards: 3, createdBy: nobody, updatedBy: nobody },
      },
    });
    const own = { ...element, folderUid: 'f1', meta: { ...meta, folderUid: 'f1' } };
    expect(cut('libraryPanel', { result: own })).toEqual({ result: { ...own, model: { ...model, targets: [mine, model.targets[2]] } } });
    expect(cut('libraryPanel', { result: element }, ALL)).toEqual({ result: element });
  });

  it('SEC-P13 is cut likewise where the API group tells it', () => {
    const annotations = {
      'grafana.app/folder': 'f9',
      'grafana.app/createdBy': 'user:eve',
      'grafana.app/updatedBy': 'user:eve',
      other: 'x',
    };
    const object = { kind: 'LibraryPanel', metadata: { name: 'p', annotations, managedFields: [{ manager: 'eve' }] }, spec: model };
    expect(cut('libraryPanel', object)).toEqual({
      kind: 'LibraryPanel',
      metadata: { name: 'p', annotations: { other: 'x' } },
      spec: { ...model, targets: [mine, model.targets[2]] },
    });
    expect(cut('libraryPanel', object, ALL)).toEqual({ ...object, metadata: { name: 'p', annotations } });
  });

  it('PRX-28 that is not there is an error as Grafana and its API groups say it', () => {
    const status = { kind: 'Status', status: 'Failure', message: 'not found', metadata: {}, details: { name: 'p' }, code: 404 };
    for (const error of [{ message: 'library element could not be found' }, status]) expect(cut('libraryPanel', error)).toEqual(error);
  });
});

describe("a page's boot data", () => {
  const data = JSON.parse(settings) as Settings;
  const user = inScript({ login: 'a"</script><b>\\', theme: 'system' });
  const page = pageOf(user, inScript(data), inScript(NAVIGATION));

  /** What the script leaves behind, run as a browser would. */
  function run(text: string): { user: unknown; settings: Settings; navTree: unknown; assets: unknown } {
    const script = /<script[^>]*>([\s\S]*?)<\/script>/.exec(text)?.[1] ?? '';
    const window: Record<string, unknown> = {};
    new Function('window', script)(window);
    return window['grafanaBootData'] as ReturnType<typeof run>;
  }

  it('is cut like the settings, and nothing else of the page changes', () => {
    const shown = filters['page']?.(page, SOME) ?? '';
    for (const secret of SECRETS) expect(shown).not.toContain(secret);
    const boot = run(shown);
    expect(boot.settings).toEqual(cut('settings', settings));
    expect(boot.user).toEqual(run(page).user);
    expect(boot.assets).toEqual({ dark: 'x' });
    expect(boot.navTree).toEqual([{ ...NAVIGATION[0], children: [NAVIGATION[0]?.children?.[0]] }, NAVIGATION[1]]);
    expect(shown.slice(0, 150)).toBe(page.slice(0, 150));
    expect(shown.slice(-150)).toBe(page.slice(-150));
  });

  it('may be in the form of the versions before 12', () => {
    const old = pageOf(
      user,
      inScript(data),
      inScript(NAVIGATION),
      ",\n        themePaths: {\n          light: '/public/a.css',\n          dark: '/public/b.css'\n        }",
    );
    expect(Object.keys(run(filters['page']?.(old, SOME) ?? '').settings.datasources)).toHaveLength(4);
    expect(filters['page']?.(pageOf('{}', '{}', 'null'), SOME)).toBe(pageOf('{}', '{}', 'null'));
  });

  it('cannot end its script', () => {
    const bad = pageOf(user, inScript({ ...data, title: '</script><script>alert(1)//\u2028&' }), 'null');
    const shown = filters['page']?.(bad, SOME) ?? '';
    expect(shown.match(/<\/script>/g)).toHaveLength(1);
    expect(run(shown).settings).toMatchObject({ title: '</script><script>alert(1)//\u2028&' });
  });

  it('is shown in no unknown form', () => {
    for (const text of [
      'window.grafanaBootData = JSON.parse("{}");',
      'window.grafanaBootData = {_femt: true, settings: {}, ...rest}',
      'window.grafanaBootData = {_femt: true, ...rest, settings: {}}',
      'window.grafanaBootData = {...rest()}',
      'window.grafanaBootData = {user:{},settings:{"datasources":[1]},navTree:[]}',
      'window.grafanaBootData = {user:{},navTree:[],settings:{}}',
      'window.grafanaBootData = {user:{},settings:{',
      'window.grafanaBootData={user:{},settings:{},navTree:[]}; window.grafanaBootData = {user:{},settings:{},navTree:[]}',
      pageOf('{}', '{"datasources":{"x":{"uid":"a"}}', 'null'),
    ])
      expect(filters['page']?.(text, ALL), text).toBeUndefined();
  });

  it('is none of a page that has none', () => {
    for (const text of ['', '<html>', '{"a":1}', 'if (window.grafanaBootData == 1) {}']) expect(filters['page']?.(text, SOME)).toBe(text);
  });

  it('is none of a page that asks for it later', () => {
    for (const text of ['window.grafanaBootData = {\n  _femt: true,\n  ...rawBootData,\n}', 'window.grafanaBootData = { ...rawBootData };'])
      expect(filters['page']?.(text, SOME)).toBe(text);
  });

  it('is cut as an answer of its own too', () => {
    const boot = { user: { login: 'a' }, settings: data, navTree: NAVIGATION, assets: {} };
    expect(cut('bootData', boot)).toMatchObject({ user: { login: 'a' }, settings: cut('settings', settings) as object });
    expect(filters['bootData']?.('{"user":{}}', ALL)).toBeUndefined();
  });
});
