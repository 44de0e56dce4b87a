// Who was denied what lately, why, and which rule would allow it. To be looked at, not to be applied unread.

import { stringify } from 'yaml';
import type { Denial } from '../observe/denials.ts';
import { safeText } from '../observe/log.ts';
import type { Rule } from '../policy/rule.ts';
import { suggestRule } from '../policy/suggest-rule.ts';
import type { AdminRoute } from './route.ts';

export interface DenialRoutesOptions {
  /** The latest first. */
  listDenials(): readonly Denial[];
  /** Names the configuration in force. */
  revision(): string;
}

export function createDenialRoutes({ listDenials, revision }: DenialRoutesOptions): readonly AdminRoute[] {
  return [{ method: 'GET', path: '/denials', answer: () => ({ revision: revision(), denials: listDenials().map(showDenial) }) }];
}

function showDenial({ asker, asked, reasons, rule, observed, requestId, method, path }: Denial): unknown {
  const { issuer, subject, login, groups } = asker.identity;
  const suggested = suggestRule(asker, asked);
  return {
    at: new Date(asker.nowMs).toISOString(),
    requestId,
    principal: { issuer: safeText(issuer), subject: safeText(subject), login: safeText(login), groups: groups.map(safeText) },
    method: safeText(method),
    path: safeText(path),
    upstream: asker.upstream,
    capability: asked.capability,
    resources: asked.resources,
    reasons,
    deniedBy: rule,
    observed,
    ...(suggested === undefined ? {} : { allowedBy: writeRule(suggested) }),
  };
}

/** As it would stand below `access.rules`. */
function writeRule({ name, who, capabilities, upstream, limits }: Rule): string {
  return stringify([{ name, who: { users: who.users }, may: capabilities, on: { upstream, ...limits } }]);
}
