// Every rule with the reason why it decides or not, in their order: what `explain` shows. The same judgement as the
// running gate's, without its index.

import { type Asked, type Asker, addressFor, isBuiltInAdmin, matchWho } from './asker.ts';
import { type CompiledRule, findMiss } from './compiled-rule.ts';
import type { Match, Miss } from './decision.ts';
import type { Rule } from './rule.ts';
import { indexRules } from './rule-index.ts';

export interface ConsideredRule {
  readonly rule: Rule;
  /** By which part of `who` it is for the person; undefined: it is not. */
  readonly match: Match | undefined;
  /** Why it does not hold; undefined: it does. The first of these grants, unless one of them denies. */
  readonly miss: Miss | undefined;
}

export function considerRules(asker: Asker, asked: Asked): readonly ConsideredRule[] {
  const builtInAdmin = isBuiltInAdmin(asker);
  return indexRules(asker.rules).compiled.map((compiled) => consider(compiled, asker, asked, builtInAdmin));
}

function consider(compiled: CompiledRule, asker: Asker, asked: Asked, builtInAdmin: boolean): ConsideredRule {
  const { rule, capabilities } = compiled;
  const match = matchWho(rule.who, asker.identity, addressFor(rule.effect, asker.identity));
  const fail = (miss: Miss): ConsideredRule => ({ rule, match, miss });
  if (rule.upstream !== undefined && rule.upstream !== asker.upstream) return fail('other-upstream');
  if (match === undefined) return fail('other-people');
  if (builtInAdmin && rule.effect === 'allow' && match !== 'user-listed') return fail('built-in-administrator');
  if (!capabilities.has(asked.capability)) return fail('other-capability');
  return { rule, match, miss: findMiss(compiled, asker, asked) };
}
