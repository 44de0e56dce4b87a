// What a rule that is limited to some things grants, capability by capability, and what a denial of them takes.

import { describe, expect, it } from 'vitest';
import { CAPABILITIES, type Capability } from '../../src/policy/capability.ts';
import { CAPABILITY_FACTS } from '../../src/policy/capability-facts.ts';
import type { Reason } from '../../src/policy/decision.ts';
import type { ResourceKind, Resources } from '../../src/policy/request.ts';
import type { Limits } from '../../src/policy/rule.ts';
import { ask, makeRule } from './kit.ts';

type Lists = readonly ResourceKind[];

/** `granted`, or the one reason why not. */
function limited(limits: Limits, capability: Capability, resources: Resources = {}, lists?: Lists): 'granted' | Reason | undefined {
  const decision = ask({
    rules: [makeRule('one', { everyone: true }, { limits })],
    capability,
    resources,
    ...(lists === undefined ? {} : { lists }),
  });
  return decision.kind === 'allow' ? 'granted' : decision.reasons[0];
}

/** Whether a denial of these takes what a rule without limits grants. */
function denies(limits: Limits, capability: Capability, resources: Resources = {}, lists?: Lists): boolean {
  const rules = [makeRule('all', { everyone: true }), makeRule('but', { everyone: true }, { effect: 'deny', limits })];
  return ask({ rules, capability, resources, ...(lists === undefined ? {} : { lists }) }).kind === 'deny';
}

const PLANT: Limits = { dashboards: ['plant-*'] };
const PROM: Limits = { dataSources: ['prom'] };

describe('a rule that is limited to dashboards', () => {
  it.each<Capability>([
    'dashboard:read',
    'annotation:read',
    'alert-state:read',
    'annotation:write',
    'dashboard:write',
    'dashboard:admin',
    'render',
  ])('grants %s where every named dashboard is listed', (capability) => {
    expect(limited(PLANT, capability, { dashboards: ['plant-a'] })).toBe('granted');
    expect(limited(PLANT, capability, { dashboards: ['plant-a', 'plant-b'] })).toBe('granted');
    expect(limited(PLANT, capability, { dashboards: ['hr'] })).toBe('dashboard-not-listed');
    expect(limited(PLANT, capability, { dashboards: ['plant-a', 'hr'] })).toBe('dashboard-not-listed');
    expect(limited(PLANT, capability, { dashboards: ['#7'] })).toBe('dashboard-not-listed');
    expect(limited(PLANT, capability)).toBe('nothing-named');
  });

  it.each<Capability>([
    'explore',
    'snapshot',
    'public-dashboard',
    'org-admin',
    'server-admin',
    'alerting:read',
    'app-page',
    'plugin:resource',
    'metrics',
    'unknown',
  ])('never grants %s, which could go round it', (capability) => {
    expect(limited(PLANT, capability, { dashboards: ['plant-a'], plugins: ['app'] })).toBe('goes-round-the-limit');
  });

  it.each<Capability>(['dashboard:search', 'browse'])('grants %s only where the answer is cut down', (capability) => {
    expect(limited(PLANT, capability)).toBe('nothing-named');
    expect(limited(PLANT, capability, {}, ['dashboards'])).toBe('nothing-named');
    expect(limited(PLANT, capability, {}, ['dashboards', 'folders'])).toBe('granted');
    expect(limited(PLANT, capability, { dashboards: ['hr'] }, ['dashboards', 'folders'])).toBe('dashboard-not-listed');
    expect(limited(PLANT, capability, { folders: ['f'] }, ['dashboards'])).toBe('folder-not-listed');
  });

  it.each<Capability>(['asset', 'bootstrap', 'user:self', 'live:connect', 'datasource:query', 'plugin:read', 'telemetry'])(
    'leaves %s alone',
    (capability) => {
      expect(limited(PLANT, capability)).toBe('granted');
    },
  );

  it('lets a dashboard show the folder it lies in, and change none', () => {
    expect(limited(PLANT, 'folder:read', { folders: ['f'] })).toBe('granted');
    expect(limited({ ...PLANT, folders: ['f'] }, 'folder:read', { folders: ['g'] })).toBe('folder-not-listed');
    expect(limited(PLANT, 'dashboard:write', { folders: ['f'] })).toBe('folder-not-listed');
    expect(limited({ ...PLANT, folders: ['f'] }, 'dashboard:write', { folders: ['f'] })).toBe('granted');
    expect(limited({ ...PLANT, folders: ['f'] }, 'dashboard:write', { dashboards: ['plant-a'], folders: ['g'] })).toBe('folder-not-listed');
  });

  it('has a channel of a listed dashboard, and of a data source, as data is not limited by it', () => {
    expect(limited(PLANT, 'live:stream', { dashboards: ['plant-a'] })).toBe('granted');
    expect(limited(PLANT, 'live:stream', { dashboards: ['hr'] })).toBe('dashboard-not-listed');
    expect(limited(PLANT, 'live:stream', { dataSources: ['prom'] })).toBe('granted');
    expect(limited(PLANT, 'live:stream', { plugins: ['testdata'] })).toBe('granted');
    expect(limited(PLANT, 'live:stream')).toBe('nothing-named');
  });
});

