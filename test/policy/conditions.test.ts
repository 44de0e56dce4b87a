// When, from where, how signed in, in which organisation, and what a session is narrowed to.

import { describe, expect, it } from 'vitest';
import type { Decision } from '../../src/policy/decision.ts';
import type { When } from '../../src/policy/rule.ts';
import { createVisible } from '../../src/policy/visible.ts';
import { ask, makeIdentity, makeRule, NOON_MS, type Question } from './kit.ts';

const when = (over: Partial<When>): When => ({
  hours: undefined,
  networks: undefined,
  methods: undefined,
  issuers: undefined,
  ...over,
});
const outcome = (decision: Decision): string => (decision.kind === 'allow' ? 'allow' : decision.reasons.join(' '));
const EVERYBODY = { everyone: true };

const grant = (condition: Partial<When>) => [makeRule('grant', EVERYBODY, { when: when(condition) })];
const denial = (condition: Partial<When>) => [
  makeRule('all', EVERYBODY),
  makeRule('no', EVERYBODY, { effect: 'deny', when: when(condition) }),
];

describe('when', () => {
  const morning = { afterMinute: 360, beforeMinute: 600, weekdays: ['mon'], timezone: 'UTC' } as const;

  it('a grant holds within its hours only, and a denial too', () => {
    const at = (hour: number): Question => ({ nowMs: Date.UTC(2026, 2, 2, hour) });
    expect(outcome(ask({ rules: grant({ hours: morning }), ...at(8) }))).toBe('allow');
    expect(outcome(ask({ rules: grant({ hours: morning }), ...at(12) }))).toBe('outside-hours');
    expect(outcome(ask({ rules: denial({ hours: morning }), ...at(8) }))).toBe('denied-by-rule everyone-listed');
    expect(outcome(ask({ rules: denial({ hours: morning }), ...at(12) }))).toBe('allow');
  });

  it.each([
    ['10.1.2.3', 'allow', 'denied-by-rule everyone-listed'],
    ['::ffff:10.1.2.3', 'allow', 'denied-by-rule everyone-listed'],
    ['192.0.2.1', 'other-network', 'allow'],
    ['10.1.2.3/8', 'other-network', 'denied-by-rule everyone-listed'],
    ['10.1.2.3, 10.0.0.1', 'other-network', 'denied-by-rule everyone-listed'],
    [undefined, 'other-network', 'denied-by-rule everyone-listed'],
  ])('from %s: a grant for a network says %s, a denial %s; what is no address counts against the person', (address, granted, denied) => {
    expect(outcome(ask({ rules: grant({ networks: ['10.0.0.0/8'] }), address }))).toBe(granted);
    expect(outcome(ask({ rules: denial({ networks: ['10.0.0.0/8'] }), address }))).toBe(denied);
  });

  it.each([
    ['password', 'allow', 'denied-by-rule everyone-listed'],
    ['ticket', 'other-sign-in-method', 'allow'],
    [undefined, 'other-sign-in-method', 'denied-by-rule everyone-listed'],
  ] as const)('signed in by %s: a grant for passwords says %s, a denial %s', (method, granted, denied) => {
    expect(outcome(ask({ rules: grant({ methods: ['password'] }), method }))).toBe(granted);
    expect(outcome(ask({ rules: denial({ methods: ['password'] }), method }))).toBe(denied);
  });

  it.each([
    ['https://one.test', 'allow', 'denied-by-rule everyone-listed'],
    ['https://two.test', 'other-issuer', 'allow'],
    ['https://one.test/', 'other-issuer', 'allow'],
    ['HTTPS://ONE.TEST', 'other-issuer', 'allow'],
    ['', 'other-issuer', 'denied-by-rule everyone-listed'],
  ])(
    'SEC-R6 vouched for by "%s": a grant for an issuer says %s, a denial %s; one that is not known counts against the person',
    (issuer, granted, denied) => {
      const identity = makeIdentity({ issuer });
      expect(outcome(ask({ rules: grant({ issuers: ['https://one.test'] }), identity }))).toBe(granted);
      expect(outcome(ask({ rules: denial({ issuers: ['https://one.test'] }), identity }))).toBe(denied);
    },
  );

  it('SEC-R6 a group, address or domain counts by the word of the named issuers only', () => {
    const one = { groups: ['admins'], emails: ['a@x.test'], domains: ['x.test'] };
    for (const [part, names] of Object.entries(one)) {
      const rules = [makeRule('admins', { [part]: names }, { when: when({ issuers: ['https://one.test'] }) })];
      const claims = { groups: ['admins'], email: 'a@x.test', emailVerified: true };
      expect(outcome(ask({ rules, identity: makeIdentity({ issuer: 'https://one.test', ...claims }) }))).toBe('allow');
      expect(outcome(ask({ rules, identity: makeIdentity({ issuer: 'https://two.test', ...claims }) }))).toBe('other-issuer');
    }
  });

  it('SEC-R6 an issuer that is not named sees nothing of it in lists either', () => {
    const rules = [makeRule('admins', { groups: ['admins'] }, { when: when({ issuers: ['https://one.test'] }) })];
    const sees = (issuer: string) => {
      const identity = makeIdentity({ issuer, groups: ['admins'] });
      const visible = createVisible({ identity, nowMs: NOON_MS, upstream: 'grafana', rules, builtInAdmins: [] }, 'enforce');
      return [visible.dashboard('a'), visible.folder('f'), visible.dataSource('d')];
    };
    expect(sees('https://one.test')).toEqual([true, true, true]);
    expect(sees('https://two.test')).toEqual([false, false, false]);
  });

  it('all that is given has to be met, and an empty list never is', () => {
    const rules = grant({ hours: morning, networks: ['10.0.0.0/8'] });
    expect(outcome(ask({ rules, nowMs: NOON_MS, address: '10.0.0.1' }))).toBe('outside-hours');
    expect(outcome(ask({ rules: grant({ networks: [] }), address: '10.0.0.1' }))).toBe('other-network');
    expect(outcome(ask({ rules: grant({ methods: [] }), method: 'password' }))).toBe('other-sign-in-method');
    expect(outcome(ask({ rules: grant({ issuers: [] }) }))).toBe('other-issuer');
  });
});

