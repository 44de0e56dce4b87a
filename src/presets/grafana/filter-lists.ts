// Answers that list things, cut down to what the person may see.

import type { Visible } from '../../policy/request.ts';
import { withoutCredentials } from './filter-settings.ts';
import { isJsonObject, type JsonObject } from './folded-keys.ts';

/** @returns The answer, cut down; undefined: it is no list, so nothing of it can be shown. */
type FilterJson = (answer: unknown, visible: Visible) => unknown;

/** `GET /api/search`: dashboards and folders in one list. */
export const filterSearch: FilterJson = (answer, visible) =>
  filterList(answer, (hit) =>
    hit['type'] === 'dash-db' ? sees(visible.dashboard, hit['uid']) : hit['type'] === 'dash-folder' && sees(visible.folder, hit['uid']),
  );

/** The search of the dashboard API group: `hits`, and counts and scores that tell of the others. */
export const filterSearchHits: FilterJson = (answer, visible) => {
  if (!isJsonObject(answer)) return undefined;
  const { facets: _facets, maxScore: _score, queryCost: _cost, hits, ...rest } = answer;
  // No hits: null.
  const list = filterList(hits ?? [], (hit) =>
    hit['resource'] === 'dashboards'
      ? sees(visible.dashboard, hit['name'])
      : hit['resource'] === 'folders' && sees(visible.folder, hit['name']),
  );
  return list === undefined ? undefined : { ...rest, totalHits: list.length, hits: list };
};

/** `GET /api/folders`. */
export const filterFolders: FilterJson = (answer, visible) => filterList(answer, (folder) => sees(visible.folder, folder['uid']));

/** `GET /api/datasources`. */
export const filterDataSources: FilterJson = (answer, visible) =>
  filterList(answer, (source) => sees(visible.dataSource, source['uid']))?.map(withoutCredentials);

function filterList(list: unknown, keep: (item: JsonObject) => boolean): readonly JsonObject[] | undefined {
  return Array.isArray(list) ? list.filter((item): item is JsonObject => isJsonObject(item) && keep(item)) : undefined;
}

function sees(isVisible: (uid: string) => boolean, uid: unknown): boolean {
  return typeof uid === 'string' && isVisible(uid);
}
