import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Identity } from '../../src/kernel/identity.ts';
import { decide } from '../../src/policy/decide.ts';
import type { Rule, Who } from '../../src/policy/rule.ts';

const NAMES = ['a', 'b', 'c', '__proto__', 'toString'];
const SEED = Number(process.env['FRAMEGATE_SEED'] ?? Date.now() % 2 ** 31);

const names = fc.subarray(NAMES);
const who: fc.Arbitrary<Who> = fc.record({
  everyone: fc.boolean(),
  users: names,
  groups: names,
  emails: names.map((all) => all.map((name) => `${name.toLowerCase()}@x.test`)),
  domains: fc.subarray(['x.test', 'y.test']),
});
const rule: fc.Arbitrary<Rule> = fc.record({
  name: fc.string({ minLength: 1, maxLength: 3 }),
  who,
  may: fc.constant(['everything'] as const),
  upstream: fc.constantFrom(undefined, 'grafana', 'other'),
  role: fc.constantFrom(undefined, 'Viewer', 'Admin'),
});
const person: fc.Arbitrary<Identity> = fc.record({
  issuer: fc.constant('host'),
  subject: fc.constantFrom(...NAMES),
  login: fc.constantFrom(...NAMES),
  groups: names,
  email: fc.constantFrom(...NAMES.map((name) => `${name.toLowerCase()}@x.test`), 'z@y.test'),
});

/** The rules read one by one, as an operator reads them. */
function readOneByOne(rules: readonly Rule[], identity: Identity): Rule | undefined {
  return rules.find(({ upstream, who: whom }) => {
    if (upstream !== undefined && upstream !== 'grafana') return false;
    const [, domain = ''] = identity.email?.split('@') ?? [];
    return (
      whom.everyone ||
      whom.users.includes(identity.login) ||
      whom.groups.some((group) => identity.groups.includes(group)) ||
      whom.emails.includes(identity.email ?? '') ||
      whom.domains.includes(domain)
    );
  });
}

describe('the index of the rules', () => {
  it(`SEC-B20.4 finds the rule that reading them in their order finds (seed ${SEED})`, () => {
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 12 }), person, (rules, identity) => {
        const expected = readOneByOne(rules, identity);
        const decision = decide({ identity, capability: 'unknown', upstream: 'grafana', rules, builtInAdmins: [] });
        expect(decision.kind === 'allow' ? { name: decision.rule, role: decision.role } : undefined).toEqual(
          expected && { name: expected.name, role: expected.role },
        );
      }),
      { seed: SEED, numRuns: 500 },
    );
  });
});
