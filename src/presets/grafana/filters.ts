// The filters of Grafana's answers, by the names that the route tables give.

import type { FilterAnswer } from '../../policy/preset.ts';
import type { AnswerFilter, Visible } from '../../policy/request.ts';
import { filterBootData, filterPage } from './filter-boot-data.ts';
import { filterLibraryPanel } from './filter-library-panel.ts';
import { filterDataSources, filterFolders, filterSearch, filterSearchHits } from './filter-lists.ts';
import { filterSettings } from './filter-settings.ts';
import { isJsonObject } from './folded-keys.ts';

export const grafanaFilters: { readonly [filter: AnswerFilter]: FilterAnswer } = {
  page: filterPage,
  bootData: ofJson(filterBootData),
  settings: ofJson(filterSettings),
  search: ofJson(filterSearch),
  searchHits: ofJson(filterSearchHits),
  folders: ofJson(filterFolders),
  dataSources: ofJson(filterDataSources),
  libraryPanel: ofJson(filterLibraryPanel),
};

function ofJson(filter: (answer: unknown, visible: Visible) => unknown): FilterAnswer {
  return (body, visible) => {
    let answer: unknown;
    try {
      answer = JSON.parse(body);
    } catch {
      return undefined;
    }
    if (isError(answer)) return body;
    const kept = filter(answer, visible);
    return kept === undefined ? undefined : JSON.stringify(kept);
  };
}

/** Grafana's errors say a `message` and hold no list; those of its API groups have a form of their own. */
function isError(answer: unknown): boolean {
  if (!isJsonObject(answer) || typeof answer['message'] !== 'string') return false;
  const isStatus = answer['kind'] === 'Status' && answer['status'] === 'Failure';
  return isStatus || Object.values(answer).every((value) => typeof value !== 'object' || value === null);
}
