// Bodies that name data sources or dashboards: read as Grafana reads them, refused where that is not certain.

import { describe, expect, it } from 'vitest';
import { createJudgeFrame } from '../../../src/presets/grafana/live-frame.ts';
import { readBody } from './kit.ts';

const QUERY = 'POST /api/ds/query';
const read = (body: unknown, headers: Readonly<Record<string, string>> = {}) => readBody(QUERY, JSON.stringify(body), headers);
const queries = (...list: unknown[]) => ({ from: 'now-1h', to: 'now', queries: list });
const prom = { refId: 'A', datasource: { type: 'prometheus', uid: 'prom' }, datasourceId: 1, expr: 'up' };

describe('the data sources of a query', () => {
  it.each([
    ['an object', queries(prom), ['prom']],
    ['several', queries(prom, { datasource: { uid: 'loki' } }, prom), ['prom', 'loki']],
    ['a text', queries({ datasource: 'prom' }), ['prom']],
    ['a number', queries({ datasourceId: 7 }), ['#7']],
    ['an object without uid, and a number', queries({ datasource: { type: 'prometheus' }, datasourceId: 7 }), ['#7']],
    ['an empty uid, and a number', queries({ datasource: { uid: '' }, datasourceId: 7 }), ['#7']],
    ['hidden ones too', queries({ ...prom, hide: true }), ['prom']],
    ["Grafana's own", queries({ datasource: { type: 'datasource', uid: 'grafana' } }), ['grafana']],
    ['machine learning', queries({ datasource: { uid: '__ml__' } }), ['__ml__']],
    [
      'an expression beside',
      queries(prom, { datasource: { type: '__expr__', uid: '__expr__' }, type: 'math' }, { datasource: '-100' }),
      ['prom'],
    ],
    ['expressions alone', queries({ datasource: { uid: '__expr__' } }), ['__expr__']],
    ['keys in capitals, as Go matches them', { QUERIES: [prom] }, ['prom']],
    ['keys with a long s, as Go folds it', { 'querie\u017f': [prom] }, ['prom']],
  ])('%s', (_name, body, dataSources) => {
    expect(read(body)).toEqual({ dataSources });
  });

  it.each([
    ['no queries', {}],
    ['none in the list', queries()],
    ['null', { queries: null }],
  ])('are none where Grafana answers 400: %s', (_name, body) => {
    expect(read(body)).toEqual({});
  });

  it('are none in an empty body', () => {
    expect(readBody(QUERY, '')).toEqual({});
  });

  it.each([
    ['two keys for Go', { queries: [prom], Queries: [prom] }, 'body-key-case'],
    ['a long s beside', { queries: [prom], 'querie\u017f': [] }, 'body-key-case'],
    ['another spelling of datasource', queries({ DataSource: { uid: 'prom' } }), 'body-key-case'],
    ['another spelling beside', queries({ ...prom, Datasource: { uid: 'secret' } }), 'body-key-case'],
    ['another spelling of datasourceId', queries({ ...prom, datasourceID: 7 }), 'body-key-case'],
    ['another spelling of uid', queries({ datasource: { uid: 'prom', UID: 'secret' } }), 'body-data-source'],
    ['a uid that is a number', queries({ datasource: { uid: 7 } }), 'body-data-source'],
    ['a uid that is an object', queries({ datasource: { uid: { uid: 'x' } } }), 'body-data-source'],
    ['a list of data sources', queries({ datasource: [{ uid: 'prom' }] }), 'body-data-source'],
    ['a number in a text', queries({ datasourceId: '7' }), 'body-data-source'],
    ['a broken number', queries({ datasourceId: 7.5 }), 'body-data-source'],
    ['no data source', queries({ refId: 'A' }), 'body-data-source'],
    ['nothing but a type', queries({ datasource: { type: 'prometheus' } }), 'body-data-source'],
    ['mixed', queries({ datasource: { uid: '-- Mixed --' } }), 'body-data-source'],
    ['queries that are an object', { queries: { 0: prom } }, 'body-queries'],
    ['a query that is null', queries(prom, null), 'body-queries'],
    ['a query that is a list', queries([prom]), 'body-queries'],
  ])('are refused where they can be read in two ways: %s', (_name, body, refused) => {
    expect(read(body)).toEqual({ refused });
  });

  it.each(['search', 'searchNext'])("SEC-P13 are refused where Grafana's own is asked for dashboards: %s", (queryType) => {
    for (const datasource of [{ uid: 'grafana' }, 'grafana'])
      expect(read(queries(prom, { datasource, queryType }))).toEqual({ refused: 'body-search' });
    expect(read(queries({ datasource: { uid: 'grafana' }, queryType: 'randomWalk' }))).toEqual({ dataSources: ['grafana'] });
    expect(read(queries({ ...prom, queryType }))).toEqual({ dataSources: ['prom'] });
  });

  it('are refused with a time range of their own under X-Query-V2, and only then', () => {
    const body = queries({ ...prom, timeRange: { from: '0', to: 'now' } });
    expect(read(body)).toEqual({ dataSources: ['prom'] });
    for (const value of ['true', 'false', '']) expect(read(body, { 'x-query-v2': value })).toEqual({ refused: 'body-time-range' });
    expect(read(queries(prom), { 'x-query-v2': 'true' })).toEqual({ dataSources: ['prom'] });
    expect(read(queries({ ...prom, TimeRange: {} }), { 'x-query-v2': 'true' })).toEqual({ refused: 'body-key-case' });
  });
});

