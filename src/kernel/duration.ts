// Durations: `30m` at the edge, milliseconds inside.

const UNIT_MS = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60 * 1000],
  ['h', 60 * 60 * 1000],
  ['d', 24 * 60 * 60 * 1000],
]);

/**
 * Milliseconds of a duration such as `500ms`, `30s`, `15m`, `8h` or `7d`.
 * @returns undefined when the text is not a duration.
 */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text);
  if (match === null) return undefined;
  return Number(match[1]) * (UNIT_MS.get(match[2] ?? '') ?? Number.NaN);
}
