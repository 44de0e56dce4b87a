// Any rules, any people, anything asked, from few words, so that they meet.

import fc from 'fast-check';
import type { Identity } from '../../src/kernel/identity.ts';
import type { Asked } from '../../src/policy/asker.ts';
import { DENIED_WORDS, GRANTED_WORDS } from '../../src/policy/bundles.ts';
import { CAPABILITIES, type Capability } from '../../src/policy/capability.ts';
import type { Limits, Rule, When, Who } from '../../src/policy/rule.ts';
import { makeRule } from './kit.ts';

/** Printed in the name of each test that uses it; TEST_SEED repeats a run. */
export const SEED = Number(process.env['TEST_SEED'] ?? Date.now() % 2 ** 31);

const PEOPLE = ['a', 'b', 'c', '__proto__', 'toString'];
const UIDS = ['plant-a', 'PLANT-A', 'plant-b', 'hr', '__proto__', '#7', 'name:hr', ' hr', ''];
const PATTERNS = ['plant-a', 'plant-*', '*', 'hr', 'HR', '*-b', '__proto__'];
/** Those whose scopes differ. */
const CAPABILITY: fc.Arbitrary<Capability> = fc.oneof(
  fc.constantFrom<Capability>(
    'dashboard:read',
    'datasource:query',
    'live:stream',
    'dashboard:search',
    'dashboard:write',
    'asset',
    'browse',
  ),
  fc.constantFrom(...CAPABILITIES),
);

const names = fc.subarray(PEOPLE);

const whom: fc.Arbitrary<Who> = fc.record({
  everyone: fc.boolean(),
  users: names,
  groups: names,
  emails: names.map((all) => all.map((name) => `${name.toLowerCase()}@x.test`)),
  domains: fc.subarray(['x.test', 'y.test']),
});

const kinds = <Value>(value: fc.Arbitrary<Value>) =>
  fc.record({ dashboards: value, folders: value, dataSources: value, plugins: value }, { requiredKeys: [] });

const limits: fc.Arbitrary<Limits> = fc.oneof(fc.constant({}), kinds(fc.subarray(PATTERNS)));

const when: fc.Arbitrary<When | undefined> = fc.option(
  fc.record({
    hours: fc.option(
      fc.record({
        afterMinute: fc.constantFrom(0, 480, 1320),
        beforeMinute: fc.constantFrom(360, 1080, 1440),
        weekdays: fc.subarray(['mon', 'tue', 'sun'] as const),
        timezone: fc.constantFrom('UTC', 'Europe/Berlin'),
      }),
      { nil: undefined },
    ),
    networks: fc.option(fc.subarray(['10.0.0.0/8', '2001:db8::/32']), { nil: undefined }),
    methods: fc.option(fc.subarray(['password', 'ticket'] as const), { nil: undefined }),
    issuers: fc.option(fc.subarray(['host', 'https://one.test', '']), { nil: undefined }),
  }),
  { nil: undefined, freq: 1 },
);

const words = (effect: Rule['effect']) =>
  fc.uniqueArray(
    fc.oneof(fc.constantFrom(...(effect === 'allow' ? GRANTED_WORDS : DENIED_WORDS)), fc.constant('everything' as const), CAPABILITY),
    {
      minLength: 1,
      maxLength: 3,
    },
  );

export const anyRule = (effect: fc.Arbitrary<Rule['effect']> = fc.constantFrom('allow', 'deny')): fc.Arbitrary<Rule> =>
  effect.chain((each) =>
    fc
      .record({
        name: fc.string({ minLength: 1, maxLength: 3 }),
        who: whom,
        capabilities: words(each),
        upstream: fc.constantFrom(undefined, 'grafana', 'other'),
        limits,
        when,
        role: fc.constantFrom(undefined, 'Viewer' as const, 'Admin' as const),
        orgId: fc.constantFrom(undefined, undefined, 1, 2),
      })
      .map(({ name, who, ...rest }) => makeRule(name, who, { ...rest, effect: each })),
  );

export const anybody: fc.Arbitrary<Identity> = fc.record(
  {
    issuer: fc.constantFrom('host', 'https://one.test', ''),
    subject: fc.constantFrom(...PEOPLE),
    login: fc.constantFrom(...PEOPLE),
    groups: names,
    email: fc.constantFrom(...PEOPLE.map((name) => `${name.toLowerCase()}@x.test`), 'z@y.test', 'no address'),
    emailVerified: fc.boolean(),
    orgId: fc.constantFrom(1, 2),
  },
  { requiredKeys: ['issuer', 'subject', 'login', 'groups'] },
);

export const anything: fc.Arbitrary<Asked> = fc
  .record({
    capability: CAPABILITY,
    named: kinds(fc.uniqueArray(fc.constantFrom(...UIDS, 'x'.repeat(300)), { maxLength: 2 })),
    orgIds: fc.option(fc.subarray([1, 2]), { nil: undefined }),
    lists: fc.option(fc.subarray(['dashboards', 'folders', 'dataSources'] as const), { nil: undefined }),
  })
  .map(({ capability, named, orgIds, lists }) => ({
    capability,
    resources: { ...named, ...(orgIds === undefined ? {} : { orgIds }) },
    ...(lists === undefined ? {} : { lists }),
  }));

export const anyCircumstances = fc.record({
  nowMs: fc.constantFrom(Date.UTC(2026, 2, 2, 12), Date.UTC(2026, 2, 2, 23), Date.UTC(2026, 2, 3, 4), Date.UTC(2026, 2, 5, 12)),
  address: fc.constantFrom(undefined, '10.1.2.3', '192.0.2.1', '2001:db8::7', 'nonsense'),
  method: fc.constantFrom(undefined, 'password' as const, 'ticket' as const),
});
