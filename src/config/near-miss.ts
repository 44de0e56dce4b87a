// "Did you mean": the known word that a mistyped one is closest to.

/** Edits between two words: insert, delete, replace, or swap of neighbours (Damerau-Levenshtein, restricted). */
function countEdits(a: string, b: string): number {
  const rows: number[][] = [];
  for (let i = 0; i <= a.length; i++) {
    const row: number[] = [i];
    rows.push(row);
    for (let j = 1; j <= b.length; j++) {
      if (i === 0) {
        row.push(j);
        continue;
      }
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let edits = Math.min((rows[i - 1]?.[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (rows[i - 1]?.[j - 1] ?? 0) + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        edits = Math.min(edits, (rows[i - 2]?.[j - 2] ?? 0) + 1);
      }
      row.push(edits);
    }
  }
  return rows[a.length]?.[b.length] ?? Number.POSITIVE_INFINITY;
}

/** Longest word that is compared; the cost grows with the product of the lengths. */
const MAX_LENGTH = 80;

const fold = (word: string): string => word.toLowerCase().replace(/[-_]/g, '');

/** The closest candidate, or undefined when none is near. Case, `-` and `_` are ignored. */
export function findNearMiss(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > MAX_LENGTH) return undefined;
  const folded = fold(word);
  let best: string | undefined;
  let bestEdits = Math.min(3, Math.max(1, Math.floor(folded.length / 3))) + 1;
  for (const candidate of candidates) {
    const edits = countEdits(folded, fold(candidate));
    if (edits < bestEdits) {
      best = candidate;
      bestEdits = edits;
    }
  }
  return best;
}

/** `Did you mean "x"?` as a way out, or the given sentence when nothing is near. */
export function suggest(word: string, candidates: Iterable<string>, otherwise: string): string {
  const near = findNearMiss(word, candidates);
  return near === undefined ? otherwise : `Did you mean "${near}"? ${otherwise}`;
}