describe('a number beside the uid', () => {
  const numbered = { ...prom, datasourceId: 7 };
  const namedIn = (line: string, major: number, body: unknown) => readBody(line, JSON.stringify(body), {}, major);

  it('SEC-P8 counts in Grafana 9, which to 9.3 looks by it first, and where the version is not known, but in no later one', () => {
    for (const major of [10, 11, 12, 13]) expect(namedIn(QUERY, major, queries(numbered))).toEqual({ dataSources: ['prom'] });
    for (const major of [9, 8, 14]) expect(namedIn(QUERY, major, queries(numbered))).toEqual({ dataSources: ['prom', '#7'] });
    for (const datasourceId of [0, null, '7'])
      expect(namedIn(QUERY, 9, queries({ ...prom, datasourceId }))).toEqual({ dataSources: ['prom'] });
  });

  it('SEC-P8 counts on the socket of Grafana 9, or of a version that is not known, as well', () => {
    const text = JSON.stringify({ id: 1, rpc: { method: 'grafana.query', data: queries(numbered) } });
    const namedBy = (major: number | undefined) => createJudgeFrame(major)(text).map(({ verdict }) => verdict);
    for (const major of [9, 14, undefined]) expect(namedBy(major)).toMatchObject([{ resources: { dataSources: ['prom', '#7'] } }]);
    expect(namedBy(12)).toMatchObject([{ resources: { dataSources: ['prom'] } }]);
  });

  it('SEC-P8 counts in requests of the form before 8, whatever the version is thought to be', () => {
    for (const major of [9, 14]) {
      expect(namedIn('POST /api/tsdb/query', major, queries(numbered))).toEqual({ dataSources: ['prom', '#7'] });
    }
  });
});

