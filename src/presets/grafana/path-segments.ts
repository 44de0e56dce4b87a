// A path as Grafana's router reads it: split at the slashes of what is on the wire, each segment unescaped once.

/** Escapes of what needs none (RFC 3986 section 2.3): a second spelling of the same path, which no client needs. */
const NEEDLESS_ESCAPE = /%(?:2d|2e|5f|7e|3[0-9]|4[1-9a-f]|5[0-9a]|6[1-9a-f]|7[0-9a])/i;

export interface PathSegments {
  readonly raw: readonly string[];
  readonly decoded: readonly string[];
}

/** The segments, one slash at the end left out; undefined: no path, or escapes that are no UTF-8. */
export function splitPath(path: string): PathSegments | undefined {
  if (!path.startsWith('/')) return undefined;
  const inner = path.endsWith('/') ? path.slice(1, -1) : path.slice(1);
  if (path.length <= 1) return { raw: [], decoded: [] };
  const raw = inner.split('/');
  if (!path.includes('%')) return { raw, decoded: raw };
  try {
    return { raw, decoded: raw.map(decodeURIComponent) };
  } catch {
    return undefined;
  }
}

/** Whether the first segment is bytes that are no UTF-8 (PRX-T15): no route begins so, and none takes any text there. */
export function beginsLikeNoRoute(path: string): boolean {
  const first = /^\/([^/]*)/.exec(path)?.[1] ?? '';
  if (/%(?![0-9a-f]{2})/i.test(path) || NEEDLESS_ESCAPE.test(path)) return false;
  try {
    decodeURIComponent(first);
    return false;
  } catch {
    return true;
  }
}

/**
 * Whether a segment has one spelling and one meaning: not empty, no dots, no needless escape, no slash or control
 * character in disguise (SEC-P8).
 */
export function isPlainSegment(raw: string, decoded: string): boolean {
  return (
    decoded !== '' &&
    decoded !== '.' &&
    decoded !== '..' &&
    (raw === decoded || !NEEDLESS_ESCAPE.test(raw)) &&
    !/[/\\\0-\x1f\x7f]/.test(decoded)
  );
}

/** Whether a segment of somebody else's API climbs: dots beside a slash, plain or in disguise. */
export function hasClimb(decoded: string): boolean {
  return /(?:^|[/\\])\.{1,2}(?:[/\\]|$)/.test(decoded);
}
