// Request targets: matched segment by segment, each one unescaped, with no cleaning of dots or double slashes.

export interface Target {
  /** As it came. */
  readonly raw: string;
  /** Without the query, still escaped. */
  readonly pathname: string;
  readonly query: URLSearchParams;
  /** Unescaped; the trailing slash is optional. `undefined` stands for one that cannot be unescaped. */
  readonly segments: readonly (string | undefined)[];
}

export function parseTarget(raw: string): Target {
  const mark = raw.indexOf('?');
  const pathname = mark === -1 ? raw : raw.slice(0, mark);
  const query = new URLSearchParams(mark === -1 ? '' : raw.slice(mark + 1));
  const segments = pathname.split('/').slice(1).map(unescapeSegment);
  if (segments.length > 1 && segments.at(-1) === '') segments.pop();
  return { raw, pathname, query, segments };
}

/** The values of `:name` segments, or undefined when the path is another one. */
export function matchPath(pattern: string, segments: readonly (string | undefined)[]): Record<string, string> | undefined {
  const wanted = pattern.split('/').slice(1);
  if (wanted.length !== segments.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, name] of wanted.entries()) {
    const segment = segments[index];
    if (segment === undefined) return undefined;
    if (name.startsWith(':') && segment !== '') parameters[name.slice(1)] = segment;
    else if (name !== segment) return undefined;
  }
  return parameters;
}

function unescapeSegment(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
