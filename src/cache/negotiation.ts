// Accept-Encoding (RFC 9110 12.5.3).

export type Coding = 'br' | 'gzip' | 'identity';

/**
 * The coding that the client likes best among the offered ones; of equals, the first offered.
 * @param header undefined: the client did not say, and gets `identity`.
 * @returns undefined when it accepts none of them.
 */
export function chooseCoding(header: string | undefined, offered: readonly Coding[]): Coding | undefined {
  const weights = parseWeights(header ?? '');
  let best: Coding | undefined;
  let bestWeight = 0;
  for (const coding of offered) {
    const weight = weightOf(coding, weights);
    if (weight > bestWeight) {
      best = coding;
      bestWeight = weight;
    }
  }
  return best;
}

/** Just above nothing: whatever is named is liked better, unless it is refused. */
const UNNAMED_IDENTITY = 0.0001;

function weightOf(coding: Coding, weights: ReadonlyMap<string, number>): number {
  const named = weights.get(coding) ?? (coding === 'gzip' ? weights.get('x-gzip') : undefined) ?? weights.get('*');
  return named ?? (coding === 'identity' ? UNNAMED_IDENTITY : 0);
}

function parseWeights(header: string): Map<string, number> {
  const weights = new Map<string, number>();
  for (const item of header.split(',')) {
    const [name = '', ...parameters] = item.split(';');
    const coding = name.trim().toLowerCase();
    if (coding !== '') weights.set(coding, readWeight(parameters));
  }
  return weights;
}

/** What is no weight counts as a refusal: an uncompressed answer is never wrong. */
function readWeight(parameters: readonly string[]): number {
  for (const parameter of parameters) {
    const match = /^\s*q\s*=\s*(.*?)\s*$/i.exec(parameter);
    if (match !== null) return /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(match[1] ?? '') ? Number(match[1]) : 0;
  }
  return 1;
}
