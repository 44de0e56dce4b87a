// What a request does to Grafana, and what of Grafana it names: by the route table, read as Grafana's router reads it.
// A second spelling of a path is refused, so that no rule, for or against, can be gone round.

import { decodePercent } from '../../kernel/decode-percent.ts';
import type { Capability } from '../../policy/capability.ts';
import {
  type AnswerFilter,
  type Classification,
  isRefusal,
  type Refusal,
  type RequestToClassify,
  type Resources,
} from '../../policy/request.ts';
import { createBodyReader } from './body-resources.ts';
import { readQueryOrganisations } from './organisations.ts';
import { findPlaces, readPathResources } from './path-resources.ts';
import { beginsLikeNoRoute, hasClimb, isPlainSegment, type PathSegments, splitPath } from './path-segments.ts';
import { readQueryResources } from './query-resources.ts';
import { buildRouteTrie, type FoundRoute, type RouteTrie } from './route-trie.ts';
import { grafanaRoutes } from './routes.ts';
import { isSignInRoute } from './sign-in-routes.ts';

type Classify = (request: RequestToClassify) => Classification | Refusal;

const SPELLING: Refusal = { refused: 'path-spelling' };
const NOTHING: Resources = {};

/** @param major Version of Grafana; undefined or not known: what all versions agree on. */
export function createClassify(major: number | undefined): Classify {
  const trie = buildRouteTrie(grafanaRoutes(major));
  return (request) => {
    // In every spelling: a door that is closed for everybody.
    if (isSignInRoute(request.path)) return { capability: 'auth', resources: NOTHING };
    const orgIds = readQueryOrganisations(request.query);
    if (isRefusal(orgIds)) return orgIds;
    const segments = splitPath(request.path);
    if (segments === undefined) return beginsLikeNoRoute(request.path) ? classifyUnknown(request, orgIds) : SPELLING;
    const found = trie.find(request.method, segments.decoded);
    if (!isPlain(request.path, segments, found, trie)) return SPELLING;
    const named = found === undefined ? 'no-route' : readPathResources(found.route, segments.decoded);
    if (found === undefined || named === 'no-route') return classifyUnknown(request, orgIds);
    if (isRefusal(named)) return named;
    return classifyRoute(found, request, withOrganisations(named, orgIds), segments);
  };
}

function classifyRoute(
  { route, restFrom }: FoundRoute,
  request: RequestToClassify,
  named: Resources,
  segments: PathSegments,
): Classification | Refusal {
  const [, , capability, details = {}] = route;
  const { query, body, filter = pageFilter(request.path), lists } = details;
  const asked = query === undefined ? undefined : readQueryResources(query, request, segments.raw.slice(restFrom));
  if (asked !== undefined && isRefusal(asked)) return asked;
  const readBody = body === undefined ? undefined : createBodyReader(body, request);
  if (readBody !== undefined && isRefusal(readBody)) return readBody;
  return {
    capability: asked?.capability ?? capability,
    resources: asked === undefined ? named : { ...named, ...asked.resources },
    ...(readBody === undefined ? {} : { readBody }),
    ...(filter === undefined ? {} : { filter }),
    ...(lists === undefined ? {} : { lists }),
  };
}

function classifyUnknown({ path }: RequestToClassify, orgIds: readonly number[]): Classification {
  const filter = pageFilter(path);
  return { capability: 'unknown', resources: withOrganisations(NOTHING, orgIds), ...(filter === undefined ? {} : { filter }) };
}

/**
 * Outside the APIs Grafana answers whatever it does not find with a page, to every method: a static file that is missing, too.
 * Each page holds the boot data.
 */
function pageFilter(path: string): AnswerFilter | undefined {
  return path === '/api' || path === '/apis' || path.startsWith('/api/') || path.startsWith('/apis/') ? undefined : 'page';
}

function withOrganisations(named: Resources, orgIds: readonly number[]): Resources {
  if (orgIds.length === 0) return named;
  return { ...named, orgIds: [...new Set([...(named.orgIds ?? []), ...orgIds])] };
}

/** Behind these the rest of the path is text of somebody else's API. */
const FOREIGN: readonly Capability[] = ['datasource:resource', 'datasource:proxy', 'plugin:resource'];

/** These name folders of rules by their titles. */
const TITLED: readonly Capability[] = ['alerting:read', 'alerting:write', 'alerting:admin'];

/**
 * Whether the path has but one spelling up to where somebody else's API begins, and no climb behind that. A slash in
 * disguise may stand in the title of a rule's folder alone, unless the whole is a route of its own: Grafana compares those
 * with the path unescaped as a whole, and its API groups read all of the path so.
 */
function isPlain(path: string, { raw, decoded }: PathSegments, found: FoundRoute | undefined, trie: RouteTrie): boolean {
  if (raw === decoded && !/\/\.{0,2}(?:\/|$)/.test(path.replace(/\/$/, ''))) return true;
  const restFrom = found?.restFrom !== undefined && FOREIGN.includes(found.route[2]) ? found.restFrom : raw.length;
  const isTitled = found !== undefined && TITLED.includes(found.route[2]) && !path.startsWith('/apis/');
  const free = isTitled ? findPlaces(found.route).filter(({ kind }) => kind === 'other') : [];
  const isFree = (index: number): boolean => free.some((place) => place.index === index);
  if (/%2f/i.test(path) && trie.hasFixed(decodePercent(path))) return false;
  return raw.every((segment, index) => {
    const text = decoded[index] ?? '';
    if (index >= restFrom) return !hasClimb(text);
    if (isPlainSegment(segment, text)) return true;
    return (
      isFree(index) && text.includes('/') && !hasClimb(text) && isPlainSegment(segment.replaceAll(/%2f/gi, ''), text.replaceAll('/', ''))
    );
  });
}
