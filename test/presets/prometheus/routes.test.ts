// Routes of Prometheus 3, by its own route tables (web/web.go and web/api/v1/api.go of 3.14).

import { describe, expect, it } from 'vitest';
import { expandCapabilities } from '../../../src/policy/bundles.ts';
import { isRefusal } from '../../../src/policy/request.ts';
import { prometheusPreset } from '../../../src/presets/prometheus/index.ts';

const view = expandCapabilities('allow', ['view']);

function capabilityOf(line: string): string {
  const [method = '', target = ''] = line.split(' ');
  const verdict = prometheusPreset.classify({ method, path: target, query: '', header: () => undefined });
  return isRefusal(verdict) ? 'refused' : verdict.capability;
}

describe('Prometheus 3', () => {
  it.each([
    'GET /query',
    'GET /assets/index-Dgh1.js',
    'GET /favicon.svg',
    'GET /-/ready',
    'GET /consoles/node.html',
    'GET /api/v1/notifications',
    'GET /api/v1/notifications/live',
    'GET /api/v1/features',
    'POST /api/v1/format_query',
    'GET /api/v1/parse_query',
    'POST /api/v1/search/label_values',
  ])('%s is part of looking', (line) => {
    expect([...view]).toContain(capabilityOf(line));
  });

  it.each([
    ['GET /config', 'server-admin'],
    ['GET /agent', 'server-admin'],
    ['GET /tsdb-status', 'server-admin'],
    ['GET /service-discovery', 'server-admin'],
    ['GET /alertmanager-discovery', 'server-admin'],
    ['GET /api/v1/scrape_pools/config', 'server-admin'],
    ['GET /api/v1/targets/relabel_steps', 'server-admin'],
    ['GET /api/v1/status/tsdb/blocks', 'server-admin'],
    ['GET /api/v1/status/self_metrics', 'metrics'],
    ['POST /api/v1/otlp/v1/metrics', 'server-admin'],
    ['POST /-/quit', 'server-admin'],
    ['PUT /-/quit', 'server-admin'],
    ['POST /api/v1/admin/tsdb/delete_series', 'server-admin'],
    ['PUT /api/v1/admin/tsdb/snapshot', 'server-admin'],
    ['POST /debug/pprof/symbol', 'server-admin'],
    ['GET /targets', 'datasource:list'],
    ['GET /alerts', 'alerting:read'],
    ['DELETE /api/v1/query', 'unknown'],
    ['POST /api/v1/rules', 'unknown'],
    ['GET /api/v2/query', 'unknown'],
    ['GET /API/v1/query', 'refused'],
  ])('%s is %s', (line, capability) => {
    expect(capabilityOf(line)).toBe(capability);
  });
});
