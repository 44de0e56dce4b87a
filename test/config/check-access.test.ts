import { describe, expect, it } from 'vitest';
import { check, makeFolder, PASSWORD_HASH, resolved } from './base-config.ts';

const ops = { groups: ['operators'] };
const view = { may: ['view'], on: { dataSources: ['prom'] } };
const withRules = (...rules: object[]): Record<string, unknown> => ({
  access: { rules: rules.map((rule, index) => ({ name: `r${index}`, who: ops, ...rule })) },
});
const warningsOf = (...rules: object[]): string[] => check(withRules(...rules)).warnings;
const problemsOf = (...rules: object[]): string[] => check(withRules(...rules)).problems;

describe('access.rules', () => {
  it('resolve to what is judged', () => {
    const { rules, accessMode } = resolved(
      withRules({
        may: ['view', 'annotation:write'],
        on: { upstream: 'grafana', dashboards: ['plant-*'], folders: ['f'], dataSources: ['-- Grafana --'], plugins: ['testdata'] },
        as: { role: 'Viewer', orgId: 1 },
        when: { after: '22:00', before: '6:00', weekdays: ['fri'], timezone: 'Europe/Berlin', networks: ['10.0.0.0/8'], methods: ['oidc'] },
      }),
    );
    expect(accessMode).toBe('enforce');
    expect(rules).toEqual([
      {
        name: 'r0',
        effect: 'allow',
        who: { everyone: false, users: [], emails: [], domains: [], groups: ['operators'] },
        capabilities: ['view', 'annotation:write'],
        upstream: 'grafana',
        limits: { dashboards: ['plant-*'], folders: ['f'], dataSources: ['-- Grafana --'], plugins: ['testdata'] },
        when: {
          hours: { afterMinute: 1320, beforeMinute: 360, weekdays: ['fri'], timezone: 'Europe/Berlin' },
          networks: ['10.0.0.0/8'],
          methods: ['oidc'],
        },
        role: 'Viewer',
        orgId: 1,
      },
    ]);
    expect(resolved(withRules({ deny: ['explore'] }, view)).rules[0]).toMatchObject({
      effect: 'deny',
      capabilities: ['explore'],
      limits: {},
    });
  });

  it('a day ends at midnight, whichever way it is written', () => {
    for (const before of ['24:00', '0:00', '00:00'])
      expect(resolved(withRules({ ...view, when: { after: '18:00', before } })).rules[0]?.when?.hours).toMatchObject({
        afterMinute: 1080,
        beforeMinute: 1440,
      });
    expect(resolved(withRules({ ...view, when: { networks: ['10.0.0.1'] } })).rules[0]?.when?.hours).toBeUndefined();
  });

  it.each([
    [
      'an unknown capability',
      { may: ['veiw'] },
      'access.rules[0].may[0]: is not one of the accepted values ("veiw"). Did you mean "view"?',
    ],
    ['a near miss of a capability', { may: ['datasource-query'] }, 'Did you mean "datasource:query"?'],
    ["the upstream's log-in", { may: ['auth'] }, 'is not one of the accepted values ("auth")'],
    [
      'a bundle that holds smaller ones, denied',
      { deny: ['edit'] },
      '("edit"). Write view, everything or a capability of docs/capabilities.md; the other bundles hold view too',
    ],
    ['both grant and denial', { may: ['view'], deny: ['browse'] }, 'has to say either what people may do or what they may not'],
    ['neither', {}, 'Give `may` or `deny`'],
    ['SEC-B20.1 a pattern that is none of ours', { may: ['view'], on: { dashboards: ['^(a+)+$'] } }, 'is not the uid of anything'],
    [
      'SEC-R4 a pattern where literals are',
      { may: ['view'], on: { folders: ['f*'] } },
      'patterns are taken for dashboards and data sources only',
    ],
    ['a time that is none', { ...view, when: { after: '25:00' } }, 'is not a time of day'],
    ['a time that is a number', { ...view, when: { after: 800 } }, 'must be text'],
    [
      'times that never are',
      { ...view, when: { after: '8:00', before: '08:00' } },
      'access.rules[0].when.before: is the time of `after`, so the rule never holds',
    ],
    ['a time zone that is none', { ...view, when: { timezone: 'Berlin' } }, 'access.rules[0].when.timezone: is not a time zone ("Berlin")'],
    [
      'a network that is none',
      { ...view, when: { networks: ['10.0.0.0/33'] } },
      'access.rules[0].when.networks[0]: is not an address or CIDR',
    ],
    ['a day that is none', { ...view, when: { weekdays: ['monday'] } }, 'Write mon or tue'],
    ['an organisation that is none', { ...view, as: { orgId: 0 } }, 'access.rules[0].as.orgId'],
    ['what a denial tells the upstream', { deny: ['browse'], as: { role: 'Viewer' } }, 'access.rules[0].as: stands in a rule that denies'],
  ])('refuses %s', (_name, rule, problem) => {
    expect(problemsOf(rule)).toEqual([expect.stringContaining(problem)]);
  });
});