describe('a rule that is limited to folders alone', () => {
  it('grants no dashboard, as a request names a dashboard without its folder', () => {
    expect(limited({ folders: ['f'] }, 'dashboard:read', { dashboards: ['plant-a'] })).toBe('dashboard-not-listed');
    expect(limited({ folders: ['f'] }, 'folder:read', { folders: ['f'] })).toBe('granted');
  });
});

describe('a rule that is limited to data sources', () => {
  it.each<Capability>(['datasource:query', 'datasource:resource', 'datasource:proxy', 'datasource:health', 'live:stream'])(
    'grants %s where every named data source is listed',
    (capability) => {
      expect(limited(PROM, capability, { dataSources: ['prom'] })).toBe('granted');
      expect(limited(PROM, capability, { dataSources: ['prom', 'payroll'] })).toBe('data-source-not-listed');
      expect(limited(PROM, capability, { dataSources: ['#1'] })).toBe('data-source-not-listed');
      expect(limited(PROM, capability, { dataSources: ['name:prom'] })).toBe('data-source-not-listed');
      expect(limited(PROM, capability)).toBe('nothing-named');
    },
  );

  it('grants the list of data sources only where it is cut down', () => {
    expect(limited(PROM, 'datasource:list')).toBe('nothing-named');
    expect(limited(PROM, 'datasource:list', {}, ['dataSources'])).toBe('granted');
    expect(limited(PROM, 'datasource:list', { dataSources: ['prom'] })).toBe('granted');
    expect(limited(PROM, 'datasource:list', { dataSources: ['payroll'] })).toBe('data-source-not-listed');
  });

  it.each<Capability>(['render', 'plugin:resource', 'snapshot', 'public-dashboard', 'unknown'])(
    'never grants %s, which could go round it',
    (capability) => {
      expect(limited(PROM, capability, { dashboards: ['plant-a'], plugins: ['app'] })).toBe('goes-round-the-limit');
    },
  );

  it('leaves dashboards alone', () => {
    expect(limited(PROM, 'dashboard:read', { dashboards: ['hr'] })).toBe('granted');
    expect(limited(PROM, 'browse')).toBe('granted');
    expect(limited(PROM, 'explore')).toBe('granted');
  });
});

describe('a rule that is limited to plugins', () => {
  it('grants those alone', () => {
    for (const capability of ['plugin:read', 'plugin:resource', 'plugin:health', 'plugin:metrics', 'app-page', 'live:stream'] as const) {
      expect(limited({ plugins: ['app'] }, capability, { plugins: ['app'] })).toBe('granted');
      expect(limited({ plugins: ['app'] }, capability, { plugins: ['other'] })).toBe('plugin-not-listed');
      expect(limited({ plugins: ['app'] }, capability)).toBe('nothing-named');
    }
  });
});

