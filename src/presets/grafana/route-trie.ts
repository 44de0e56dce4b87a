// Finds the route of a path as Grafana's router does (pkg/web/tree.go): segment by segment, fixed text before a
// placeholder before the rest, and back again where the method has no route there.

import type { Route } from './route.ts';

export interface FoundRoute {
  readonly route: Route;
  /** Index of the first segment that `*` stands for; undefined: the pattern has none. */
  readonly restFrom: number | undefined;
}

interface Node {
  readonly fixed: Map<string, Node>;
  placeholder: Node | undefined;
  /** By method. */
  readonly ends: Map<string, Route>;
  readonly rests: Map<string, Route>;
}

export interface RouteTrie {
  find(method: string, segments: readonly string[]): FoundRoute | undefined;
  /** Whether a pattern without placeholders is exactly this path: Grafana compares those with the whole path unescaped. */
  hasFixed(path: string): boolean;
}

const ALL_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'];

export function buildRouteTrie(routes: readonly Route[]): RouteTrie {
  const root = createNode();
  const fixedPaths = new Set<string>();
  for (const route of routes) {
    addRoute(root, route);
    if (!/[:*]/.test(route[1])) fixedPaths.add(route[1]);
  }
  return {
    find: (method, segments) => findFrom(root, method, segments, 0),
    hasFixed: (path) => fixedPaths.has(path) || fixedPaths.has(path.replace(/\/$/, '')),
  };
}

/** The methods of a route, HEAD with GET. */
export function listMethods(route: Route): readonly string[] {
  if (route[0] === '*') return ALL_METHODS;
  return route[0].split(',').flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
}

function createNode(): Node {
  return { fixed: new Map(), placeholder: undefined, ends: new Map(), rests: new Map() };
}

function addRoute(root: Node, route: Route): void {
  let node = root;
  const segments = route[1].split('/').slice(1);
  for (const segment of route[1] === '/' ? [] : segments) {
    if (segment === '*') break;
    node = childOf(node, segment);
  }
  const places = segments.at(-1) === '*' ? node.rests : node.ends;
  // As Grafana does: the first that is registered for a method stays.
  for (const method of listMethods(route)) if (!places.has(method)) places.set(method, route);
}

function childOf(node: Node, segment: string): Node {
  if (segment.startsWith(':')) {
    node.placeholder ??= createNode();
    return node.placeholder;
  }
  const known = node.fixed.get(segment) ?? createNode();
  node.fixed.set(segment, known);
  return known;
}

function findFrom(node: Node, method: string, segments: readonly string[], index: number): FoundRoute | undefined {
  const segment = segments[index];
  if (segment === undefined) {
    const route = node.ends.get(method);
    return route === undefined ? undefined : { route, restFrom: undefined };
  }
  const fixed = node.fixed.get(segment);
  const found = fixed === undefined ? undefined : findFrom(fixed, method, segments, index + 1);
  if (found !== undefined) return found;
  const held = node.placeholder === undefined ? undefined : findFrom(node.placeholder, method, segments, index + 1);
  if (held !== undefined) return held;
  const rest = node.rests.get(method);
  return rest === undefined ? undefined : { route: rest, restFrom: index };
}