describe('check warns about rules', () => {
  it('not where all is well', () => {
    expect(warningsOf(view)).toEqual([]);
    expect(warningsOf(view, { who: { users: ['bob'] }, deny: ['datasource:query'], on: { dataSources: ['prom'] } })).toEqual([]);
  });

  it.each([
    ['that let people do everything', [{ may: ['everything'] }], 'lets people do everything'],
    ['that leave data open', [{ may: ['view'] }], 'access.rules[0].on.dataSources: is absent'],
    ['that leave data open by one capability', [{ may: ['datasource:proxy'] }], 'access.rules[0].on.dataSources: is absent'],
    [
      'for nothing',
      [{ may: ['view'], on: { dataSources: [] } }],
      'access.rules[0].on.dataSources: is empty, so the rule is about none of them',
    ],
    ['for never', [{ ...view, when: { weekdays: [] } }], 'access.rules[0].when.weekdays: is empty, so the rule never holds'],
    ['for nowhere', [{ ...view, when: { networks: [] } }], 'access.rules[0].when.networks: is empty'],
    ['for nobody who signs in', [{ ...view, when: { methods: [] } }], 'access.rules[0].when.methods: is empty'],
    [
      'whose limits take what they grant',
      [{ may: ['view', 'snapshot'], on: { dataSources: ['prom'] } }],
      'never grants what could go round that: snapshot',
    ],
    ['for folders without dashboards', [{ may: ['dashboard:read'], on: { folders: ['f'] } }], 'no dashboard is granted'],
    ['against folders without dashboards', [view, { deny: ['dashboard:read'], on: { folders: ['f'] } }], 'every dashboard is denied'],
    ['with a role in another organisation', [{ ...view, as: { role: 'Viewer', orgId: 2 } }], 'set auto_assign_org_id = 2'],
    [
      'that another denies',
      [view, { who: { everyone: true }, deny: ['view'] }],
      'never grants anything, as another rule denies all of it ("r0", "r1")',
    ],
    [
      'that an earlier one makes needless',
      [view, { ...view, who: { groups: ['operators'] } }],
      'never decides, as an earlier rule grants all of it to the same people ("r1", "r0")',
    ],
    ['that a wider one makes needless', [{ may: ['view'], on: { dataSources: ['*'] } }, view], 'never decides'],
    [
      'that tell different roles of one group',
      [
        { ...view, as: { role: 'Viewer' } },
        { may: ['annotation:write'], as: { role: 'Editor' } },
      ],
      'tells the upstream another role of the same people',
    ],
  ])('%s', (_name, rules, warning) => {
    expect(warningsOf(...rules)).toEqual([expect.stringContaining(warning)]);
  });

  it.each([
    ['another group', [view, { ...view, who: { groups: ['others'] } }]],
    ['a wider rule after it', [view, { may: ['view', 'annotation:write'], on: { dataSources: ['prom'] } }]],
    ['wider limits', [view, { may: ['view'], on: { dataSources: ['prom', 'loki'] } }]],
    ['a condition on the earlier one', [{ ...view, when: { networks: ['10.0.0.0/8'] } }, view]],
    ['a denial of a part', [view, { deny: ['datasource:query'] }]],
    ['a denial of somebody', [view, { who: { users: ['bob'] }, deny: ['view'] }]],
    [
      'another organisation',
      [
        { ...view, as: { orgId: 2 } },
        { ...view, as: { orgId: 3 } },
      ],
    ],
  ])('not of %s', (_name, rules) => {
    expect(warningsOf(...rules)).toEqual([]);
  });

  it.each([
    [9, ['prom'], 1],
    [9, ['*'], 0],
    [12, ['prom'], 0],
  ])('whose data sources Grafana %i would not tell apart: %j', (version, dataSources, count) => {
    const { warnings } = check({
      ...withRules({ may: ['view'], on: { dataSources } }),
      upstreams: { grafana: { url: 'http://127.0.0.1:3000', version } },
    });
    expect(warnings.filter((warning) => warning.includes('access.rules[0].on.dataSources: limits panels of Grafana 9'))).toHaveLength(
      count,
    );
  });

  it('that name a built-in administrator, though everybody has the same already', () => {
    const rules = [
      { ...view, who: { everyone: true } },
      { ...view, who: { users: ['admin'] } },
    ];
    expect(warningsOf(...rules)).toEqual([expect.stringContaining('let a built-in administrator of the upstream in ("admin")')]);
  });

  it('for people who are not in the users file, where there is no other way to sign in', () => {
    const users = { users: [{ name: 'alice', passwordHash: PASSWORD_HASH, groups: ['operators'], email: 'Alice@example.com' }] };
    const cwd = makeFolder({ 'users.yaml': JSON.stringify(users) });
    const service = (signIn: object, who: object) =>
      check(
        { signIn: { password: { usersFile: 'users.yaml' }, ...signIn }, trustedProxies: ['10.0.0.1/32'], ...withRules({ ...view, who }) },
        { cwd, service: true },
      ).warnings;
    expect(service({}, { users: ['alice'], groups: ['operators'], emails: ['alice@example.com'], domains: ['example.com'] })).toEqual([]);
    expect(service({}, { users: ['alcie'], groups: ['operator'] })).toEqual([
      expect.stringContaining('access.rules[0].who.users: names what nobody in the users file is ("alcie")'),
      expect.stringContaining('access.rules[0].who.groups: names what nobody in the users file is ("operator")'),
    ]);
    const issuer = { issuer: 'https://app.example.com', jwksUrl: 'https://app.example.com/jwks.json' };
    expect(service({ tickets: [issuer] }, { groups: ['operator'] })).toEqual([]);
  });

  it('for upstreams of which nothing is known', () => {
    const upstreams = { lab: { preset: 'generic', url: 'http://lab:3000' } };
    expect(check({ upstreams, ...withRules({ may: ['view'] }) }).warnings).toEqual([
      expect.stringContaining('the preset generic knows no capability but unknown'),
    ]);
    expect(check({ upstreams, ...withRules({ may: ['everything'] }) }).warnings).toEqual([]);
  });

  it('of a mode that only observes', () => {
    const { rules } = withRules(view)['access'] as { rules: object[] };
    expect(check({ access: { mode: 'observe', rules } }).warnings).toEqual([
      expect.stringContaining('access.mode: lets everybody who is signed in do what the rules deny'),
    ]);
    expect(resolved({ access: { mode: 'observe', rules } }).accessMode).toBe('observe');
  });

  it('within bounds: ten thousand rules are compared in less than a few seconds', () => {
    const rules = Array.from({ length: 10_000 }, (_, index) => ({ ...view, name: `rule ${index}`, on: { dataSources: [`ds-${index}`] } }));
    const startedMs = performance.now();
    expect(check(withRules(...rules)).warnings).toEqual([]);
    expect(performance.now() - startedMs).toBeLessThan(20_000);
  });
});
