export interface LocationRules {
  readonly publicOrigin: string;
  readonly upstreamOrigin: string;
  /** Path that the upstream has before every path and browsers do not see; empty or `/base`. */
  readonly basePath: string;
  /** Mount that was stripped from the request; empty when it was not. */
  readonly strippedMount: string;
  /** Further origins that a redirect may lead to. */
  readonly allowedOrigins: readonly string[];
}

/**
 * A redirect target of the upstream as the browser may follow it: its own origin becomes the public one (SEC-B4.7),
 * mount and base path are put right, listed origins pass.
 * @returns undefined for any other origin or scheme (SEC-B4.8: the caller answers 502).
 */
export function rewriteLocation(value: string, rules: LocationRules): string | undefined {
  if (/[^\x21-\x7e]|\\/.test(value)) return undefined;
  if (value.startsWith('/') && !value.startsWith('//')) {
    const path = mapPath(value, rules);
    // `/base//evil.test` without its base would name another host.
    return path.startsWith('//') ? undefined : path;
  }
  if (!/^(?:[a-z][a-z0-9+.-]*:|\/\/)/i.test(value)) return value;
  let url: URL;
  try {
    url = new URL(value, rules.upstreamOrigin);
  } catch {
    return undefined;
  }
  // `blob:http://grafana:3000/x` has the upstream's origin too.
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return undefined;
  if (url.username !== '' || url.password !== '') return undefined;
  if (url.origin === rules.upstreamOrigin) return rules.publicOrigin + mapPath(url.pathname + url.search + url.hash, rules);
  if (url.origin === rules.publicOrigin || rules.allowedOrigins.includes(url.origin)) return url.href;
  return undefined;
}

function mapPath(path: string, { basePath, strippedMount }: LocationRules): string {
  const rest = isBelow(path, basePath) ? path.slice(basePath.length) : path;
  const inner = rest.startsWith('/') ? rest : `/${rest}`;
  // Grafana whose root_url has the mount writes it into redirects by itself, although it never sees it (grafana.md 2.4).
  return isBelow(inner, strippedMount) ? inner : strippedMount + inner;
}

/** Whether a path with query and fragment is the prefix or lies under it, at a segment boundary. */
function isBelow(path: string, prefix: string): boolean {
  return path.startsWith(prefix) && /^(?:$|[/?#])/.test(path.slice(prefix.length));
}
