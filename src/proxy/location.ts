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
  if (value.startsWith('/') && !value.startsWith('//')) return mapPath(value, rules);
  if (!/^(?:[a-z][a-z0-9+.-]*:|\/\/)/i.test(value)) return value;
  let url: URL;
  try {
    url = new URL(value, rules.upstreamOrigin);
  } catch {
    return undefined;
  }
  if (url.username !== '' || url.password !== '') return undefined;
  if (url.origin === rules.upstreamOrigin) return rules.publicOrigin + mapPath(url.pathname + url.search + url.hash, rules);
  if (url.origin === rules.publicOrigin || rules.allowedOrigins.includes(url.origin)) return url.href;
  return undefined;
}

function mapPath(path: string, rules: LocationRules): string {
  const { basePath } = rules;
  const inner = basePath !== '' && (path === basePath || path.startsWith(`${basePath}/`)) ? path.slice(basePath.length) || '/' : path;
  // Grafana whose root_url has the mount writes it into redirects by itself, although it never sees it (grafana.md 2.4).
  const { strippedMount } = rules;
  return inner === strippedMount || inner.startsWith(`${strippedMount}/`) ? inner : strippedMount + inner;
}
