// What a request names in its body, where its path does not say (1 MiB at most; the caller sees to that).

import { parseStrictJson } from '../../kernel/strict-json.ts';
import type { Refusal, RequestToClassify, Resources } from '../../policy/request.ts';
import { foldKey, isJsonObject, type JsonObject, readFolded } from './folded-keys.ts';
import { nameDataSources, readQueryDataSources, type SourceLookup } from './query-data-sources.ts';
import type { RouteDetails } from './route.ts';

type ReadBody = (body: Uint8Array) => Resources | Refusal;

const LOOKUPS: { readonly [kind: string]: SourceLookup } = { queries: 'uid', numberedQueries: 'number', namedQueries: 'name' };

const NOT_JSON: Refusal = { refused: 'body-not-json' };

/** The reader for a route with such a body; a Refusal where the headers say that the bytes are no plain JSON. */
export function createBodyReader(kind: NonNullable<RouteDetails['body']>, request: RequestToClassify): ReadBody | Refusal {
  const type = request.header('content-type');
  // Grafana reads no other type here, and unpacks nothing.
  if (type !== undefined && !/^application\/json[ \t]*(?:;|$)/i.test(type)) return { refused: 'body-content-type' };
  if (request.header('content-encoding') !== undefined) return { refused: 'body-content-encoding' };
  const hasOwnTimes = request.header('x-query-v2') !== undefined;
  const read = (body: JsonObject): Resources | Refusal => {
    const lookup = LOOKUPS[kind];
    if (lookup !== undefined) return readQueryDataSources(body, { lookup, hasOwnTimes });
    return kind === 'alertQueries' ? readAlertDataSources(body) : readAnnotationDashboards(body);
  };
  return (body) => {
    const text = decodeUtf8(body);
    if (text === undefined) return NOT_JSON;
    // Names nothing; Grafana answers 400.
    if (text === '') return {};
    const parsed = parseStrictJson(text);
    if (parsed.kind === 'duplicate-key') return { refused: 'body-duplicate-key' };
    return parsed.kind === 'object' ? read(parsed.value) : NOT_JSON;
  };
}

function decodeUtf8(body: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    return undefined;
  }
}

/** Queries of alert rules lie at different depths; each says its source in `datasourceUid`. */
function readAlertDataSources(body: JsonObject): Resources | Refusal {
  const uids: string[] = [];
  const pending: unknown[] = [body];
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    if (Array.isArray(value)) pending.push(...value.filter(isContainer));
    if (!isJsonObject(value)) continue;
    for (const [key, inner] of Object.entries(value)) {
      if (foldKey(key) === 'datasourceuid') {
        if (typeof inner !== 'string' || inner === '') return { refused: 'body-data-source' };
        uids.push(inner);
      } else if (isContainer(inner)) pending.push(inner);
    }
  }
  return nameDataSources(uids);
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** All that could be the dashboard: which of uid and number counts depends on the version. */
function readAnnotationDashboards(body: JsonObject): Resources | Refusal {
  const uids = readFolded(body, 'dashboardUID').filter((uid) => uid !== null && uid !== '');
  const ids = readFolded(body, 'dashboardId').filter((id) => id !== null && id !== 0);
  if (uids.some((uid) => typeof uid !== 'string') || ids.some((id) => typeof id !== 'number')) return { refused: 'body-dashboard' };
  const dashboards = [...uids.map(String), ...ids.map((id) => `#${String(id)}`)];
  return dashboards.length === 0 ? {} : { dashboards };
}
