// The data sources that a query request names (grafana.md 2.9): the body of `POST /api/ds/query` and its relatives, and
// the data of the socket's `grafana.query`. Nothing is rebuilt: what could be read in two ways is refused.

import type { Refusal, Resources } from '../../policy/request.ts';
import { hasOtherSpelling, isJsonObject, type JsonObject, readFolded } from './folded-keys.ts';

const READ_KEYS = ['datasource', 'datasourceId', 'timeRange'];

/** Expressions work on the answers of the queries beside them and reach no data source of their own. */
const EXPRESSIONS: readonly string[] = ['__expr__', '-100'];

/** Stand for other sources in the browser; no query that reaches the server has them. */
const PLACEHOLDERS: readonly string[] = ['-- Mixed --', '-- Dashboard --'];

/** Grafana's own data source answers these with lists of dashboards, which nothing cuts down. */
const GRAFANA = 'grafana';
const SEARCHES: readonly unknown[] = ['search', 'searchNext'];

/**
 * What Grafana looks a data source up by. Where two could count, a query names both; an id or a name is no uid of a rule.
 * - `uid`: by the uid, else by the number (from 9.4 on).
 * - `number`: by the number, else by the uid (to 9.3, grafana/grafana#62776).
 * - `name`: by what stands for the uid, first as a name and then as a uid (the API group of queries, pkg/services/datasources/service/legacy.go).
 */
export type SourceLookup = 'uid' | 'number' | 'name';

/** Major versions that are known to go by the uid, in each minor one. */
const BY_UID: readonly (number | undefined)[] = [10, 11, 12, 13];

/** Of the queries that the socket carries, as POST /api/ds/query of that version; of any other version, whatever could count. */
export function lookupOf(major: number | undefined): SourceLookup {
  return BY_UID.includes(major) ? 'uid' : 'number';
}

interface QueryReading {
  readonly lookup: SourceLookup;
  /** Whether the request asks Grafana to take a time range from each query (`X-Query-V2`). */
  readonly hasOwnTimes: boolean;
}

export function readQueryDataSources(body: JsonObject, { lookup, hasOwnTimes }: QueryReading): Resources | Refusal {
  const [queries, ...others] = readFolded(body, 'queries');
  if (others.length > 0) return { refused: 'body-key-case' };
  // Grafana answers 400 to a request without queries.
  if (queries === undefined || queries === null) return {};
  if (!Array.isArray(queries)) return { refused: 'body-queries' };
  const uids: string[] = [];
  for (const query of queries) {
    if (!isJsonObject(query)) return { refused: 'body-queries' };
    if (hasOtherSpelling(query, READ_KEYS)) return { refused: 'body-key-case' };
    if (hasOwnTimes && query['timeRange'] !== undefined) return { refused: 'body-time-range' };
    const uid = readUid(query);
    if (uid === undefined) return { refused: 'body-data-source' };
    if (PLACEHOLDERS.includes(uid)) return { refused: 'body-data-source' };
    if (uid === GRAFANA && readFolded(query, 'queryType').some((type) => SEARCHES.includes(type))) return { refused: 'body-search' };
    uids.push(uid, ...listAliases(query, uid, lookup));
  }
  return nameDataSources(uids);
}

/** What could count instead of the uid. */
function listAliases(query: JsonObject, uid: string, lookup: SourceLookup): readonly string[] {
  const id = query['datasourceId'];
  if (lookup === 'number' && typeof id === 'number' && id > 0) return [`#${id}`];
  return lookup === 'name' && uid !== GRAFANA && !EXPRESSIONS.includes(uid) && !uid.startsWith('#') ? [`name:${uid}`] : [];
}

/** Expressions count only where nothing else is named: beside other queries they need no grant. */
export function nameDataSources(uids: readonly string[]): Resources {
  const named = new Set(uids.filter((uid) => !EXPRESSIONS.includes(uid)));
  if (named.size === 0 && uids.length > 0) return { dataSources: ['__expr__'] };
  return uids.length === 0 ? {} : { dataSources: [...named] };
}

/** `datasource.uid`, else `datasource` as a text, else the number `datasourceId`, as Grafana looks for it. */
function readUid(query: JsonObject): string | undefined {
  const source = query['datasource'];
  if (isJsonObject(source)) {
    if (hasOtherSpelling(source, ['uid'])) return undefined;
    const { uid } = source;
    if (typeof uid === 'string' && uid !== '') return uid;
    if (uid !== undefined && uid !== null && uid !== '') return undefined;
  } else if (typeof source === 'string' && source !== '') {
    return source;
  } else if (source !== undefined && source !== null && source !== '') {
    return undefined;
  }
  const id = query['datasourceId'];
  return typeof id === 'number' && Number.isSafeInteger(id) && id > 0 ? `#${id}` : undefined;
}
