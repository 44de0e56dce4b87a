// Lists of names in a rule's `on`: literal, but for `*`, which stands for any characters. An own matcher, as patterns of
// operators are never compiled to regular expressions (SEC-N5): the parts between the stars are looked for one after the
// other, each once (SEC-B20.3).

export interface Names {
  has(name: string): boolean;
  /** The names themselves, where none is a pattern. */
  readonly literals: ReadonlySet<string> | undefined;
}

/** Longest name that is compared, in characters; an upstream's ids are far shorter. */
const MAX_NAME = 256;

/** An id or a name of the upstream's, in the place of a uid: it may be anything's (request.ts). */
const isAlias = (name: string): boolean => name.startsWith('#') || name.startsWith('name:');

/** What a grant is limited to: exactly these. What cannot be compared is not among them, save where all are (`*`). */
export function createGrantedNames(patterns: readonly string[]): Names {
  if (patterns.includes('*')) return { has: () => true, literals: undefined };
  const { literals, globs } = split(patterns);
  return {
    has: (name) => name.length <= MAX_NAME && !isAlias(name) && (literals.has(name) || globs.some((glob) => matchesGlob(glob, name))),
    literals: globs.length === 0 ? literals : undefined,
  };
}

/**
 * What a denial is limited to: these in any case, as some databases compare so (SEC-P8), and whatever cannot be
 * compared, as it could be one of them.
 */
export function createDeniedNames(patterns: readonly string[]): Names {
  const { literals, globs } = split(patterns.map((pattern) => pattern.toLowerCase()));
  return {
    has(name) {
      if (isIncomparable(name)) return true;
      const folded = name.toLowerCase();
      return literals.has(folded) || globs.some((glob) => matchesGlob(glob, folded));
    },
    literals: globs.length === 0 ? literals : undefined,
  };
}

/** True where the upstream may take the name for another one: aliases, letters that databases fold, too long. */
export function isIncomparable(name: string): boolean {
  return name.length > MAX_NAME || isAlias(name) || !/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(name);
}

function split(patterns: readonly string[]): { literals: ReadonlySet<string>; globs: readonly (readonly string[])[] } {
  return {
    literals: new Set(patterns.filter((pattern) => !pattern.includes('*'))),
    globs: patterns.filter((pattern) => pattern.includes('*')).map((pattern) => pattern.split('*')),
  };
}

/** @param parts Of the pattern, between its stars; at least two. */
function matchesGlob(parts: readonly string[], name: string): boolean {
  const first = parts[0] ?? '';
  const last = parts.at(-1) ?? '';
  if (name.length < first.length + last.length || !name.startsWith(first) || !name.endsWith(last)) return false;
  const end = name.length - last.length;
  let at = first.length;
  for (let index = 1; index < parts.length - 1; index++) {
    const part = parts[index] ?? '';
    const found = name.indexOf(part, at);
    if (found === -1 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}
