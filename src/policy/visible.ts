import type { Asked, Asker } from './asker.ts';
import type { Capability } from './capability.ts';
import { decide } from './decide.ts';
import type { Visible } from './request.ts';

/**
 * What a person may see in an answer that lists things: exactly what the same person could ask for by name. Each name is
 * judged once.
 * @param mode `access.mode`; observe leaves out only what is no matter of the rules.
 */
export function createVisible(asker: Asker, mode: 'enforce' | 'observe'): Visible {
  const may = (asked: Asked): boolean => {
    const decision = decide(asker, asked);
    return decision.kind === 'allow' || (mode === 'observe' && decision.final !== true);
  };
  // That a folder can be read by its uid is not enough to list it.
  const mayList = (capability: Capability, uid: string) => may({ capability, resources: { folders: [uid] }, lists: ['dashboards'] });
  return {
    dashboard: remember((uid) => may({ capability: 'dashboard:read', resources: { dashboards: [uid] } })),
    folder: remember((uid) => mayList('dashboard:search', uid) || mayList('browse', uid)),
    dataSource: remember((uid) => may({ capability: 'datasource:query', resources: { dataSources: [uid] } })),
  };
}

function remember(judge: (uid: string) => boolean): (uid: string) => boolean {
  const known = new Map<string, boolean>();
  return function judgeOnce(uid) {
    const verdict = known.get(uid) ?? judge(uid);
    known.set(uid, verdict);
    return verdict;
  };
}
