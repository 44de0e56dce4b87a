// What a request does, by its preset, and what is refused whoever asks: the same answer for the road and for `explain`.

import type { Preset } from './preset.ts';
import type { Classification, Refusal, RequestToClassify } from './request.ts';

export function classify(preset: Preset, request: RequestToClassify): Classification | Refusal {
  // A credential of the upstream in the query would sign the caller in as somebody else (SEC-H12).
  if (request.query !== '' && preset.refusedQuery.length > 0) {
    for (const name of new URLSearchParams(request.query).keys())
      if (preset.refusedQuery.includes(name.toLowerCase())) return { refused: 'query-credential' };
  }
  return preset.classify(request);
}

/** Of a target or path with its query: what follows the `?`; empty: nothing. */
export function queryOf(target: string): string {
  const mark = target.indexOf('?');
  return mark === -1 ? '' : target.slice(mark + 1);
}