describe('organisations (SEC-P12)', () => {
  const inOrg = (orgId: number | undefined, capabilities: 'view' | 'admin' = 'view') => [
    makeRule('org', EVERYBODY, { capabilities: [capabilities], orgId }),
  ];
  const read = (rules: ReturnType<typeof inOrg>, orgIds?: number[], identity = makeIdentity()) =>
    outcome(ask({ rules, identity, capability: 'dashboard:read', resources: { dashboards: ['a'], ...(orgIds && { orgIds }) } }));

  it("SEC-P12 a request may name the rule's organisation and no other", () => {
    expect(read(inOrg(2), [2])).toBe('allow');
    expect(read(inOrg(2))).toBe('allow');
    for (const orgIds of [[1], [3], [2, 3]]) expect(read(inOrg(2), orgIds)).toBe('other-organisation');
  });

  it('SEC-P12 without one it is that of the identity, else the first', () => {
    expect(read(inOrg(undefined), [1])).toBe('allow');
    expect(read(inOrg(undefined), [2])).toBe('other-organisation');
    expect(read(inOrg(undefined), [7], makeIdentity({ orgId: 7 }))).toBe('allow');
    expect(read(inOrg(2), [7], makeIdentity({ orgId: 7 }))).toBe('other-organisation');
  });

  it('SEC-P12 who may switch organisations may name any, unless the rule has one', () => {
    expect(read(inOrg(undefined, 'admin'), [9])).toBe('allow');
    expect(read(inOrg(2, 'admin'), [9])).toBe('other-organisation');
    expect(outcome(ask({ rules: inOrg(2, 'admin'), capability: 'org:switch', resources: { orgIds: [9] } }))).toBe('other-organisation');
  });

  it('the upstream is told the organisation and role of the rule, else those of the identity', () => {
    const identity = makeIdentity({ orgId: 7, role: 'Editor' });
    expect(ask({ rules: [makeRule('r', EVERYBODY, { orgId: 2, role: 'Viewer' })], identity })).toMatchObject({ orgId: 2, role: 'Viewer' });
    expect(ask({ rules: [makeRule('r', EVERYBODY)], identity })).toMatchObject({ orgId: 7, role: 'Editor' });
    expect(ask({ rules: [makeRule('r', EVERYBODY)] })).toEqual({ kind: 'allow', rule: 'r', role: undefined, reasons: ['everyone-listed'] });
  });
});

describe('a narrowed session (SEC-J6)', () => {
  const rules = [makeRule('all', EVERYBODY)];
  const read = (uid: string, narrowing: Question['narrowing']) =>
    outcome(ask({ rules, narrowing, capability: 'dashboard:read', resources: { dashboards: [uid] } }));

  it('SEC-J6 may see the dashboards that it names exactly, and nothing that could go round that', () => {
    const narrowing = { dashboards: ['plant-a', 'line-*'] };
    expect(read('plant-a', narrowing)).toBe('allow');
    expect(read('plant-b', narrowing)).toBe('session-narrowed dashboard-not-listed');
    expect(read('line-1', narrowing)).toBe('session-narrowed dashboard-not-listed');
    expect(outcome(ask({ rules, narrowing }))).toBe('session-narrowed goes-round-the-limit');
    expect(outcome(ask({ rules, narrowing, capability: 'asset' }))).toBe('allow');
  });

  it('SEC-J6 may do what it says, and nothing else; words that are none say nothing', () => {
    expect(read('a', { may: ['view'] })).toBe('allow');
    expect(read('a', { may: ['annotation:read'] })).toBe('session-narrowed other-capability');
    expect(read('a', { may: ['veiw'] })).toBe('session-narrowed other-capability');
    expect(read('a', { may: [] })).toBe('session-narrowed other-capability');
  });

  it('SEC-J6 is for the upstreams that it names', () => {
    expect(read('a', { upstreams: ['grafana'] })).toBe('allow');
    expect(read('a', { upstreams: ['other'] })).toBe('session-narrowed other-upstream');
  });

  it('SEC-J6 holds whatever the mode: it is no matter of the rules', () => {
    expect(ask({ rules, narrowing: { upstreams: [] } })).toMatchObject({ kind: 'deny', final: true });
    expect(ask({ rules: [] })).not.toHaveProperty('final');
  });
});

