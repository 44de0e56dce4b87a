// The readings of a path that some server might take for the same page: for comparing only.

/** What servers read in two ways: an empty segment, dots, a slash, an escape or a parameter in disguise. */
const AMBIGUOUS = /(?:^|[/\\])\.{0,2}(?:[/\\]|$)|[\\%;\0-\x1f\x7f]/;

/**
 * The path unescaped and in one case. Undefined: no server can be relied on to read it as it looks.
 * @param path As it is forwarded.
 */
export function foldPath(path: string): string | undefined {
  if (!path.startsWith('/')) return undefined;
  let decoded: string;
  try {
    decoded = decodeURIComponent(path);
  } catch {
    return undefined;
  }
  if (/%2f/i.test(path) || AMBIGUOUS.test(trimSlash(decoded).slice(1)) !== (path === '/')) return undefined;
  return foldCase(decoded);
}

/** Letter by letter, as a letter must not depend on its neighbours; upper case first, which joins the long s with s. */
export function foldCase(text: string): string {
  if (/^[!-~]*$/.test(text)) return text.toLowerCase();
  return Array.from(text, (letter) => letter.toUpperCase().toLowerCase()).join('');
}

export function trimSlash(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}
