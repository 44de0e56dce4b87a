/**
 * The claim of a name: the one that has the whole name (`https://app.example.com/groups`), else where its dots lead into
 * objects (`realm_access.roles`). Own members only, so that no name finds what JavaScript gives every object (SEC-B19.1).
 * @param name undefined: none is meant.
 */
export function readClaim(claims: Readonly<Record<string, unknown>>, name: string | undefined): unknown {
  if (name === undefined) return undefined;
  if (Object.hasOwn(claims, name)) return claims[name];
  let value: unknown = claims;
  for (const part of name.split('.')) {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string, unknown>)[part];
  }
  return value;
}
