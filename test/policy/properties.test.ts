// What holds whatever the rules say.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Narrowing } from '../../src/kernel/identity.ts';
import type { Asked, Asker } from '../../src/policy/asker.ts';
import { expandCapabilities } from '../../src/policy/bundles.ts';
import { decide } from '../../src/policy/decide.ts';
import type { Rule } from '../../src/policy/rule.ts';
import { anybody, anyCircumstances, anyRule, anything, SEED } from './arbitraries.ts';
import { makeRule } from './kit.ts';

const options = { seed: SEED, numRuns: 600 };
const rulesOf = (rule: fc.Arbitrary<Rule>) => fc.array(rule, { maxLength: 8 });

type Circumstances = Pick<Asker, 'nowMs' | 'address' | 'method'>;
const asks = (identity: Asker['identity'], rules: readonly Rule[], circumstances: Circumstances, narrowing?: Narrowing): Asker => ({
  identity,
  rules,
  upstream: 'grafana',
  builtInAdmins: ['b'],
  narrowing,
  ...circumstances,
});

describe(`whatever the rules say (seed ${SEED})`, () => {
  it('SEC-P9 what no rule grants is denied', () => {
    fc.assert(
      fc.property(rulesOf(anyRule()), anybody, anything, anyCircumstances, (rules, identity, asked, circumstances) => {
        const granting = rules.filter(
          (rule) =>
            rule.effect === 'allow' && expandCapabilities('allow', rule.capabilities).has(asked.capability) && rule.upstream !== 'other',
        );
        if (granting.length === 0) expect(decide(asks(identity, rules, circumstances), asked).kind).toBe('deny');
        expect(decide(asks(identity, [], circumstances), asked).kind).toBe('deny');
      }),
      options,
    );
  });

  it('a denial beats every grant, in whatever order they stand', () => {
    let beaten = 0;
    fc.assert(
      fc.property(
        rulesOf(anyRule(fc.constant('allow'))),
        anyRule(fc.constant('deny')),
        fc.nat(8),
        anybody,
        anything,
        anyCircumstances,
        (grants, denial, place, identity, asked, circumstances) => {
          const alone = decide(asks(identity, [denial], circumstances), asked);
          const isDenied = alone.kind === 'deny' && alone.rule !== undefined;
          const together = decide(asks(identity, grants.toSpliced(place, 0, denial), circumstances), asked);
          const without = decide(asks(identity, grants, circumstances), asked);
          if (isDenied) {
            expect(together).toEqual(alone);
            if (without.kind === 'allow') beaten += 1;
          } else if (together.kind === 'allow' || without.kind === 'allow') {
            expect(together).toEqual(without);
          }
        },
      ),
      options,
    );
    expect(beaten).toBeGreaterThan(5);
  });

  it('a further grant takes nothing away, and a further denial gives nothing', () => {
    fc.assert(
      fc.property(rulesOf(anyRule()), anyRule(), anybody, anything, anyCircumstances, (rules, rule, identity, asked, circumstances) => {
        const before = decide(asks(identity, rules, circumstances), asked).kind;
        const after = decide(asks(identity, [rule, ...rules], circumstances), asked).kind;
        expect(`${rule.effect}: ${before}, then ${after}`).not.toBe(
          rule.effect === 'allow' ? 'allow: allow, then deny' : 'deny: deny, then allow',
        );
      }),
      options,
    );
  });

  it('SEC-J6 a narrowed session is granted nothing that the rules do not grant', () => {
    const narrowing: fc.Arbitrary<Narrowing> = fc.record(
      {
        upstreams: fc.subarray(['grafana', 'other']),
        dashboards: fc.subarray(['plant-a', 'hr', '*', '#7', '']),
        may: fc.subarray(['view', 'edit', 'everything', 'dashboard:read', 'auth', 'nonsense']),
      },
      { requiredKeys: [] },
    );
    let narrowed = 0;
    fc.assert(
      fc.property(rulesOf(anyRule()), anybody, anything, anyCircumstances, narrowing, (rules, identity, asked, circumstances, narrow) => {
        const wide = decide(asks(identity, rules, circumstances), asked);
        const tight = decide(asks(identity, rules, circumstances, narrow), asked);
        if (tight.kind === 'allow') expect(tight).toEqual(wide);
        else if (wide.kind === 'allow') narrowed += 1;
      }),
      options,
    );
    expect(narrowed).toBeGreaterThan(10);
  });

  it('who names more is never granted more', () => {
    const named = fc.record({
      dashboards: fc.constantFrom(['hr'], ['plant-a'], ['#7']),
      dataSources: fc.constantFrom(['payroll'], ['hr']),
    });
    fc.assert(
      fc.property(rulesOf(anyRule()), anybody, anything, anyCircumstances, named, (rules, identity, asked, circumstances, more) => {
        const { dashboards = [], dataSources = [] } = asked.resources;
        // Naming something where nothing was named is a narrower question, not a wider one.
        const wider: Asked = {
          ...asked,
          resources: {
            ...asked.resources,
            ...(dashboards.length === 0 ? {} : { dashboards: [...dashboards, ...more.dashboards] }),
            ...(dataSources.length === 0 ? {} : { dataSources: [...dataSources, ...more.dataSources] }),
          },
        };
        if (decide(asks(identity, rules, circumstances), wider).kind === 'allow')
          expect(decide(asks(identity, rules, circumstances), asked).kind).toBe('allow');
      }),
      options,
    );
  });

  it('a limit takes something away and gives nothing', () => {
    fc.assert(
      fc.property(anyRule(fc.constant('allow')), anybody, anything, anyCircumstances, (rule, identity, asked, circumstances) => {
        const unlimited = makeRule(rule.name, rule.who, { ...rule, limits: {}, when: undefined });
        if (decide(asks(identity, [rule], circumstances), asked).kind === 'allow')
          expect(decide(asks(identity, [unlimited], circumstances), asked).kind).toBe('allow');
      }),
      options,
    );
  });
});