describe('a rule that is limited to nothing', () => {
  it.each<ResourceKind>(['dashboards', 'folders', 'dataSources', 'plugins'])('grants no capability that has to do with %s', (kind) => {
    const names: Resources = { dashboards: ['x'], folders: ['x'], dataSources: ['x'], plugins: ['x'] };
    for (const capability of CAPABILITIES) {
      if (CAPABILITY_FACTS[capability].scope[kind] !== undefined) expect(limited({ [kind]: [] }, capability, names)).not.toBe('granted');
    }
  });
});

describe('a denial', () => {
  it('takes what is named, in any case, and what could be it', () => {
    const hr: Limits = { dashboards: ['hr'] };
    expect(denies(hr, 'dashboard:read', { dashboards: ['hr'] })).toBe(true);
    expect(denies(hr, 'dashboard:read', { dashboards: ['HR'] })).toBe(true);
    expect(denies(hr, 'dashboard:read', { dashboards: ['plant-a', 'hr'] })).toBe(true);
    expect(denies(hr, 'dashboard:read', { dashboards: ['#7'] })).toBe(true);
    expect(denies(hr, 'annotation:read')).toBe(true);
    expect(denies(hr, 'dashboard:read', { dashboards: ['plant-a'] })).toBe(false);
  });

  it('takes what could go round it, and leaves alone what has nothing to do with it', () => {
    expect(denies({ dashboards: ['hr'] }, 'snapshot')).toBe(true);
    expect(denies({ dashboards: ['hr'] }, 'unknown')).toBe(true);
    expect(denies({ dashboards: ['hr'] }, 'asset')).toBe(false);
    expect(denies({ dashboards: ['hr'] }, 'datasource:query', { dataSources: ['prom'] })).toBe(false);
    expect(denies({ dataSources: ['payroll'] }, 'render', { dashboards: ['plant-a'] })).toBe(true);
  });

  it('leaves lists that are cut down, and channels of other things', () => {
    expect(denies({ dashboards: ['hr'] }, 'dashboard:search', {}, ['dashboards', 'folders'])).toBe(false);
    expect(denies({ dashboards: ['hr'] }, 'dashboard:search')).toBe(true);
    expect(denies({ dashboards: ['hr'] }, 'live:stream', { dataSources: ['prom'] })).toBe(false);
    expect(denies({ dashboards: ['hr'] }, 'live:stream')).toBe(true);
  });

  it('takes the changing of a folder in which a denied dashboard may lie', () => {
    expect(denies({ dashboards: ['hr'] }, 'dashboard:write', { folders: ['f'] })).toBe(true);
    expect(denies({ dashboards: ['hr'] }, 'dashboard:write', { dashboards: ['plant-a'], folders: ['f'] })).toBe(false);
  });

  it('of a folder alone takes every dashboard, as any may lie in it', () => {
    expect(denies({ folders: ['f'] }, 'dashboard:read', { dashboards: ['plant-a'] })).toBe(true);
    expect(denies({ folders: ['f'], dashboards: ['hr'] }, 'dashboard:read', { dashboards: ['plant-a'] })).toBe(false);
    expect(denies({ folders: ['f'] }, 'folder:read', { folders: ['g'] })).toBe(false);
  });

  it('of two kinds takes either', () => {
    const both: Limits = { dashboards: ['hr'], dataSources: ['payroll'] };
    expect(denies(both, 'live:stream', { dashboards: ['plant-a'], dataSources: ['payroll'] })).toBe(true);
    expect(denies(both, 'dashboard:read', { dashboards: ['hr'] })).toBe(true);
    expect(denies(both, 'datasource:query', { dataSources: ['payroll'] })).toBe(true);
    expect(denies(both, 'datasource:query', { dataSources: ['prom'] })).toBe(false);
  });
});
