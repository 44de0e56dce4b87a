import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type CapabilityWord, DENIED_WORDS, expandCapabilities, GRANTED_WORDS } from '../../src/policy/bundles.ts';
import { CAPABILITIES, type Capability } from '../../src/policy/capability.ts';
import { BUNDLES } from '../../src/policy/capability-facts.ts';
import { classify } from '../../src/policy/classify.ts';
import { presetAt } from '../../src/policy/preset-version.ts';
import { isRefusal } from '../../src/policy/request.ts';
import { presetFor } from '../../src/presets/index.ts';
import { ask, makeRule } from './kit.ts';

const of = (...words: string[]) => expandCapabilities('allow', words);

describe('bundles', () => {
  it('hold what the smaller ones hold, and more', () => {
    for (const [index, bundle] of BUNDLES.entries()) {
      const smaller = BUNDLES[index - 1];
      if (smaller === undefined) continue;
      expect([...of(bundle)]).toEqual(expect.arrayContaining([...of(smaller)]));
      expect(of(bundle).size).toBeGreaterThan(of(smaller).size);
    }
  });

  it('SEC-P13 view is what a dashboard needs to load, move, stream and be annotated', () => {
    expect([...of('view')].sort()).toEqual(
      [
        'alert-state:read',
        'annotation:read',
        'asset',
        'bootstrap',
        'dashboard:read',
        'dashboard:search',
        'datasource:query',
        'datasource:resource',
        'folder:read',
        'library-panel:read',
        'live:connect',
        'live:stream',
        'plugin:read',
        'telemetry',
        'user:self',
      ].sort(),
    );
  });

  it.each<Capability>([
    'datasource:list',
    'datasource:proxy',
    'org:switch',
    'auth',
    'server-admin',
    'org-admin',
    'metrics',
    'health',
    'dashboard:write',
    'dashboard:admin',
    'browse',
    'unknown',
  ])('SEC-P13 view does not hold %s', (capability) => {
    expect(of('view').has(capability)).toBe(false);
  });

  it.each<Capability>(['render', 'snapshot', 'public-dashboard'])(
    'SEC-P11 %s is off unless somebody is an administrator or it is named',
    (capability) => {
      expect(of('edit').has(capability)).toBe(false);
      expect(of('view', capability).has(capability)).toBe(true);
    },
  );

  it('everything holds what no preset knows; no other bundle does', () => {
    expect([...of('everything')].sort()).toEqual(CAPABILITIES.filter((capability) => capability !== 'auth').sort());
    for (const bundle of BUNDLES) expect(of(bundle).has('unknown')).toBe(bundle === 'everything');
  });

  it("SEC-J7 no word grants the upstream's own log-in", () => {
    expect(GRANTED_WORDS).not.toContain('auth');
    for (const word of [...GRANTED_WORDS, 'auth']) {
      expect(of(word).has('auth')).toBe(false);
      expect(
        ask({ rules: [makeRule('all', { everyone: true }, { capabilities: [word as CapabilityWord] })], capability: 'auth' }).kind,
      ).toBe('deny');
    }
  });

  it('stand for one capability each where they are one', () => {
    for (const capability of CAPABILITIES.filter((each) => each !== 'auth' && each !== 'explore'))
      expect([...of(capability)]).toEqual([capability]);
  });

  it('in a denial are those that hold no smaller one; explore is the capability there', () => {
    for (const bundle of ['edit', 'admin']) {
      expect(DENIED_WORDS).not.toContain(bundle);
      expect(expandCapabilities('deny', [bundle]).size).toBe(0);
    }
    expect([...expandCapabilities('deny', ['explore'])]).toEqual(['explore']);
    expect(expandCapabilities('deny', ['view'])).toEqual(of('view'));
  });

  it('unknown words stand for nothing', () => {
    expect(of('veiw', '__proto__', 'constructor', 'auth').size).toBe(0);
  });
});

interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly requestBody?: string;
  readonly requestHeaders?: Record<string, string>;
}

describe('a viewer who is limited to the recorded dashboard and its data source', () => {
  const recorded = JSON.parse(readFileSync(new URL('../fixtures/grafana/dashboard-load.json', import.meta.url), 'utf8')) as Exchange[];
  const rules = [
    makeRule(
      'viewer',
      { everyone: true },
      { capabilities: ['view'], limits: { dashboards: ['plant-a'], dataSources: ['testdata', 'grafana'] } },
    ),
  ];
  // That of the recording.
  const preset = presetAt(presetFor('grafana'), 12);

  function judge({ method, path, requestBody, requestHeaders = {} }: Exchange): string {
    const [plain = '', query = ''] = path.split('?', 2);
    const headers = new Map(Object.entries(requestHeaders).map(([name, value]) => [name.toLowerCase(), value]));
    const verdict = classify(preset, { method, path: plain, query, header: (name) => headers.get(name) });
    if (isRefusal(verdict)) return verdict.refused;
    const more = requestBody === undefined ? {} : (verdict.readBody?.(Buffer.from(requestBody)) ?? {});
    if (isRefusal(more)) return more.refused;
    const { capability, resources, lists } = verdict;
    const decision = ask({ rules, capability, resources: { ...resources, ...more }, ...(lists === undefined ? {} : { lists }) });
    return decision.kind === 'allow' ? 'allow' : `${capability} ${decision.reasons.join(' ')}`;
  }

  it('gets all that the browser asked for', () => {
    expect(recorded.length).toBe(54);
    expect(recorded.map((each) => `${each.method} ${each.path} ${judge(each)}`).filter((line) => !line.endsWith(' allow'))).toEqual([]);
  });

  it('gets none of it for another dashboard, or another data source', () => {
    const other = recorded
      .filter(({ path, requestBody }) => path.includes('plant-a') || requestBody?.includes('"testdata"'))
      .map((each) => ({
        ...each,
        path: each.path.replaceAll('plant-a', 'plant-b'),
        ...(each.requestBody === undefined ? {} : { requestBody: each.requestBody.replaceAll('"testdata"', '"payroll"') }),
      }))
      .filter(({ path }) => !path.startsWith('/public/'));
    expect(other.length).toBeGreaterThan(5);
    expect(other.map((each) => `${each.path} ${judge(each)}`).filter((line) => line.endsWith(' allow'))).toEqual([]);
  });
});
