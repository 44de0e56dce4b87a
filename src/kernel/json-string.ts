/**
 * Where a JSON string ends: the index behind its closing quote, or the end of the text where there is none. By hand, as
 * an expression over a long string runs out of stack.
 *
 * @param start Index of the opening quote.
 */
export function findStringEnd(json: string, start: number): number {
  for (let quote = json.indexOf('"', start + 1); quote !== -1; quote = json.indexOf('"', quote + 1)) {
    let before = quote - 1;
    while (json[before] === '\\') before -= 1;
    // An even number of backslashes escapes itself.
    if ((quote - before) % 2 === 1) return quote + 1;
  }
  return json.length;
}