describe('what a person may see in a list', () => {
  const rules = [
    makeRule('viewer', EVERYBODY, {
      capabilities: ['view'],
      limits: { dashboards: ['plant-*'], dataSources: ['prom'] },
    }),
    makeRule('no b', EVERYBODY, { effect: 'deny', capabilities: ['dashboard:read'], limits: { dashboards: ['plant-b'] } }),
  ];
  const asker = { identity: makeIdentity(), nowMs: NOON_MS, upstream: 'grafana', builtInAdmins: [], rules };
  const visible = createVisible(asker, 'enforce');

  it('is what the person could ask for by name', () => {
    expect(['plant-a', 'plant-b', 'hr', '#7'].map(visible.dashboard)).toEqual([true, false, false, false]);
    expect(['prom', 'payroll'].map(visible.dataSource)).toEqual([true, false]);
  });

  it('is no folder where dashboards are limited and folders are not named, though one may be read by its uid', () => {
    expect(visible.folder('f')).toBe(false);
    expect(outcome(ask({ rules, capability: 'folder:read', resources: { folders: ['f'] } }))).toBe('allow');
    const named = [makeRule('v', EVERYBODY, { capabilities: ['view'], limits: { dashboards: ['plant-*'], folders: ['f'] } })];
    expect(['f', 'g'].map(createVisible({ ...asker, rules: named }, 'enforce').folder)).toEqual([true, false]);
  });

  it('is everything where nothing is limited, and nothing without a rule', () => {
    const open = createVisible({ ...asker, rules: [makeRule('v', EVERYBODY, { capabilities: ['view'] })] }, 'enforce');
    expect([open.dashboard('x'), open.folder('x'), open.dataSource('x')]).toEqual([true, true, true]);
    const closed = createVisible({ ...asker, rules: [] }, 'enforce');
    expect([closed.dashboard('x'), closed.folder('x'), closed.dataSource('x')]).toEqual([false, false, false]);
  });

  it('is everything where the rules are only observed, but for what a narrowed session does not hold', () => {
    const observed = createVisible({ ...asker, rules: [], narrowing: { dashboards: ['plant-a'] } }, 'observe');
    expect(['plant-a', 'hr'].map(observed.dashboard)).toEqual([true, false]);
    expect(observed.dataSource('payroll')).toBe(true);
  });
});

describe('denials', () => {
  it('are told with the rule that denies', () => {
    const rules = [makeRule('all', EVERYBODY), makeRule('not bob', { users: ['bob'] }, { effect: 'deny' })];
    expect(ask({ rules, identity: makeIdentity({ login: 'bob' }) })).toEqual({
      kind: 'deny',
      rule: 'not bob',
      reasons: ['denied-by-rule', 'user-listed'],
    });
    expect(ask({ rules }).kind).toBe('allow');
  });

  it('hold for an address that nobody verified, which no grant believes', () => {
    const identity = makeIdentity({ email: 'x@example.com', emailVerified: false });
    const rules = [makeRule('all', EVERYBODY), makeRule('not them', { domains: ['example.com'] }, { effect: 'deny' })];
    expect(ask({ rules, identity })).toMatchObject({ kind: 'deny', rule: 'not them' });
  });

  it('hold for a built-in administrator whom a grant names', () => {
    const rules = [
      makeRule('root', { users: ['admin'] }),
      makeRule('no writing', EVERYBODY, { effect: 'deny', capabilities: ['dashboard:write'] }),
    ];
    const identity = makeIdentity({ login: 'admin' });
    expect(ask({ rules, identity, builtInAdmins: ['admin'], capability: 'dashboard:write' })).toMatchObject({ rule: 'no writing' });
    expect(ask({ rules, identity, builtInAdmins: ['admin'], capability: 'browse' }).kind).toBe('allow');
  });
});

describe('reasons', () => {
  it('of a denial without a rule are those of the rules that are for the person', () => {
    const rules = [
      makeRule('others', { users: ['carol'] }),
      makeRule('here', { users: ['alice'] }, { capabilities: ['view'], limits: { dashboards: ['plant-a'] } }),
      makeRule('there', { users: ['alice'] }, { capabilities: ['view'], when: when({ networks: ['10.0.0.0/8'] }) }),
    ];
    const asked: Question = { rules, capability: 'dashboard:read', resources: { dashboards: ['hr'] } };
    expect(ask(asked)).toEqual({ kind: 'deny', reasons: ['dashboard-not-listed', 'other-network'] });
    expect(ask({ ...asked, capability: 'dashboard:write' })).toEqual({ kind: 'deny', reasons: ['other-capability'] });
    expect(ask({ ...asked, identity: makeIdentity({ login: 'dan' }) })).toEqual({ kind: 'deny', reasons: ['no-rule-matches'] });
  });
});
