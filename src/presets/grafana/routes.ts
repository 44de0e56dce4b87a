// The routes of one version of Grafana, from 9 to 13; and those on which all versions agree.

import type { Route } from './route.ts';
import { buildRouteTrie, listMethods, type RouteTrie } from './route-trie.ts';
import { ALERTING_ROUTES } from './routes-alerting.ts';
import { API_GROUP_ROUTES } from './routes-apis.ts';
import { DASHBOARD_ROUTES } from './routes-dashboards.ts';
import { DATA_SOURCE_ROUTES } from './routes-data-sources.ts';
import { LEGACY_ROUTES } from './routes-legacy.ts';
import { PAGE_ROUTES } from './routes-pages.ts';
import { PEOPLE_ROUTES } from './routes-people.ts';
import { SERVER_ROUTES } from './routes-server.ts';

export const KNOWN_MAJORS: readonly number[] = [9, 10, 11, 12, 13];

const ALL_ROUTES: readonly Route[] = [
  ...PAGE_ROUTES,
  ...PEOPLE_ROUTES,
  ...DATA_SOURCE_ROUTES,
  ...DASHBOARD_ROUTES,
  ...SERVER_ROUTES,
  ...ALERTING_ROUTES,
  ...API_GROUP_ROUTES,
  ...LEGACY_ROUTES,
];

/**
 * @param major Undefined, or a version that is not known here: the strictest table, in which a route is `unknown`
 *   unless every version that has it makes the same of it.
 */
export function grafanaRoutes(major: number | undefined): readonly Route[] {
  return selectRoutes(ALL_ROUTES, major);
}

export function selectRoutes(routes: readonly Route[], major: number | undefined): readonly Route[] {
  if (major !== undefined && KNOWN_MAJORS.includes(major)) return routesOf(routes, major);
  const tries = KNOWN_MAJORS.map((each) => buildRouteTrie(routesOf(routes, each)));
  // Kept as unknown: left out, a wider route would take its place.
  return routes.map((route) => (isAgreed(route, tries) ? route : makeUnknown(route)));
}

function makeUnknown([methods, pattern, , { filter } = {}]: Route): Route {
  return [methods, pattern, 'unknown', filter === undefined ? {} : { filter }];
}

function routesOf(routes: readonly Route[], major: number): readonly Route[] {
  return routes.filter(([, , , details]) => (details?.since ?? major) <= major && (details?.until ?? major) >= major);
}

/** No version may read the path as anything else: neither by a route of the same form nor by one that is wider. */
function isAgreed(route: Route, tries: readonly RouteTrie[]): boolean {
  const segments = route[1] === '/' ? [] : route[1].split('/').slice(1);
  return tries.every((trie) =>
    listMethods(route).every((method) => {
      const found = trie.find(method, segments);
      return found === undefined || found.route[2] === route[2];
    }),
  );
}
