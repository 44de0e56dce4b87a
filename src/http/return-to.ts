// Where a sign-in may send somebody afterwards: our own origin and nothing else (SEC-B6, SEC-R1, SEC-F8).

const MAX_RETURN_TO_LENGTH = 2048;

const UNSAFE_CHARACTER = /[\u0000-\u001f\u007f\\]/;
// Encoded controls and the encoded characters that the guard refuses in a path: nothing useful lies behind them (SEC-G7).
const UNSAFE_ESCAPE = /%(?:[01][0-9a-f]|7f|2[35ef]|3[bf]|5c|(?![0-9a-f]{2}))/i;

/** The part after the origin if the text names a place on it, else undefined. */
function stripOrigin(text: string, publicOrigin: string): string | undefined {
  if (text.startsWith('/')) return text;
  return text.startsWith(`${publicOrigin}/`) ? text.slice(publicOrigin.length) : undefined;
}

function isPlainPath(path: string): boolean {
  if (path.includes('//') || UNSAFE_ESCAPE.test(path)) return false;
  return !path.split('/').some((segment) => segment === '.' || segment === '..');
}

/** Own routes act on a session, so nobody is sent there by a link; the state page only tells (SEC-B6.19). */
function isOwnRoute(target: string, path: string, gatePrefix: string): boolean {
  if (target === `${gatePrefix}/state`) return false;
  const decoded = decodeURIComponent(path);
  return decoded === gatePrefix || decoded.startsWith(`${gatePrefix}/`);
}

function parseReturnTo(value: unknown, publicOrigin: string, gatePrefix: string): string | undefined {
  if (typeof value !== 'string' || value.length > MAX_RETURN_TO_LENGTH || UNSAFE_CHARACTER.test(value)) return undefined;
  const target = stripOrigin(value, publicOrigin);
  const path = target?.split(/[?#]/, 1)[0];
  if (target === undefined || path === undefined || !isPlainPath(path)) return undefined;
  try {
    if (isOwnRoute(target, path, gatePrefix)) return undefined;
    const url = new URL(target, publicOrigin);
    // The parser is asked last and believed least: `/..//evil` has our origin and a path of `//evil`.
    const stays = url.origin === publicOrigin && url.username === '' && url.password === '' && !url.pathname.startsWith('//');
    return stays ? url.href : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The absolute address at `publicOrigin` that a `returnTo`, `to` or `rd` names, or the fallback at that origin for
 * whatever else it is: another origin, a control character, a path that the guard refuses, more than 2048
 * characters, an own route other than the state page, not a string.
 *
 * @param fallback Path at `publicOrigin`; trusted.
 * @param gatePrefix Where our own routes are; default `/_gate`.
 */
export function resolveReturnTo(value: unknown, publicOrigin: string, fallback: string, gatePrefix = '/_gate'): string {
  return parseReturnTo(value, publicOrigin, gatePrefix) ?? new URL(fallback, publicOrigin).href;
}
