// Web origins (RFC 6454), compared whole and never by prefix.

/**
 * The origin that a text spells exactly, or undefined. `https://a.test` and `https://a.test:8443` are spelled
 * exactly; a path, user info, upper case, a default port or a trailing slash is not (SEC-B18.3).
 */
export function parseOrigin(text: string): string | undefined {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return undefined;
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return undefined;
  return url.origin === text ? text : undefined;
}

/** Loopback by name or address: where browsers treat http as trustworthy (Secure Contexts, section 3.1). */
export function isLoopbackHostname(hostname: string): boolean {
  const name = hostname.toLowerCase();
  return (
    name === 'localhost' ||
    name.endsWith('.localhost') ||
    name === '[::1]' ||
    name === '::1' ||
    /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(name)
  );
}

/** The origin that a Referer header names, or undefined where there is none that can be read. */
export function refererOrigin(referer: string | undefined): string | undefined {
  try {
    return referer === undefined ? undefined : new URL(referer).origin;
  } catch {
    return undefined;
  }
}