describe('a body', () => {
  const good = JSON.stringify(queries(prom));

  it.each([
    ['text behind the first value', `${good} {}`, 'body-not-json'],
    ['a second value', `${good}{"queries":[]}`, 'body-not-json'],
    ['a byte order mark', `\ufeff${good}`, 'body-not-json'],
    ['a comment', `/**/${good}`, 'body-not-json'],
    ['a list', `[${good}]`, 'body-not-json'],
    ['a text', '"x"', 'body-not-json'],
    ['the same key twice', '{"queries":[],"queries":[]}', 'body-duplicate-key'],
    ['the same key twice, once escaped', '{"queries":[],"\\u0071ueries":[]}', 'body-duplicate-key'],
    ['the same key twice, deep down', '{"queries":[{"datasource":{"uid":"a","uid":"b"}}]}', 'body-duplicate-key'],
    ['nesting beyond 32 levels', `{"queries":${'['.repeat(40)}${']'.repeat(40)}}`, 'body-not-json'],
    ['SEC-B7.3: nesting without end', '['.repeat(500_000), 'body-not-json'],
    ['nesting without end that is well formed', `{"a":${'['.repeat(400_000)}${']'.repeat(400_000)}}`, 'body-not-json'],
  ])('with %s is refused', (_name, body, refused) => {
    expect(readBody(QUERY, body)).toEqual({ refused });
  });

  it('that is no UTF-8 is refused', () => {
    expect(readBody(QUERY, new Uint8Array([...new TextEncoder().encode('{"a":"'), 0xc0, 0xaf, 0x22, 0x7d]))).toEqual({
      refused: 'body-not-json',
    });
  });

  it('may hold a text of a megabyte', () => {
    expect(read(queries({ ...prom, expr: 'a\n"'.repeat(300_000) }))).toEqual({ dataSources: ['prom'] });
  });

  it.each([
    [{ 'content-type': 'text/plain' }, 'body-content-type'],
    [{ 'content-type': 'application/jsonx' }, 'body-content-type'],
    [{ 'content-type': 'application/x-www-form-urlencoded' }, 'body-content-type'],
    [{ 'content-encoding': 'gzip' }, 'body-content-encoding'],
  ])('with %j is no plain JSON, and refused', (headers, refused) => {
    expect(readBody(QUERY, good, headers)).toEqual({ refused });
  });

  it.each(['application/json', 'Application/JSON; charset=utf-8', 'application/json ;x=y'])('with the type %s is read', (type) => {
    expect(readBody(QUERY, good, { 'content-type': type })).toEqual({ dataSources: ['prom'] });
  });
});

describe('other routes whose body names something', () => {
  const alert = (uid: unknown) => ({ refId: 'A', datasourceUid: uid, model: {} });

  it.each([
    [
      'POST /apis/query.grafana.app/v0alpha1/namespaces/default/query',
      queries(prom, { datasource: { uid: '__expr__' } }, { datasourceId: 7 }),
      { dataSources: ['prom', 'name:prom', '#7'] },
    ],
    ['POST /api/v1/eval', { condition: 'A', data: [alert('prom'), alert('__expr__'), alert('loki')] }, { dataSources: ['loki', 'prom'] }],
    ['POST /api/v1/rule/backtest', { data: [alert('-100')] }, { dataSources: ['__expr__'] }],
    ['POST /api/v1/rule/test/grafana', { rule: { grafana_alert: { data: [alert('prom')] } } }, { dataSources: ['prom'] }],
    ['POST /api/v1/eval', { data: [{ DatasourceUID: 'secret', datasourceUid: 'prom' }] }, { dataSources: ['secret', 'prom'] }],
    ['POST /api/v1/eval', { data: [alert(7)] }, { refused: 'body-data-source' }],
    ['POST /api/v1/eval', { data: [alert('')] }, { refused: 'body-data-source' }],
    ['POST /api/ruler/grafana/api/v1/rules/folder', { rules: [{ grafana_alert: { data: [alert('prom')] } }] }, { dataSources: ['prom'] }],
    ['POST /api/annotations', { dashboardUID: 'plant-a', text: 'x' }, { dashboards: ['plant-a'] }],
    ['POST /api/annotations', { DashboardUid: 'plant-b', dashboardUID: 'plant-a' }, { dashboards: ['plant-b', 'plant-a'] }],
    ['POST /api/annotations', { dashboardUID: 'plant-a', dashboardId: 7 }, { dashboards: ['plant-a', '#7'] }],
    ['POST /api/annotations', { dashboardId: 0, text: 'all' }, {}],
    ['POST /api/annotations', { dashboardId: '7' }, { refused: 'body-dashboard' }],
  ])('%s %j', (line, body, named) => {
    const found = readBody(line, JSON.stringify(body));
    expect('dataSources' in found ? { dataSources: found.dataSources?.toSorted() } : found).toEqual(
      'dataSources' in named ? { dataSources: (named.dataSources as string[]).toSorted() } : named,
    );
  });
});
