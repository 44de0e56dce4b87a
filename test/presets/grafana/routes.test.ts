// The route tables against the inventory of Grafana 12.2: each route has the inventory's capability, or one that is finer.

import { describe, expect, it } from 'vitest';
import { expandCapabilities } from '../../../src/policy/bundles.ts';
import { isRefusal } from '../../../src/policy/request.ts';
import type { Route } from '../../../src/presets/grafana/route.ts';
import { buildRouteTrie } from '../../../src/presets/grafana/route-trie.ts';
import { grafanaRoutes, KNOWN_MAJORS, selectRoutes } from '../../../src/presets/grafana/routes.ts';
import { capabilityOf, judge, judgeFrame, readFixture, readInventory, samplesOf } from './kit.ts';

interface LoadedExchange {
  readonly method: string;
  readonly path: string;
  readonly requestHeaders: Readonly<Record<string, string>>;
  readonly requestBody?: string;
}

const inventory = readInventory();
const http = inventory.filter(({ method }) => method !== 'WS');
const frames = inventory.filter(({ method }) => method === 'WS');

/** Where the tables are finer than the inventory: its word, and what it became. */
const FINER: Readonly<Record<string, readonly string[]>> = {
  browse: ['folder:read', 'dashboard:search', 'dashboard:admin'],
  'dashboard:read': ['browse', 'datasource:list', 'library-panel:read'],
  'dashboard:write': ['dashboard:admin'],
  'user:self': ['user:write', 'org:switch', 'browse', 'auth', 'org-admin'],
  'live:stream': ['live:connect', 'browse'],
  'plugin:read': ['org-admin'],
  asset: ['render', 'browse'],
  auth: ['bootstrap'],
  'alerting:read': ['alerting:admin'],
  'alerting:write': ['alerting:admin'],
};

/** Catch-alls that are known only in part; what is known has rows of its own. */
const CATCH_ALL = ['/apis/*', '/apis/features.grafana.app/v0alpha1/*'];

