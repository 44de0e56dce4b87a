/**
 * Whether a cookie name is framegate's: it never goes upstream (SEC-B5.6) and no upstream may set it (SEC-B4.4).
 * Case is ignored, as browsers ignore it in the prefix.
 */
export function isOwnCookie(name: string): boolean {
  return name.trim().toLowerCase().startsWith('__host-framegate');
}
