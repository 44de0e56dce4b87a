// What a path names, by the placeholders of its route.

import type { Refusal, ResourceKind, Resources } from '../../policy/request.ts';
import { readNamespace } from './organisations.ts';
import type { Route } from './route.ts';

type Place = { readonly index: number } & (
  | { readonly kind: ResourceKind; readonly prefix: '' | '#' | 'name:' }
  | { readonly kind: 'org' | 'namespace' | 'dataSourceGroup' | 'other' }
);

const KINDS: { readonly [placeholder: string]: Omit<Extract<Place, { prefix: string }>, 'index'> } = {
  ':dashboard': { kind: 'dashboards', prefix: '' },
  ':dashboardId': { kind: 'dashboards', prefix: '#' },
  ':folder': { kind: 'folders', prefix: '' },
  ':folderId': { kind: 'folders', prefix: '#' },
  ':dataSource': { kind: 'dataSources', prefix: '' },
  ':dataSourceId': { kind: 'dataSources', prefix: '#' },
  ':dataSourceName': { kind: 'dataSources', prefix: 'name:' },
  ':plugin': { kind: 'plugins', prefix: '' },
};

const OTHER_KINDS: { readonly [placeholder: string]: 'org' | 'namespace' | 'dataSourceGroup' } = {
  ':org': 'org',
  ':namespace': 'namespace',
  ':dataSourceGroup': 'dataSourceGroup',
};

const places = new WeakMap<Route, readonly Place[]>();

/** Where the pattern of a route has placeholders. */
export function findPlaces(route: Route): readonly Place[] {
  const known = places.get(route);
  if (known !== undefined) return known;
  const found = route[1]
    .split('/')
    .slice(1)
    .flatMap((segment, index): Place[] => {
      if (!segment.startsWith(':')) return [];
      const named = KINDS[segment];
      return [named === undefined ? { index, kind: OTHER_KINDS[segment] ?? 'other' } : { index, ...named }];
    });
  places.set(route, found);
  return found;
}

type Named = { -readonly [kind in ResourceKind]?: string[] } & { orgIds?: number[] };

/** The ending of an API group that a data source plugin has; what is before it is the plugin's id. */
const DATA_SOURCE_GROUP = /^(.+)\.datasource\.grafana\.app$/;

/** @param decoded The segments of the path, unescaped. A Refusal where a namespace could be any organisation. */
export function readPathResources(route: Route, decoded: readonly string[]): Resources | Refusal | 'no-route' {
  const named: Named = {};
  for (const place of findPlaces(route)) {
    const value = decoded[place.index] ?? '';
    switch (place.kind) {
      case 'other':
        break;
      case 'org': {
        const id = Number(value);
        if (/^[1-9][0-9]*$/.test(value) && Number.isSafeInteger(id)) named.orgIds = [id];
        else return { refused: 'path-organisation' };
        break;
      }
      case 'namespace': {
        const id = readNamespace(value);
        if (id === undefined) return { refused: 'path-namespace' };
        named.orgIds = [id];
        break;
      }
      case 'dataSourceGroup': {
        const plugin = DATA_SOURCE_GROUP.exec(value)?.[1];
        if (plugin === undefined) return 'no-route';
        named.plugins = [plugin];
        break;
      }
      default:
        named[place.kind] = [...(named[place.kind] ?? []), `${place.prefix}${value}`];
    }
  }
  return named;
}
