// For each capability, on every path that is one of it: who has it alone may, and who has all the others may not.

import { describe, expect, it } from 'vitest';
import { GRANTED_WORDS } from '../../../src/policy/bundles.ts';
import { CAPABILITIES } from '../../../src/policy/capability.ts';
import { BUNDLES } from '../../../src/policy/capability-facts.ts';
import { isRefusal } from '../../../src/policy/request.ts';
import { listMethods } from '../../../src/presets/grafana/route-trie.ts';
import { grafanaRoutes } from '../../../src/presets/grafana/routes.ts';
import { ask, EVERYONE, makeRule } from '../../policy/kit.ts';
import { judge } from './kit.ts';

/** Requests by capability: one for each method of each route, with made-up names. */
const requests = new Map<string, string[]>([['unknown', ['GET /nowhere', 'TRACE /api/user', 'GET /api/nowhere']]]);
for (const route of grafanaRoutes(12)) {
  const path = route[1]
    .replace(':namespace', 'default')
    .replace(':dataSourceGroup', 'prometheus.datasource.grafana.app')
    .replaceAll(/:org\b/g, '1')
    .replaceAll(/:\w+/g, 'name-1')
    .replace(/\*$/, 'rest');
  for (const method of listMethods(route)) {
    const verdict = judge(`${method} ${path}`, { 'content-type': 'application/json' });
    if (isRefusal(verdict)) throw new Error(`${method} ${path}: ${verdict.refused}`);
    requests.set(verdict.capability, [...(requests.get(verdict.capability) ?? []), `${method} ${path}`]);
  }
}
requests.set('alert-state:read', ['GET /api/prometheus/grafana/api/v1/rules?dashboard_uid=name-1']);

const capabilities = GRANTED_WORDS.filter((word) => word === 'explore' || !(BUNDLES as readonly string[]).includes(word));

function may(line: string, words: readonly (typeof GRANTED_WORDS)[number][]): boolean {
  const verdict = judge(line, { 'content-type': 'application/json' });
  return !isRefusal(verdict) && ask({ ...verdict, rules: [makeRule('x', EVERYONE, { capabilities: words })] }).kind === 'allow';
}

describe('every request of a capability', () => {
  it.each([...CAPABILITIES])('SEC-P9 %s passes for who has it, and for nobody who has all but it', (capability) => {
    const lines = requests.get(capability) ?? [];
    expect(lines).not.toEqual([]);
    // A bundle that is named like the capability holds others as well.
    const others = capabilities.filter((word) => word !== capability && (word !== 'explore' || capability === 'unknown'));
    const isGranted = capability !== 'auth';
    for (const line of lines) {
      expect(may(line, isGranted ? [capability] : ['everything']), line).toBe(isGranted);
      expect(may(line, others), line).toBe(false);
    }
  });
});