describe('the routes of Grafana 12.2', () => {
  it('are all classified as in the inventory, or finer', () => {
    expect(http.length).toBeGreaterThan(800);
    const wrong = http.flatMap(({ method, pattern, capability }) =>
      samplesOf(pattern).flatMap((path) => {
        const found = capabilityOf(`${method === 'ANY' ? 'GET' : method} ${path}`);
        const isRight = found === capability || FINER[capability]?.includes(found) === true;
        return isRight || CATCH_ALL.includes(pattern) ? [] : [`${method} ${path}: ${found}, not ${capability}`];
      }),
    );
    expect(wrong).toEqual([]);
  });

  it('answer HEAD as GET, and any method where the inventory says so', () => {
    for (const { method, pattern } of http) {
      const path = samplesOf(pattern)[0] ?? '';
      if (method === 'GET') expect(capabilityOf(`HEAD ${path}`), path).toBe(capabilityOf(`GET ${path}`));
      if (method !== 'ANY' || CATCH_ALL.includes(pattern)) continue;
      for (const each of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
        expect(capabilityOf(`${each} ${path}`), path).toBe(capabilityOf(`GET ${path}`));
    }
  });

  it('are found with a slash at the end as without', () => {
    for (const { method, pattern } of http) {
      const path = (samplesOf(pattern)[0] ?? '').replace(/\/$/, '');
      const word = method === 'ANY' ? 'PUT' : method;
      if (path !== '') expect(capabilityOf(`${word} ${path}/`), path).toBe(capabilityOf(`${word} ${path}`));
    }
  });

  it('have their pseudo routes in the frames of the Live socket', () => {
    expect(frames).toHaveLength(7);
    for (const { pattern, capability } of frames) {
      const [, kind = '', what = ''] = /#(\w+):(.*)$/.exec(pattern) ?? [];
      const channel = what.replace(':orgId', '1').replaceAll(/:\w+/g, 'x').replace('*', 'some/rest');
      const command = kind === 'rpc' ? { rpc: { method: what, data: { queries: [] } }, id: 1 } : { [kind]: { channel }, id: 1 };
      const verdict = judgeFrame(JSON.stringify(command))[0]?.verdict;
      expect(verdict, pattern).toMatchObject({ capability });
    }
  });
});

describe('the recorded load of a dashboard', () => {
  const exchanges = readFixture('dashboard-load.json') as LoadedExchange[];
  const view = expandCapabilities('allow', ['view']);

  it('needs the bundle view and nothing else, and names its dashboard, folder and data source', () => {
    expect(exchanges).toHaveLength(54);
    const named: string[] = [];
    for (const { method, path, requestHeaders, requestBody } of exchanges) {
      const verdict = judge(`${method} ${path}`, requestHeaders);
      if (isRefusal(verdict)) throw new Error(`${path}: ${verdict.refused}`);
      expect([...view], path).toContain(verdict.capability);
      const inBody = verdict.readBody?.(new TextEncoder().encode(requestBody ?? ''));
      if (verdict.capability !== 'asset') named.push(`${verdict.capability} ${JSON.stringify(inBody ?? verdict.resources)}`);
    }
    expect(named).toEqual([
      'dashboard:read {"dashboards":["plant-a"]}',
      'live:connect {}',
      'dashboard:read {"orgIds":[1],"dashboards":["plant-a"]}',
      'folder:read {"folders":["eg4wprdruzi0wa"]}',
      'folder:read {"folders":["eg4wprdruzi0wa"]}',
      'alert-state:read {"dashboards":["plant-a"]}',
      'annotation:read {"dashboards":["plant-a"]}',
      'datasource:query {"dataSources":["testdata"]}',
      'datasource:query {"dataSources":["testdata"]}',
      'datasource:query {"dataSources":["testdata"]}',
      'telemetry {}',
    ]);
  });
});

describe('the table of a version', () => {
  it('holds what the version has: the old alerts to 10, the short link that is read from 12', () => {
    expect(KNOWN_MAJORS.map((major) => capabilityOf('GET /api/alerts/7', major))).toEqual([
      'alerting:read',
      'alerting:read',
      'unknown',
      'unknown',
      'unknown',
    ]);
    expect(capabilityOf('GET /api/short-urls/x', 11)).toBe('unknown');
    expect(capabilityOf('GET /api/short-urls/x', 12)).toBe('dashboard:read');
  });

  it('is the strictest for a version that is not known: what versions read differently is unknown', () => {
    const routes: readonly Route[] = [
      ['GET', '/same', 'browse', { until: 10 }],
      ['GET', '/same', 'browse', { since: 11 }],
      ['GET', '/differs', 'browse', { until: 10 }],
      ['GET', '/differs', 'server-admin', { since: 11 }],
      ['GET', '/wide/*', 'browse'],
      ['GET', '/wide/admin', 'server-admin', { since: 13 }],
      ['GET', '/new', 'browse', { since: 13 }],
    ];
    for (const major of [undefined, 8, 14]) {
      const trie = buildRouteTrie(selectRoutes(routes, major));
      const find = (path: string) => trie.find('GET', path.split('/').slice(1))?.route[2];
      expect([find('/same'), find('/differs'), find('/new'), find('/wide/x')]).toEqual(['browse', 'unknown', 'browse', 'browse']);
      expect(find('/wide/admin')).toBe('unknown');
    }
  });

  it('holds for no version a route that the strictest table reads as something else', () => {
    const strictest = buildRouteTrie(grafanaRoutes(undefined));
    for (const major of KNOWN_MAJORS) {
      const trie = buildRouteTrie(grafanaRoutes(major));
      for (const { method, pattern } of http) {
        const segments = (samplesOf(pattern)[0] ?? '').replace(/\/$/, '').split('/').slice(1);
        const strict = strictest.find(method, segments)?.route[2];
        const found = trie.find(method, segments)?.route[2];
        if (strict !== undefined && strict !== 'unknown' && found !== undefined) expect(found, pattern).toBe(strict);
      }
    }
  });

  it('gives one pattern one capability for each method', () => {
    for (const major of KNOWN_MAJORS) {
      const seen = new Map<string, string>();
      for (const [methods, pattern, capability] of grafanaRoutes(major)) {
        for (const method of methods.split(',')) {
          const key = `${method} ${pattern.replaceAll(/:\w+/g, ':')}`;
          expect(seen.get(key) ?? capability, key).toBe(capability);
          seen.set(key, capability);
        }
      }
    }
  });
});
