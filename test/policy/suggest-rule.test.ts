// What is suggested allows what was denied, and as little else as a rule can.

import { describe, expect, it } from 'vitest';
import type { Asked, Asker } from '../../src/policy/asker.ts';
import { decide } from '../../src/policy/decide.ts';
import { suggestRule } from '../../src/policy/suggest-rule.ts';
import { makeIdentity, makeRule, NOON_MS } from './kit.ts';

const asker = (over: Partial<Asker> = {}): Asker => ({
  identity: makeIdentity(),
  nowMs: NOON_MS,
  upstream: 'grafana',
  builtInAdmins: ['admin'],
  rules: [],
  ...over,
});
const READ: Asked = { capability: 'dashboard:read', resources: { dashboards: ['plant-a'] } };

describe('suggestRule', () => {
  it('names this person, this capability and what was named, and that allows it', () => {
    const rule = suggestRule(asker(), READ);
    expect(rule).toMatchObject({
      who: { users: ['alice'], groups: [], everyone: false },
      capabilities: ['dashboard:read'],
      upstream: 'grafana',
      limits: { dashboards: ['plant-a'] },
    });
    if (rule === undefined) throw new Error('nothing suggested');
    const rules = [rule];
    expect(decide(asker({ rules }), READ).kind).toBe('allow');
    expect(decide(asker({ rules }), { ...READ, resources: { dashboards: ['other'] } }).kind).toBe('deny');
    expect(decide(asker({ rules }), { capability: 'dashboard:write', resources: READ.resources }).kind).toBe('deny');
  });

  it.each([
    ['a rule denies it', asker({ rules: [makeRule('no', { everyone: true }, { effect: 'deny' })] }), READ],
    ['the session is narrowed', asker({ narrowing: { dashboards: ['other'] } }), READ],
    ['nobody may do it', asker(), { capability: 'auth', resources: {} } as Asked],
    ['the data source is not named by its uid', asker(), { capability: 'datasource:query', resources: { dataSources: ['#7'] } } as Asked],
  ])('is silent where no further rule would allow it: %s', (_name, given, asked) => {
    expect(suggestRule(given, asked)).toBeUndefined();
  });
});
