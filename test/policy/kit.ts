// Rules and people for tests of the policy, each with as little as possible.

import type { Identity } from '../../src/kernel/identity.ts';
import type { Asked, Asker } from '../../src/policy/asker.ts';
import { decide } from '../../src/policy/decide.ts';
import type { Decision } from '../../src/policy/decision.ts';
import type { Rule, Who } from '../../src/policy/rule.ts';

const NOBODY: Who = { everyone: false, users: [], emails: [], domains: [], groups: [] };

export const who = (over: Partial<Who>): Who => ({ ...NOBODY, ...over });
export const EVERYONE = who({ everyone: true });

/** A rule that lets people do everything, but for what is given. */
export function makeRule(name: string, over: Partial<Who>, rest: Partial<Rule> = {}): Rule {
  return {
    name,
    effect: 'allow',
    who: who(over),
    capabilities: ['everything'],
    upstream: undefined,
    limits: {},
    when: undefined,
    role: undefined,
    orgId: undefined,
    ...rest,
  };
}

export function makeIdentity(over: Partial<Identity> = {}): Identity {
  return { issuer: 'https://host.test', subject: 'alice', login: 'alice', groups: [], ...over };
}

/** 2026-03-02 12:00 UTC, a Monday. */
export const NOON_MS = Date.UTC(2026, 2, 2, 12);

export type Question = Partial<Asker & Asked>;

/** Asks for what a preset does not know, as alice, unless told otherwise. */
export function ask({ capability = 'unknown', resources = {}, lists, ...over }: Question): Decision {
  const asker: Asker = { identity: makeIdentity(), nowMs: NOON_MS, upstream: 'grafana', rules: [], builtInAdmins: [], ...over };
  return decide(asker, { capability, resources, ...(lists === undefined ? {} : { lists }) });
}
