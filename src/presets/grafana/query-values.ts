// The query as Go reads it (net/url.ParseQuery): pairs between `&`, names as they are written, a pair that holds a `;`
// or a bad escape left out.

export interface QueryValues {
  readonly values: readonly string[];
  /** True when a pair of that name is one that Go leaves out and others keep. */
  readonly isAmbiguous: boolean;
}

/** All values of a parameter, in their order. */
export function readQuery(query: string, name: string): QueryValues {
  const values: string[] = [];
  let isAmbiguous = false;
  for (const pair of query.split('&')) {
    const mark = pair.indexOf('=');
    if (decode(mark === -1 ? pair : pair.slice(0, mark)) !== name) {
      if (pair.includes(';') && pair.includes(name)) isAmbiguous = true;
      continue;
    }
    const value = decode(mark === -1 ? '' : pair.slice(mark + 1));
    if (value === undefined || pair.includes(';')) isAmbiguous = true;
    else values.push(value);
  }
  return { values, isAmbiguous };
}

function decode(text: string): string | undefined {
  if (!/[%+]/.test(text)) return text;
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}
