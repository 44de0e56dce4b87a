import type { Asker } from './asker.ts';
import type { Capability } from './capability.ts';
import { decide } from './decide.ts';
import type { Visible } from './request.ts';

/**
 * What a person may see in an answer that lists things: exactly what the same person could ask for by name. Each name is
 * judged once.
 */
export function createVisible(asker: Asker): Visible {
  return {
    dashboard: remember((uid) => may(asker, 'dashboard:read', { dashboards: [uid] })),
    folder: remember((uid) => isListed(asker, 'dashboard:search', uid) || isListed(asker, 'browse', uid)),
    dataSource: remember((uid) => may(asker, 'datasource:query', { dataSources: [uid] })),
  };
}

/** A folder in a list: that it can be read by its uid is not enough. */
function isListed(asker: Asker, capability: Capability, uid: string): boolean {
  return decide(asker, { capability, resources: { folders: [uid] }, lists: ['dashboards'] }).kind === 'allow';
}

/** With `access.mode: observe` nothing is left out. */
export const EVERYTHING_VISIBLE: Visible = { dashboard: () => true, folder: () => true, dataSource: () => true };

function may(asker: Asker, capability: Capability, resources: { readonly [kind: string]: readonly string[] }): boolean {
  return decide(asker, { capability, resources }).kind === 'allow';
}

function remember(judge: (uid: string) => boolean): (uid: string) => boolean {
  const known = new Map<string, boolean>();
  return function judgeOnce(uid) {
    const verdict = known.get(uid) ?? judge(uid);
    known.set(uid, verdict);
    return verdict;
  };
}
