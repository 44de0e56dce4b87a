// Keys of JSON objects as Go's encoding/json matches them to fields: without case, and with the two letters beyond ASCII
// that fold to ASCII ones (U+017F to s, U+212A to k).

export type JsonObject = Readonly<Record<string, unknown>>;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function foldKey(key: string): string {
  return key.replaceAll('\u017f', 's').replaceAll('\u212a', 'k').toLowerCase();
}

/** Values of all keys that Go would take for the name; more than one: which of them counts is anybody's guess. */
export function readFolded(object: JsonObject, name: string): readonly unknown[] {
  const folded = foldKey(name);
  return Object.keys(object).flatMap((key) => (foldKey(key) === folded ? [object[key]] : []));
}

/** Whether a key means one of the names in another spelling. Grafana reads some objects with case and some without. */
export function hasOtherSpelling(object: JsonObject, names: readonly string[]): boolean {
  return Object.keys(object).some((key) => names.some((name) => key !== name && foldKey(key) === foldKey(name)));
}
