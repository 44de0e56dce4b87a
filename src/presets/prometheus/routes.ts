// Routes of Prometheus 2 and 3: pages, web API, and what runs the server. From its own route tables (web/web.go and
// web/api/v1/api.go of 3.14, and recordings of 2.42).

import type { Capability } from '../../policy/capability.ts';
import type { PathRule } from '../../policy/path-rule.ts';

const READ = ['GET'];
/** Long queries come in a form. */
const ASK = ['GET', 'POST'];
const CHANGE = ['POST', 'PUT'];

const list = (capability: Capability, methods: readonly string[] | undefined, paths: readonly string[]): readonly PathRule[] =>
  paths.map((path) => ({ path, methods, capability }));
const api = (capability: Capability, methods: readonly string[] | undefined, paths: readonly string[]): readonly PathRule[] =>
  list(
    capability,
    methods,
    paths.map((path) => `/api/v1/${path}`),
  );

/** Most often asked for first. */
export const PROMETHEUS_ROUTES: readonly PathRule[] = [
  ...api('datasource:query', ASK, ['query_range', 'query', 'query_exemplars']),
  ...api('datasource:resource', ASK, ['labels', 'series', 'format_query', 'parse_query']),
  ...api('datasource:resource', READ, ['label/*/values', 'metadata']),
  ...api('datasource:resource', ASK, ['search/metric_names', 'search/label_names', 'search/label_values']),
  ...list('asset', READ, [
    '/assets/**',
    '/static/**',
    '/classic/static/**',
    '/user/**',
    '/favicon.ico',
    '/favicon.svg',
    '/manifest.json',
    '/asset-manifest.json',
  ]),
  // What each page asks for before it shows anything.
  ...list('bootstrap', READ, ['/-/ready', '/version']),
  ...api('bootstrap', READ, ['status/walreplay', 'status/buildinfo', 'features', 'notifications', 'notifications/live', 'openapi.yaml']),
  ...list('dashboard:read', READ, ['/', '/graph', '/graph/', '/query', '/classic/graph', '/classic/graph/', '/consoles/**']),
  ...list('alerting:read', READ, ['/alerts', '/rules', '/classic/alerts', '/classic/rules']),
  ...api('alerting:read', READ, ['alerts', 'rules']),
  // Addresses of targets, and whatever their discovery said about them.
  ...list('datasource:list', READ, ['/targets', '/classic/targets']),
  ...api('datasource:list', READ, ['targets', 'targets/metadata', 'scrape_pools']),
  // Any series, as many as there are.
  ...list('datasource:proxy', READ, ['/federate']),
  ...api('datasource:proxy', ['POST'], ['read']),
  ...list('metrics', READ, ['/metrics']),
  ...api('metrics', READ, ['status/self_metrics']),
  ...list('health', READ, ['/-/healthy']),
  // The configuration, what it was started with, the storage; and what changes or ends it.
  ...list('server-admin', READ, [
    '/status',
    '/config',
    '/flags',
    '/tsdb-status',
    '/service-discovery',
    '/alertmanager-discovery',
    '/agent',
    '/classic/status',
    '/classic/config',
    '/classic/flags',
    '/classic/service-discovery',
    '/-/quit',
    '/-/reload',
  ]),
  ...api('server-admin', READ, [
    'status/config',
    'status/flags',
    'status/runtimeinfo',
    'status/tsdb',
    'status/tsdb/blocks',
    'alertmanagers',
    'scrape_pools/config',
    'targets/relabel_steps',
  ]),
  ...api('server-admin', ['DELETE'], ['series']),
  ...api('server-admin', ['POST'], ['write', 'otlp/v1/metrics']),
  ...api('server-admin', CHANGE, ['admin/tsdb/delete_series', 'admin/tsdb/clean_tombstones', 'admin/tsdb/snapshot']),
  ...list('server-admin', CHANGE, ['/-/reload', '/-/quit']),
  ...list('server-admin', ASK, ['/debug/**']),
];
