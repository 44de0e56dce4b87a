import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Asker } from '../../src/policy/asker.ts';
import { considerRules } from '../../src/policy/consider.ts';
import { decide } from '../../src/policy/decide.ts';
import { anybody, anyCircumstances, anyRule, anything, SEED } from './arbitraries.ts';
import { ask, makeRule } from './kit.ts';

describe('the index of the rules', () => {
  it(`SEC-B20.4 decides as reading the rules one by one does (seed ${SEED})`, () => {
    let [allowed, denied] = [0, 0];
    fc.assert(
      fc.property(fc.array(anyRule(), { maxLength: 12 }), anybody, anything, anyCircumstances, (rules, identity, asked, circumstances) => {
        const asker: Asker = { identity, upstream: 'grafana', rules, builtInAdmins: ['b', 'c@x.test'], ...circumstances };
        const decision = decide(asker, asked);
        if (asked.capability === 'auth') {
          expect(decision).toMatchObject({ kind: 'deny', final: true });
          return;
        }
        const holding = considerRules(asker, asked).filter(({ miss }) => miss === undefined);
        const denial = holding.find(({ rule }) => rule.effect === 'deny');
        const grant = holding[0];
        if (denial !== undefined) {
          denied += 1;
          expect(decision).toEqual({ kind: 'deny', rule: denial.rule.name, reasons: ['denied-by-rule', denial.match] });
        } else if (grant !== undefined) {
          allowed += 1;
          expect(decision).toMatchObject({ kind: 'allow', rule: grant.rule.name, role: grant.rule.role, reasons: [grant.match] });
        } else {
          expect(decision).toMatchObject({ kind: 'deny' });
          expect(decision).not.toHaveProperty('rule');
        }
      }),
      { seed: SEED, numRuns: 800 },
    );
    expect(Math.min(allowed, denied)).toBeGreaterThan(20);
  });

  it('finds a rule by the name of its dashboard among many for the same people, and those with patterns beside it', () => {
    const rules = Array.from({ length: 500 }, (_, index) =>
      makeRule(`rule ${index}`, { groups: ['operators'] }, { capabilities: ['view'], limits: { dashboards: [`plant-${index}`] } }),
    );
    const all = [...rules, makeRule('pattern', { groups: ['operators'] }, { capabilities: ['view'], limits: { dashboards: ['line-*'] } })];
    const read = (uid: string) =>
      ask({
        identity: { issuer: 'i', subject: 's', login: 's', groups: ['operators'] },
        rules: all,
        capability: 'dashboard:read',
        resources: { dashboards: [uid] },
      });
    expect(read('plant-499')).toMatchObject({ kind: 'allow', rule: 'rule 499' });
    expect(read('line-4')).toMatchObject({ kind: 'allow', rule: 'pattern' });
    expect(read('plant-500')).toEqual({ kind: 'deny', reasons: ['dashboard-not-listed'] });
  });
});
