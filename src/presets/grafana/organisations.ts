// The organisations that a request asks for: Grafana takes them from the query of any URL (`orgId` even stores the
// switch) and from the namespace of an API group (grafana.md 1.2).

import type { Refusal } from '../../policy/request.ts';
import { readQuery } from './query-values.ts';

const AMBIGUOUS: Refusal = { refused: 'query-organisation' };

/** Ids in the query; what Grafana takes for none is left out. */
export function readQueryOrganisations(query: string): readonly number[] | Refusal {
  // Nearly every query holds neither the word nor an escape that could hide it.
  if (query === '' || !/rgId|%/.test(query)) return [];
  const ids: number[] = [];
  for (const name of ['orgId', 'targetOrgId']) {
    const { values, isAmbiguous } = readQuery(query, name);
    if (isAmbiguous || values.length > 1) return AMBIGUOUS;
    const [value] = values;
    // As strconv.ParseInt reads it; what it does not read counts as absent.
    if (value === undefined || !/^[+-]?[0-9]+$/.test(value)) continue;
    const id = Number(value);
    if (!Number.isSafeInteger(id)) return AMBIGUOUS;
    if (id !== 0) ids.push(id);
  }
  return ids;
}

/** The organisation of a namespace: `default` is the first, `org-N` another; undefined: no such form. */
export function readNamespace(namespace: string): number | undefined {
  if (namespace === 'default') return 1;
  const match = /^org-([1-9][0-9]{0,14})$/.exec(namespace);
  return match === null ? undefined : Number(match[1]);
}
