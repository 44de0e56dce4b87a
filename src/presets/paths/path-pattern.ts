// One pattern of a path rule. Each segment holds one `*` at most and `**` is the last one, so that a comparison reads
// the path once, whatever it is.

export interface PathPattern {
  /** @param segments Of the path, split at its slashes. */
  matches(segments: readonly string[]): boolean;
}

export function compilePattern(pattern: string): PathPattern {
  const segments = splitSegments(pattern);
  const isOpen = segments.at(-1) === '**';
  const tests = (isOpen ? segments.slice(0, -1) : segments).map(compileSegment);
  return {
    matches: (path) =>
      (isOpen ? path.length >= tests.length : path.length === tests.length) && tests.every((test, index) => test(path[index] ?? '')),
  };
}

/** `/a/b` is `a`, `b`; `/` is one empty segment. */
export function splitSegments(path: string): string[] {
  return path.slice(1).split('/');
}

function compileSegment(segment: string): (text: string) => boolean {
  const star = segment.indexOf('*');
  if (star === -1) return (text) => text === segment;
  const before = segment.slice(0, star);
  const after = segment.slice(star + 1);
  const least = Math.max(1, before.length + after.length);
  return (text) => text.length >= least && text.startsWith(before) && text.endsWith(after);
}
