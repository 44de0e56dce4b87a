// What a browser may keep of an answer that one person's session opened (SEC-B17). Shared caches: nothing, ever.

export interface CachingInput {
  /** The preset says that the path is a static file without anybody's data. */
  readonly asset: boolean;
  readonly presetKnowsAssets: boolean;
  readonly contentType: string;
  readonly cacheControl: string | undefined;
}

/** The value of Cache-Control. */
export function cacheControl(input: CachingInput): string {
  const upstream = input.cacheControl?.toLowerCase() ?? '';
  if (!input.asset) {
    // A page or an API answer under a name that looks like a file (`/d/x.css`) is still somebody's data (SEC-B17.3).
    if (
      input.presetKnowsAssets ||
      upstream === '' ||
      /^(?:text\/html|application\/(?:xhtml\+xml|(?:[a-z.+-]*\+)?json))/i.test(input.contentType)
    )
      return /(?:^|[\s,])no-transform(?:[\s,]|$)/.test(upstream) ? 'no-store, no-transform' : 'no-store';
  }
  if (upstream === '') return 'private, no-cache';
  const kept = upstream
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '' && part !== 'public' && part !== 'private' && !part.startsWith('s-maxage'));
  return ['private', ...kept].join(', ');
}

/** `Vary` with further names, without repeating any; `*` stays `*`. */
export function mergeVary(value: string | undefined, names: readonly string[]): string {
  const present = (value ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (present.includes('*')) return '*';
  for (const name of names) {
    if (!present.some((other) => other.toLowerCase() === name.toLowerCase())) present.push(name);
  }
  return present.join(', ');
}
