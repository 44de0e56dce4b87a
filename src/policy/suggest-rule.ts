// The narrowest rule that would allow what was denied, for an operator to look at: this person, this capability, what was
// named and nothing else.

import type { Asked, Asker } from './asker.ts';
import { decide } from './decide.ts';
import type { Limits, Rule } from './rule.ts';

/** How data sources are named where the request does not give their uid; no rule can list these. */
const NO_UID = /^(?:#|name:)/;

/** undefined: no further rule would allow it, or it cannot be told in one. */
export function suggestRule(asker: Asker, asked: Asked): Rule | undefined {
  const { orgIds: _, ...limits } = asked.resources;
  if (Object.values(limits).some((names) => names.some((name) => NO_UID.test(name)))) return undefined;
  const rule: Rule = {
    name: `${asker.identity.login}: ${asked.capability}`,
    effect: 'allow',
    who: { everyone: false, users: [asker.identity.login], emails: [], domains: [], groups: [] },
    capabilities: [asked.capability === 'unknown' ? 'everything' : asked.capability],
    upstream: asker.upstream,
    limits: limits as Limits,
    when: undefined,
    role: undefined,
    orgId: undefined,
  };
  return decide({ ...asker, rules: [...asker.rules, rule] }, asked).kind === 'allow' ? rule : undefined;
}
