// Header lines as engines hand them over: name, value, name, value.

/** All values of a header, by lower-case name. */
export function valuesOf(rawHeaders: readonly string[], name: string): string[] {
  const values: string[] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    if (rawHeaders[i]?.toLowerCase() === name) values.push(rawHeaders[i + 1] ?? '');
  }
  return values;
}

/** The same lines without some, by lower-case name. */
export function withoutNames(rawHeaders: readonly string[], names: ReadonlySet<string>): string[] {
  const kept: string[] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? '';
    if (!names.has(name.toLowerCase())) kept.push(name, rawHeaders[i + 1] ?? '');
  }
  return kept;
}

/** Digests of a body, which do not hold for its coded form. */
export const DIGESTS: readonly string[] = ['content-md5', 'digest', 'content-digest', 'repr-digest'];

/** An entity tag made weak (RFC 9110 8.8.3): other bytes, the same content. @param suffix Tells coded forms apart. */
export function weakenTag(tag: string, suffix = ''): string {
  const strong = tag.replace(/^W\//, '');
  return suffix === '' ? `W/${strong}` : `W/${strong.replace(/"$/, `-${suffix}"`)}`;
}
